"""The flash chip under the file system: blocks that erase to 0xFF and whose bits only fall when written.

The rp2 port keeps its file system in the last 1408 KiB of the Pico's 2 MB chip: 352 blocks of 4096 bytes.
Erases of a sector and programmings of a page are numbered from 0 over the life of the chip, so that a test can
cut the power at each one: before it, inside it (a prefix is done), inside it with what was under way garbled, or
after it.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from emulator.mcu.contents import Contents, of_image
from emulator.mcu.filesystem import KIND_DIRECTORY, Filesystem

BLOCKS = 352
BLOCK_BYTES = 4096

_ERASED = 0xFF
CUT_PLACES = ("before", "inside", "garbled", "after")


@dataclass(frozen=True, slots=True)
class PlannedCut:
    """`part` of the operation, 0 to 1, is done when `where` is "inside" or "garbled"."""

    operation: int
    where: str
    part: float


class Flash:
    """Contents, wear and planned power cuts of one chip. Survives every reset of the device.

    `erases[block]` counts erases by the device, `operations` its erases and programmings. What the host
    does through `write_file` is not wear.
    """

    def __init__(self, blocks: int = BLOCKS, block_size: int = BLOCK_BYTES, image: bytes | None = None) -> None:
        self.blocks = blocks
        self.block_size = block_size
        self.erases = [0] * blocks
        self.operations = 0
        self.planned_cut: PlannedCut | None = None
        self._written: dict[int, bytearray] = {}
        self.contents = Contents()
        self.image = b"\xff" * (blocks * block_size) if image is None else image

    @property
    def image(self) -> bytes:
        """All blocks, for moving a file system between targets. Raises ValueError for a wrong length."""
        size = self.block_size
        blocks = (self._written.get(n) or self._base[n * size : (n + 1) * size] for n in range(self.blocks))
        return b"".join(blocks)

    @image.setter
    def image(self, image: bytes) -> None:
        if len(image) != self.blocks * self.block_size:
            raise ValueError(f"a flash image has {self.blocks * self.block_size} bytes, this one has {len(image)}")
        # Devices share the image they were made from; only blocks that changed are a device's own.
        self._base = bytes(image)
        self._written.clear()
        self.forget()
        self.contents = Contents(of_image(self._base))

    def forget(self) -> None:
        """Something has happened to the chip other than a clean write: all is read anew."""
        self.contents.is_true = False
        self.contents = Contents()

    def cut_at(self, operation: int, where: str = "inside", part: float = 0.5) -> None:
        """Plan a power cut at the operation of this number; `operations` is the number of the next one."""
        if where not in CUT_PLACES:
            raise ValueError(f"a power cut is one of {', '.join(CUT_PLACES)} an operation, not {where!r}")
        if operation < self.operations:
            raise ValueError(f"operation {operation} is over, the next one is {self.operations}")
        self.planned_cut = PlannedCut(operation, where, part)

    def begin(self) -> PlannedCut | None:
        """The device begins an operation; returns the cut that is planned for it."""
        number = self.operations
        self.operations += 1
        cut = self.planned_cut
        if cut is None or cut.operation != number:
            return None
        self.planned_cut = None
        return cut

    def read(self, block: int, offset: int, count: int) -> bytes | bytearray:
        return self.answer(None, block, offset, count)

    def answer(self, _configuration: Any, block: int, offset: int, count: int) -> bytes | bytearray:
        """As `read`, with the arguments of littlefs, which reads some thousand times at each boot."""
        if block in self._written:
            return self._written[block][offset : offset + count]
        start = block * self.block_size + offset
        return self._base[start : start + count]

    def program(self, block: int, offset: int, data: bytes) -> None:
        """Clear bits; a bit that is 0 stays 0 until the block is erased."""
        cells = self._own(block)
        end = offset + len(data)
        held = bytes(cells[offset:end])
        if held.count(_ERASED) == len(held):
            cells[offset:end] = data  # nearly always: only an erased page takes data as it is
            return
        old = int.from_bytes(held, "little")
        cells[offset:end] = (old & int.from_bytes(data, "little")).to_bytes(len(data), "little")

    def erase(self, block: int, count: int | None = None) -> None:
        """Set the first `count` bytes of the block (default: all) to 0xFF and count one erase."""
        self.erases[block] += 1
        self.blank(block, self.block_size if count is None else count)

    def program_in_part(self, block: int, offset: int, data: bytes) -> None:
        """Power went while these bytes were programmed: some of the bits that should fall have not."""
        noise = self._noise(len(data))
        self.program(block, offset, bytes(byte | left for byte, left in zip(data, noise, strict=True)))

    def erase_in_part(self, block: int) -> None:
        """Power went during the erase: any bit of the block may have risen already. One erase."""
        self.erases[block] += 1
        cells = self._own(block)
        cells[:] = bytes(cell | risen for cell, risen in zip(cells, self._noise(self.block_size), strict=True))

    def _noise(self, count: int) -> bytes:
        """Half the bits, by the number of the operation: the same in each run."""
        return Random(self.operations).randbytes(count)

    def blank(self, block: int, count: int) -> None:
        """Erase without wear."""
        self._own(block)[:count] = b"\xff" * count

    def flip_bit(self, block: int, offset: int, bit: int) -> None:
        """A bit fault (INT-08)."""
        self.forget()
        self._own(block)[offset] ^= 1 << bit

    def _own(self, block: int) -> bytearray | memoryview:
        """The block's cells, the device's own from now on."""
        cells = self._written.get(block)
        if cells is None:
            self.contents.chip_changes()
            start = block * self.block_size
            cells = self._written[block] = bytearray(self._base[start : start + self.block_size])
        return cells

    # ---- files, from the host's side; write only while the device is off: it keeps tables in RAM

    def read_file(self, path: str) -> bytes:
        """Raises OSError(2) for a file that is not there."""
        return self._mounted().read_file(path)

    def write_file(self, path: str, data: bytes) -> None:
        self._mounted().write_file(path, data)

    def listdir(self, path: str = "/") -> list[str]:
        """Names in a folder, sorted."""
        return sorted(name for name, _kind, _size in self._mounted().list(path))

    def files(self, path: str = "/") -> dict[str, bytes]:
        """Every file below a folder, by its full path."""
        found: dict[str, bytes] = {}
        filesystem = self._mounted()
        folders = [path.rstrip("/")]
        while folders:
            folder = folders.pop()
            for name, kind, _size in filesystem.list(folder):
                if kind == KIND_DIRECTORY:
                    folders.append(f"{folder}/{name}")
                else:
                    found[f"{folder}/{name}"] = filesystem.read_file(f"{folder}/{name}")
        return dict(sorted(found.items()))

    def _mounted(self) -> Filesystem:
        filesystem = Filesystem(HostAccess(self), self.blocks, self.block_size)
        filesystem.mount()
        return filesystem


class HostAccess:
    """littlefs's way into the flash from the host: no time, no wear, no power cuts."""

    def __init__(self, flash: Flash) -> None:
        self._flash = flash
        self.read = flash.answer

    @property
    def contents(self) -> Contents:
        return self._flash.contents

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        self._flash.program(block, off, data)
        return 0

    def erase(self, cfg: Any, block: int) -> int:
        self._flash.blank(block, self._flash.block_size)
        return 0

    def sync(self, cfg: Any) -> int:
        return 0
