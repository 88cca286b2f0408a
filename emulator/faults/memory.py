"""Faults of flash, RAM and processor."""

from contextlib import suppress
from random import Random
from types import MethodType
from typing import Any

from emulator.errors import DeviceOSError
from emulator.faults.base import UNTIL_CLEARED, Fault, FaultError, Parameter, catalogued
from emulator.mcu import Flash, Mcu
from emulator.mcu.filesystem import Filesystem
from emulator.mcu.flash import HostAccess

_ERASED = 0xFF
_BALLAST = "/ballast.bin"
_BYTE_BITS = 8
_SMALL_INT_BITS = 30  # and a sign, on the board


@catalogued(
    "flash.bit_flip",
    "a stored bit has changed",
    "journal falls back, SYSTEM_FAULT where it cannot",
    block=Parameter("count", None, 0, 351),
    offset=Parameter("count", None, 0, 4095),
    bit=Parameter("count", None, 0, 7),
)
class FlashBitFlip(Fault):
    """Place by choice, or a byte at random among those that are not erased. Clearing does not flip back."""

    may_overlap = True

    def _start(self) -> None:
        flash = self.world.flash
        random = Random(f"{self.world.seed}/{self.id}/{self.at_ns}")
        before = flash.image
        block, offset = self.parameters["block"], self.parameters["offset"]
        if block is None or offset is None:
            begin = 0 if block is None else int(self.number("block")) * flash.block_size
            span = len(before) if block is None else flash.block_size
            written = [i for i in range(begin, begin + span) if before[i] != _ERASED]
            place = random.choice(written or [begin])
        else:
            place = int(self.number("block")) * flash.block_size + int(self.number("offset"))
        bit = random.randrange(8) if self.parameters["bit"] is None else int(self.number("bit"))
        flash.flip_bit(place // flash.block_size, place % flash.block_size, bit)
        self._was_seen = flash.image != before

    def _stop(self) -> None:
        pass

    def _evidence(self) -> bool:
        return False


class WornCells:
    """Stands before a flash chip whose cells no longer take a charge: programming leaves them as they are.

    block None is every block. refused counts the attempts.
    """

    def __init__(self, flash: Flash, block: int | None) -> None:
        self._program = flash.program
        self._forget = flash.forget
        self._block = block
        self.refused = 0

    def program(self, block: int, offset: int, data: bytes) -> None:
        """As Flash.program, without effect on a worn block."""
        if self._block is None or block == self._block:
            self.refused += 1
            self._forget()
        else:
            self._program(block, offset, data)


@catalogued(
    "flash.write_error",
    "programming does not take",
    "journal falls back, SYSTEM_FAULT where it cannot",
    duration=UNTIL_CLEARED,
    block=Parameter("count", None, 0, 351),
)
class FlashWriteError(Fault):
    """Evidence: an attempt to program worn cells."""

    def _start(self) -> None:
        self._worn = WornCells(self.world.flash, _block(self))
        self.world.flash.program = self._worn.program

    def _stop(self) -> None:
        del self.world.flash.program

    def _evidence(self) -> bool:
        return self._worn.refused > 0


def _block(fault: Fault) -> int | None:
    return None if fault.parameters["block"] is None else int(fault.number("block"))


@catalogued(
    "flash.full",
    "no free block is left in the file system",
    "journal falls back, SYSTEM_FAULT where it cannot",
    spare=Parameter("count", 0, 0, 352),
)
class FlashFull(Fault):
    """A file fills all blocks but `spare`. The device must be off at both ends: it keeps tables in RAM.

    Evidence: the file is there and no more fits.
    """

    def _start(self) -> None:
        self._must_be_off()
        filesystem = self._mounted()
        flash = self.world.flash
        blocks = flash.blocks - filesystem.used_blocks() - int(self.number("spare"))
        while blocks > 0:
            try:
                filesystem.write_file(_BALLAST, b"\x00" * (blocks * flash.block_size))
            except DeviceOSError:
                blocks -= 1
                filesystem = self._mounted()
            else:
                break
        self._was_seen = blocks > 0

    def _stop(self) -> None:
        self._must_be_off()
        filesystem = self._mounted()
        with suppress(DeviceOSError):  # another fault of the flash may have taken the file along
            filesystem.remove(_BALLAST)

    def _evidence(self) -> bool:
        return False

    def _must_be_off(self) -> None:
        if self.world.mcu.is_powered:
            raise FaultError("flash.full fills and empties a chip whose device is off: power off first")

    def _mounted(self) -> Filesystem:
        flash = self.world.flash
        filesystem = Filesystem(HostAccess(flash), flash.blocks, flash.block_size)
        filesystem.mount()
        return filesystem


def _cell(holder: object, attribute: str, random: Random) -> tuple[Any, Any]:
    """What holds the integer, and its key in there: of a list or bytearray, one at random."""
    value: Any = getattr(holder, attribute)
    return (vars(holder), attribute) if type(value) is int else (value, random.randrange(len(value)))


@catalogued(
    "ram.bit_flip",
    "a critical variable has changed",
    "SYSTEM_FAULT",
    package=Parameter("word", "firmware.core"),
    attribute=Parameter("word", ""),
    bit=Parameter("count", None, 0, 29),
)
class RamBitFlip(Fault):
    """An integer attribute of an object whose class is in `package`, or one integer of a list or bytearray that
    it holds: `attribute` "Class.name", or one at random. The firmware must run. Clearing does not flip back.
    """

    may_overlap = True
    targets = ("sim",)  # elsewhere the firmware's objects lie on MicroPython's own heap

    def _start(self) -> None:
        wanted = str(self.parameters["attribute"])
        package = str(self.parameters["package"])
        found = integers_of(self.world.mcu, package)
        places = [place for place in found if not wanted or place[0] == wanted]
        if not places:
            raise FaultError(f"no integer {wanted or 'attribute'} of {package} is in the device's RAM")
        random = Random(f"{self.world.seed}/{self.id}/{self.at_ns}")
        name, holder, attribute = random.choice(places)
        row, place = _cell(holder, attribute, random)
        if place != attribute:
            name = f"{name}[{place}]"
        bits = _BYTE_BITS if type(row) is bytearray else _SMALL_INT_BITS
        bit = random.randrange(bits) if self.parameters["bit"] is None else int(self.number("bit"))
        if bit >= bits:
            raise FaultError(f"{name} is a byte: bit 0 to {_BYTE_BITS - 1}, got {bit}")
        before = row[place]
        row[place] = before ^ 1 << bit
        self.world.trace.add(self.at_ns, "ram", f"{name} {before} -> {row[place]}")
        self._was_seen = True

    def _stop(self) -> None:
        pass

    def _evidence(self) -> bool:
        return False


def integers_of(mcu: Mcu, package: str) -> list[tuple[str, object, str]]:
    """("Class.attribute", object, attribute) of every integer, and every list of integers, that the objects of a
    package hold.

    Walks from the modules and the call stack of the running firmware, in an order that only the
    firmware decides.
    """
    found: list[tuple[str, object, str]] = []
    seen: set[int] = set()
    open_ = _roots(mcu)
    while open_:
        holder = open_.pop()
        if id(holder) in seen:
            continue
        seen.add(id(holder))
        if isinstance(holder, dict):
            open_.extend(holder.values())
        elif isinstance(holder, list | tuple):
            open_.extend(holder)
        elif isinstance(holder, MethodType):
            open_.append(holder.__self__)
        else:
            module = str(getattr(type(holder), "__module__", ""))
            if isinstance(holder, type) or not module.startswith(("firmware.", "__main__")):
                continue
            attributes = getattr(holder, "__dict__", {})
            open_.extend(attributes.values())
            if module.startswith(package):
                for name, value in attributes.items():
                    if type(value) is int or _is_of_integers(value):
                        found.append((f"{type(holder).__name__}.{name}", holder, name))
    return found


def _is_of_integers(value: object) -> bool:
    if type(value) is bytearray:
        return len(value) > 0
    return isinstance(value, list) and len(value) > 0 and all(type(item) is int for item in value)


def _roots(mcu: Mcu) -> list[object]:
    """Global and local variables of the firmware. RAM has no door: only this fault reaches in."""
    chip = mcu._chip
    if chip is None:
        return []
    roots: list[object] = [module.__dict__ for module in chip.loader.modules.values()]
    device = chip.cpu._greenlet
    frame = None if device is None else device.gr_frame
    while frame is not None:
        if frame.f_code.co_filename in chip.loader.filenames:
            roots.append(dict(frame.f_locals))
        frame = frame.f_back
    return roots


@catalogued("cpu.hang", "firmware stops executing", "watchdog restart", duration=UNTIL_CLEARED)
class CpuHang(Fault):
    """Time, pins and step generator go on. A restart by the watchdog ends the hang, and the fault later."""

    def _start(self) -> None:
        self.world.mcu.freeze()
        self._was_seen = self.world.mcu.frozen

    def _stop(self) -> None:
        self.world.mcu.thaw()

    def _evidence(self) -> bool:
        return self.world.mcu.frozen
