"""PIO that keeps its time while the core sleeps.

rp2040py gives an idle jump to the PIO as one step and drops the rest: as soon as the core really sleeps,
pulses of 0.6 ms become several milliseconds. The pacer takes the place of the block on the bus and runs it
from clock alarms, awake or asleep.
"""

from typing import Any

_NEVER = 1 << 62
_FIXED_PER_NS = 32  # a cycle is 8 ns and counts 256
_CYCLE_NS = 8.0
_BASE_PAGE, _PAGES_PER_BLOCK = 0x50200, 0x100


class PioPacer:
    """`catch_up` before anything that can start or release a state machine, `arm` after it."""

    def __init__(self, rp2040: Any, index: int) -> None:
        self._pio = rp2040.pio[index]
        self._clock = rp2040.clock
        self._alarm = rp2040.clock.create_alarm(self._due)
        rp2040.peripherals[_BASE_PAGE + index * _PAGES_PER_BLOCK] = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pio, name)

    def catch_up(self) -> None:
        self._pio.cycle_fp = int(self._clock.nanos * _FIXED_PER_NS)

    def arm(self) -> None:
        pio = self._pio
        pio.stopped = True  # or the main loop would advance it as well
        due = pio.next_due_fp
        if due < _NEVER:
            wait_ns = (due - pio.cycle_fp) / _FIXED_PER_NS
            # A touch late rather than early, or the alarm would find nothing due.
            self._alarm.schedule(wait_ns + 0.001 if wait_ns > 0 else _CYCLE_NS)

    def _due(self) -> None:
        pio = self._pio
        if pio.next_due_fp >= _NEVER:
            return
        pio.cycle_fp = max(int(self._clock.nanos * _FIXED_PER_NS), pio.next_due_fp)
        pio.advance(0)
        self.arm()

    def read_uint32(self, offset: int) -> int:
        self.catch_up()
        value = self._pio.read_uint32(offset)
        self.arm()
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        self.catch_up()
        self._pio.write_uint32(offset, value)
        self.arm()

    def write_uint32_atomic(self, offset: int, value: int, kind: int) -> None:
        self.catch_up()
        self._pio.write_uint32_atomic(offset, value, kind)
        self.arm()
