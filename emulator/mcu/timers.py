"""Software timers (machine.Timer): interrupts at a set time, once or again and again."""

from collections.abc import Callable

from emulator.env import Call, WorldEnvironment
from emulator.mcu.interrupts import IrqSource


class AlarmTimer:
    """One timer. A periodic one keeps its phase: period k ends k periods after the start."""

    __slots__ = ("source", "_env", "_interrupt", "_call", "_period_ns", "_due_ns", "_is_periodic")

    def __init__(self, env: WorldEnvironment, interrupt: Callable[[IrqSource], None]) -> None:
        self.source = IrqSource()
        self._env = env
        self._interrupt = interrupt
        self._call: Call | None = None
        self._period_ns = 0
        self._due_ns = 0
        self._is_periodic = False

    def start(self, period_ns: int, is_periodic: bool) -> None:
        """(Re)start; the first interrupt comes one period from now."""
        self.stop()
        self._period_ns = period_ns
        self._is_periodic = is_periodic
        self._due_ns = self._env.now_ns + period_ns
        self._call = self._env.call_at(self._due_ns, self._fire, True)

    def stop(self) -> None:
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _fire(self) -> None:
        self._call = None
        if self._is_periodic:
            self._due_ns += self._period_ns
            self._call = self._env.call_at(self._due_ns, self._fire, True)
        self._interrupt(self.source)
