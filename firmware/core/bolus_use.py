"""When patient boluses would be given if every one were used as soon as lock-out and count admit it (RES-02).

Either the count binds: the same n starts every 24 h; or the lock-out does: one start every duration plus
lock-out. Only the first n starts depend on what was given before.
"""

from firmware.core.settings import PER_DAY_HIGH
from firmware.core.units import DAY_S
from protocols.ids import NO_BOLUS


class BolusUse:
    """cycle_s, cycle_boluses: the pattern that repeats from start_in_s(first) on."""

    def __init__(self):
        self.first = 0
        self.cycle_s = DAY_S
        self.cycle_boluses = 0
        self._starts = [0] * PER_DAY_HIGH
        self._gap_s = 0

    def begin(self, patient, duration_s, lockout, run_s, running_bolus):
        """patient: the settings; duration_s: as given; running_bolus: the patient bolus of the moment."""
        per_day = patient.per_day
        # The end of a bolus is stamped with the next whole second (lockout.py).
        self._gap_s = duration_s + patient.lockout_s + 1
        self.first = per_day
        if per_day * self._gap_s < DAY_S:
            self.cycle_s = DAY_S
            self.cycle_boluses = per_day
        else:
            self.cycle_s = self._gap_s
            self.cycle_boluses = 1
        start_s = 0
        if running_bolus.kind != NO_BOLUS:
            start_s = running_bolus.remaining_ms // 1000 + 1 + patient.lockout_s
        elif lockout.last_end_s >= 0:
            start_s = lockout.last_end_s + patient.lockout_s - run_s
        for index in range(per_day):
            past_s = lockout.start_of(per_day - index)
            if past_s >= 0 and past_s + DAY_S - run_s > start_s:
                start_s = past_s + DAY_S - run_s
            if start_s < 0:
                start_s = 0
            self._starts[index] = start_s
            start_s += self._gap_s

    def start_in_s(self, number):
        """Seconds from begin() to the start of that bolus, counted from 0."""
        if number < self.first:
            return self._starts[number]
        if self.cycle_s == self._gap_s:
            return self._starts[self.first - 1] + (number - self.first + 1) * self._gap_s
        return self._starts[number % self.first] + number // self.first * DAY_S
