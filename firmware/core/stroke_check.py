"""Did the rotor follow the stroke? (DET-01, DET-04, THR-20)

The angle after each attempt is compared with what was commanded. An attempt that leaves less than half of
the stroke done is repeated for the rest; after three attempts it is a stall. Half or more counts as a moved
stroke, booked as measured; what such strokes lose together is judged by displacement.py.

Delay: a failed attempt is known when its burst ends, at any rate. With RETRY_AFTER_MS between attempts a
stall is known 10 s after the first failed attempt and is raised, as DET-01 asks, within one stroke interval
(9 min at 2 uL/h, 54 s at 20 uL/h, 1.1 s at 1000 uL/h) plus 30 s.
"""

from micropython import const

from firmware.core.rotor import COUNTS_PER_REV, turned_counts

STROKE_MOVED = const(0)
STROKE_SHORT = const(1)  # at least half, but clearly less than commanded
STROKE_RETRY = const(2)  # command `missing_microsteps` again, after RETRY_AFTER_MS
STROKE_STALLED = const(3)
STROKE_REVERSED = const(4)  # the wrong way: stop at once
STROKE_JUMPED = const(5)  # further than commanded: the driver runs by itself, or the sensor is wrong

ATTEMPTS = const(3)
RETRY_AFTER_MS = const(5_000)

# What two readings may differ by (rotor_sensor_watch). SHORT raises no alarm and may be half as tolerant.
_NOISE_COUNTS = const(6)
_SHORT_COUNTS = const(3)


class StrokeCheck:
    """One stroke at a time. `moved_counts` and `attempts` are of the whole stroke so far.

    Strokes are at most 1000 microsteps, so that no attempt comes near half a revolution. Angles 0 to 4095.
    """

    def __init__(self, microsteps_per_rev):
        self._microsteps_per_rev = microsteps_per_rev
        self._commanded = 0
        self._commanded_counts = 0
        self._most_counts = 0  # that this attempt may turn
        self._attempts_allowed = ATTEMPTS
        self._angle = 0
        self.moved_counts = 0
        self.attempts = 0

    def signature(self):
        """The calibration, for the test of what must not change (INT-08)."""
        return self._microsteps_per_rev

    def begin(self, commanded_microsteps, angle_before, attempts_allowed):
        """A stroke is about to be commanded. attempts_allowed: ATTEMPTS, or 1 for a probe (stall_probe)."""
        self._commanded = commanded_microsteps
        self._commanded_counts = self._attempt(commanded_microsteps)
        self._attempts_allowed = attempts_allowed
        self._angle = angle_before
        self.moved_counts = 0
        self.attempts = 0

    def judge(self, angle_after):
        """The burst has ended and the rotor rests: one of the STROKE_ verdicts."""
        attempt_counts = turned_counts(self._angle, angle_after)
        self._angle = angle_after
        self.moved_counts += attempt_counts
        self.attempts += 1
        if attempt_counts < -_NOISE_COUNTS:
            return STROKE_REVERSED
        if attempt_counts > self._most_counts:
            return STROKE_JUMPED
        commanded_counts = self._commanded_counts
        if self.moved_counts * 2 < commanded_counts:
            if self.attempts >= self._attempts_allowed:
                return STROKE_STALLED
            self._attempt(self.missing_microsteps())
            return STROKE_RETRY
        if self.moved_counts < commanded_counts - commanded_counts // 10 - _SHORT_COUNTS:
            return STROKE_SHORT
        return STROKE_MOVED

    def is_astray(self, angle_after):
        """True when `judge` would say REVERSED or JUMPED: look again before believing it."""
        attempt_counts = turned_counts(self._angle, angle_after)
        return not -_NOISE_COUNTS <= attempt_counts <= self._most_counts

    def missing_microsteps(self):
        """What the rotor still owes of this stroke, 0 to the commanded number."""
        moved = self.moved_counts * self._microsteps_per_rev // COUNTS_PER_REV
        return min(self._commanded, max(0, self._commanded - moved))

    def _attempt(self, microsteps):
        """The counts of so many microsteps, which are going to be commanded."""
        counts = microsteps * COUNTS_PER_REV // self._microsteps_per_rev
        self._most_counts = counts + (counts >> 3) + _NOISE_COUNTS
        return counts
