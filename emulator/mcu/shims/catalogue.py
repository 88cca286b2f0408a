"""The built-in modules of the device: which there are, and what of them is not modelled."""

from functools import partial
from types import ModuleType
from typing import Any, NoReturn

from emulator.errors import NotModelled
from emulator.mcu import costs
from emulator.mcu.builtin_names import built_in_module
from emulator.mcu.chip import Chip
from emulator.mcu.dialect_scan import PREFIX
from emulator.mcu.shims.files import make_os, open_file
from emulator.mcu.shims.machine_shim import make_machine
from emulator.mcu.shims.plain import plain_modules
from emulator.mcu.shims.rp2_shim import make_rp2
from emulator.mcu.shims.streams import make_io, make_select, print_to
from emulator.mcu.shims.system import make_gc, make_micropython, make_sys
from emulator.mcu.shims.time_shim import make_time

# On the board, and not here: importing or using one raises NotModelled, even inside hasattr.
_MODULE_GAPS = """
    _asyncio _boot _boot_fat _onewire _rp2 _thread asyncio cmath cryptolib deflate dht ds18x20 framebuf heapq neopixel
    onewire platform random re uasyncio uctypes vfs ucryptolib uheapq uplatform urandom ure
"""
_GAPS = {
    "machine": """
        I2S PinBase SPI Signal SoftI2C SoftSPI USBDevice bitstream bootloader deepsleep dht_readinto mem16
        mem32 mem8 mem_backup time_pulse_us
    """,
    "rp2": "DMA DMATimer PIOASMEmit bootsel_button country",
    "os": "dupterm dupterm_notify mount umount VfsFat VfsLfs2 errno",
    "micropython": """
        RingIO asm_rv32 asm_thumb asm_xtensa heap_lock heap_locked heap_unlock mem_current mem_info mem_peak mem_total
        native qstr_info stack_use viper
    """,
}


def install(chip: Chip) -> dict[str, ModuleType]:
    """Give the firmware of one power-on its built-in modules, and `open`; the modules by name."""

    gaps = frozenset(_MODULE_GAPS.split())

    def raise_if_unmodelled(name: str) -> None:
        if name in gaps:
            chip.fail(NotModelled(f"module {name}"))

    modules = shim_modules(chip)
    chip.loader.use_built_in(modules, raise_if_unmodelled)
    names = chip.loader.builtins
    names["open"] = partial(open_file, chip)
    names["print"] = partial(_print, chip)
    names[PREFIX + "turn"] = lambda: chip.cpu.charge(costs.WAITING_TURN_NS)
    # Only a handler can end such a loop, so its turns until the next one are one.
    names[PREFIX + "rest"] = lambda: chip.cpu.wait(chip.env.now_ns + costs.LONGEST_REST_NS)
    for name in ("input", "help"):
        names[name] = chip.unmodelled(name)
    chip.loader.use_built_in({"builtins": built_in_module(names)}, raise_if_unmodelled)
    return modules


def _print(chip: Chip, *values: object, sep: Any = " ", end: Any = "\n", file: Any = None, **others: Any) -> None:
    if others:
        raise TypeError("extra keyword arguments given")
    if not isinstance(sep, str) or not isinstance(end, str):
        raise TypeError("can't convert to str implicitly")
    pieces = [piece for value in values for piece in (sep, str(value))][1:]
    pieces.append(end)
    if file is None:
        text = "".join(pieces)
        chip.cpu.charge(costs.USB_CALL_NS + len(text) * costs.USB_BYTE_NS)
        chip.say(text)
    else:
        print_to(file, pieces)


def shim_modules(chip: Chip) -> dict[str, ModuleType]:
    """One set of module objects, bound to one power-on."""
    modules = plain_modules()
    modules.update(
        gc=make_gc(chip),
        io=make_io(chip),
        machine=make_machine(chip),
        micropython=make_micropython(chip),
        os=make_os(chip),
        rp2=make_rp2(chip),
        select=make_select(chip),
        sys=make_sys(chip),
        time=make_time(chip),
    )
    for name, gaps in _GAPS.items():
        _note_gaps(chip, modules[name], gaps)
    return modules


def _note_gaps(chip: Chip, module: ModuleType, gaps: str) -> None:
    """Using one of the names in `gaps` raises NotModelled."""
    known = frozenset(gaps.split())

    def missing(name: str) -> NoReturn:
        if name in known:
            chip.fail(NotModelled(f"{module.__name__}.{name}"))
        raise AttributeError(f"'module' object has no attribute '{name}'")

    module.__dict__["__getattr__"] = missing
