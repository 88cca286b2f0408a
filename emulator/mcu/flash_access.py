"""The device's way into its flash: takes time, wears the chip, and may be cut by a loss of power."""

from collections.abc import Callable
from typing import Any

from emulator.errors import Unwind
from emulator.mcu.contents import Contents
from emulator.mcu.costs import FLASH_ERASE_NS, FLASH_PAGE_BYTES, FLASH_PAGE_NS
from emulator.mcu.cpu import Cpu
from emulator.mcu.filesystem import LFS_ERR_IO
from emulator.mcu.flash import Flash


class DeviceAccess:
    """Erase and program by the processor, interrupts off meanwhile (the port runs from the same chip).

    A power-off that falls into an operation leaves the part of it that its time allowed. Nothing is
    raised through littlefs: it gets an I/O error, and the caller then finds `cpu.doom`.
    """

    def __init__(self, flash: Flash, cpu: Cpu, cut_power: Callable[[], None]) -> None:
        self._flash = flash
        self.read = flash.answer
        self._cpu = cpu
        self._cut_power = cut_power

    @property
    def contents(self) -> Contents:
        return self._flash.contents

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        """Page by page, each an operation of its own, as the chip is told them."""
        for start in range(0, len(data), FLASH_PAGE_BYTES):
            result = self._program_page(block, off + start, data[start : start + FLASH_PAGE_BYTES])
            if result:
                return result
        return 0

    def _program_page(self, block: int, off: int, page: bytes) -> int:
        def apply(part: float, is_garbled: bool) -> None:
            if is_garbled:
                self._flash.program_in_part(block, off, page)
            else:
                self._flash.program(block, off, page[: int(len(page) * part)])

        return self._operate(apply, FLASH_PAGE_NS)

    def erase(self, cfg: Any, block: int) -> int:
        def apply(part: float, is_garbled: bool) -> None:
            if is_garbled:
                self._flash.erase_in_part(block)
            else:
                self._flash.erase(block, int(self._flash.block_size * part))

        return self._operate(apply, FLASH_ERASE_NS)

    def sync(self, cfg: Any) -> int:
        return 0

    def _operate(self, apply: Callable[[float, bool], None], duration_ns: int) -> int:
        cpu = self._cpu
        if cpu.doom is not None:
            return LFS_ERR_IO
        cut = self._flash.begin()
        part = 1.0
        if cut is not None:
            self._flash.forget()
            if cut.where == "before":
                self._cut_power()
                return LFS_ERR_IO
            if cut.where != "after":
                part = cut.part
        start_ns = cpu.env.now
        try:
            cpu.charge_masked(int(duration_ns * part))
        except Unwind:
            self._flash.forget()
            apply(min(1.0, (cpu.env.now - start_ns) / duration_ns), False)
            return LFS_ERR_IO
        apply(part, cut is not None and cut.where == "garbled")
        if cut is not None:
            self._cut_power()
            return LFS_ERR_IO
        return 0
