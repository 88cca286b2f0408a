"""The object that `irq()` of a peripheral returns (shared/runtime/mpirq.c)."""

from collections.abc import Callable

from emulator.mcu.interrupts import IrqSource
from emulator.mcu.shims.arguments import integer


class Irq:
    """Flags of the last event, the trigger, and a call of the handler by hand. `listen(trigger)` sets the trigger."""

    def __init__(self, source: IrqSource, listen: Callable[[int], None]) -> None:
        self.trigger_bits = 0
        self._source = source
        self._listen = listen

    def flags(self) -> int:
        """The events since the handler was called last."""
        return self._source.flags

    def trigger(self, *value: int) -> int:
        """The trigger as it was; with an argument it is set."""
        before = self.trigger_bits
        if value:
            self.trigger_bits = integer(value[0])
            self._listen(self.trigger_bits)
        return before

    def __call__(self) -> None:
        if self._source.handler is not None:
            self._source.handler(self._source.argument)

    def __repr__(self) -> str:
        return "<irq>"


Irq.__name__ = Irq.__qualname__ = "irq"
