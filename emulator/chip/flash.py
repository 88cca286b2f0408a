"""The flash chip behind the SSI: the same Flash as in the emulated Pico, in the emulated RP2040's memory.

rp2040py applies an erase or a page at once and takes no time for it. Here each takes what the datasheet
says, with the core standing still meanwhile (it runs from the same chip), and a power cut inside leaves a
part of it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from rp2040py.peripherals._ssi import (
    CMD_BLOCK_ERASE,
    CMD_PAGE_PROGRAM,
    CMD_SECTOR_ERASE,
    FLASH_BLOCK_SIZE,
    FLASH_SECTOR_SIZE,
)

from emulator.chip.processor import BLOCK_BYTES, FILESYSTEM_BLOCKS, FILESYSTEM_START, Processor
from emulator.mcu.costs import FLASH_ERASE_NS, FLASH_PAGE_BYTES, FLASH_PAGE_NS
from emulator.mcu.flash import Flash

_ADDRESS_END = 4  # command byte and 24 bit of address


class ChipFlash(Flash):
    """The file system's blocks. An operation is an erase of a sector or a programming of a page.

    `cut_power()` is called where a planned cut falls. Made before its device, which `connect`s itself.
    """

    def __init__(self, processor: Processor, image: bytes) -> None:
        self._processor = processor
        self._memory = processor.filesystem
        self._under_way: Callable[[float], None] | None = None
        self._since_ns = 0
        self._length_ns = 0
        self._cut_power: Callable[[], None] = lambda: None
        super().__init__(FILESYSTEM_BLOCKS, BLOCK_BYTES, image)
        self._ssi = processor.ssi
        self._apply_elsewhere = self._ssi._apply_command
        self._ssi._apply_command = self._apply

    def connect(self, cut_power: Callable[[], None]) -> None:
        self._cut_power = cut_power

    def interrupt(self) -> None:
        """Power is gone: of an operation under way, what its time allowed is done."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way(min(1.0, (self._processor.now_ns - self._since_ns) / self._length_ns))

    @property
    def image(self) -> bytes:
        return bytes(self._memory)

    @image.setter
    def image(self, image: bytes) -> None:
        if len(image) != len(self._memory):
            raise ValueError(f"a flash image has {len(self._memory)} bytes, this one has {len(image)}")
        self._memory[:] = image

    def answer(self, _configuration: Any, block: int, offset: int, count: int) -> bytes:
        return bytes(self._own(block)[offset : offset + count])

    def _own(self, block: int) -> memoryview:
        """The block's cells, in the memory that the chip executes from."""
        return self._memory[block * self.block_size : (block + 1) * self.block_size]

    def _apply(self) -> None:
        """The end of a flash command, in place of rp2040py's own."""
        command = self._ssi._tx_buffer
        kind = command[0] if len(command) >= _ADDRESS_END and self._ssi._write_enabled else None
        place = int.from_bytes(command[1:_ADDRESS_END], "big") - FILESYSTEM_START
        if kind == CMD_PAGE_PROGRAM and place >= 0:
            data = bytes(command[_ADDRESS_END:][:FLASH_PAGE_BYTES])
            block, offset = place // self.block_size, place % self.block_size
            self._begin(
                lambda part: self.program(block, offset, data[: int(len(data) * part)]),
                lambda: self.program_in_part(block, offset, data),
                FLASH_PAGE_NS,
            )
        elif kind in (CMD_SECTOR_ERASE, CMD_BLOCK_ERASE) and place >= 0:
            sectors = 1 if kind == CMD_SECTOR_ERASE else FLASH_BLOCK_SIZE // FLASH_SECTOR_SIZE
            blocks = range(place // self.block_size, place // self.block_size + sectors)
            self._begin(
                lambda part: self._for_each(blocks, lambda block: self.erase(block, int(self.block_size * part))),
                lambda: self._for_each(blocks, self.erase_in_part),
                sectors * FLASH_ERASE_NS,
            )
        else:
            self._apply_elsewhere()
            return
        self._ssi._write_enabled = False
        self._ssi._tx_buffer = bytearray()

    def _begin(self, apply: Callable[[float], None], garble: Callable[[], None], length_ns: int) -> None:
        cut = self.begin()
        if cut is not None and cut.where == "before":
            self._cut_power()
            return
        part = 1.0 if cut is None or cut.where == "after" else cut.part
        self._under_way = apply
        if cut is not None and cut.where == "garbled":
            self._under_way = lambda _part: garble()
        self._since_ns = self._processor.now_ns
        self._length_ns = length_ns
        self._processor.stand_still(length_ns * part)
        self._processor.call_in(length_ns * part, self._cut_power if cut is not None else self._finish)

    def _finish(self) -> None:
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way(1.0)

    def _for_each(self, blocks: Iterable[int], act: Callable[[int], None]) -> None:
        for block in blocks:
            act(block)
