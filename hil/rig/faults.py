"""The faults that this rig can do, by the numbers of protocols/rig.py, and which of them act now.

They do to the rig's plant what those of emulator/faults do to the emulated one. One of a kind acts at a time.
"""

from hil.rig import faults_of_fluid, faults_of_motor, faults_of_parts
from protocols.ids import BUSY, OK, UNKNOWN
from protocols.rig import FAULTS, SIGNAL_FAULT_CLEARED

_NEVER_MS = -1


class FaultBoard:
    """`keep(t_us, signal, value)` of the signals' journal hears of each fault that ends by itself."""

    def __init__(self, plant, keep):
        self._plant = plant
        self._keep = keep
        self._numbers = {name: number for number, name, _ in FAULTS}
        self._kinds = {}
        for table in (faults_of_motor.KINDS, faults_of_fluid.KINDS, faults_of_parts.KINDS):
            for name, kind in table:
                self._kinds[self._numbers[name]] = kind
        self._active = {}
        self._ends = {}
        self._acted = {}

    @property
    def numbers(self):
        """Of all kinds that there are."""
        return set(self._kinds)

    def inject(self, number, a, b, c, duration_ms, now_us):
        """OK, UNKNOWN, or BUSY while one of this kind acts."""
        kind = self._kinds.get(number)
        if kind is None:
            return UNKNOWN
        if number in self._active:
            return BUSY
        fault = kind(self._plant, a, b, c, now_us)
        self._acted.pop(number, None)
        self._active[number] = fault
        if duration_ms != _NEVER_MS:
            self._ends[number] = now_us + duration_ms * 1_000
        fault.start()
        return OK

    def clear(self, number, now_us):
        """End it; ending twice is harmless."""
        fault = self._active.get(number)
        if fault is None:
            return
        lag_us = fault.lag_us
        if lag_us:
            fault.lag_us = 0
            self._ends[number] = now_us + lag_us
            return
        self._acted[number] = fault.has_acted()
        del self._active[number]
        self._ends.pop(number, None)
        fault.stop()

    def clear_all(self, now_us):
        for number in list(self._active):
            self._active[number].lag_us = 0
            self.clear(number, now_us)

    def is_active(self, number):
        return number in self._active

    def took_effect(self, number):
        """The plant shows that it acted, since it was injected last."""
        fault = self._active.get(number)
        return fault.has_acted() if fault is not None else self._acted.get(number, False)

    def tick(self, now_us):
        """What is due. Returns us until the next one, or None."""
        if not self._active:
            return None
        for number in list(self._active):
            fault = self._active[number]
            if fault.due_us is not None and now_us >= fault.due_us:
                fault.due(now_us)
            end_us = self._ends.get(number)
            if end_us is not None and now_us >= end_us:
                self.clear(number, now_us)
                if number not in self._active:
                    self._keep(now_us, SIGNAL_FAULT_CLEARED, number)
        next_us = None
        for number, fault in self._active.items():
            for due_us in (fault.due_us, self._ends.get(number)):
                if due_us is not None and (next_us is None or due_us < next_us):
                    next_us = due_us
        return None if next_us is None else max(next_us - now_us, 0)
