"""The Pico on its board with MicroPython itself as the interpreter, instead of CPython with shims."""

from typing import Any

from emulator.errors import NotModelled
from emulator.mcu.device import Mcu
from emulator.mpy.chip import Heap, MpyChip
from emulator.mpy.interpreter import HANG_LIMIT_S, HEAP_BYTES, Interpreter, find_interpreter


class MpyMcu(Mcu):
    """As `Mcu`. Raises InterpreterBroken at once when there is no interpreter.

    `heap_bytes` and `hang_limit_s` may be set before power-on: see interpreter.py.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        find_interpreter()
        self.heap_bytes = HEAP_BYTES
        self.hang_limit_s = HANG_LIMIT_S

    def start_interpreter(self) -> Interpreter:
        return Interpreter(self.heap_bytes, self.hang_limit_s)

    def heap(self) -> Heap | None:
        """Of the running firmware, after a collection; None while none runs."""
        return None if self._mpy_chip is None else self._mpy_chip.heap()

    @property
    def calls_served(self) -> int:
        """Round trips to the interpreter in this power-on."""
        return 0 if self._mpy_chip is None else self._mpy_chip.calls_served

    @property
    def process_id(self) -> int | None:
        return None if self._mpy_chip is None else self._mpy_chip.process_id

    @property
    def modules(self) -> dict[str, Any]:
        """The firmware's objects are in another process: nothing on the host can reach them."""
        raise NotModelled("RAM of the firmware on target mpy")

    @property
    def _mpy_chip(self) -> MpyChip | None:
        return self._chip if isinstance(self._chip, MpyChip) else None

    def _make_chip(self, cause: int) -> MpyChip:
        return MpyChip(self, cause, self.start_interpreter)
