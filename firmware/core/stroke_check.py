"""Did the rotor follow the stroke? (DET-01, DET-03, DET-04, THR-20)

The angle after each attempt is compared with what was commanded. An attempt that leaves less than half of
the stroke done is repeated for the rest; after three attempts it is a stall. Half or more counts as a moved
stroke, booked as measured; what such strokes lose together is judged by displacement.py.

A stepper that loses its pole is off by whole electrical cycles, four full steps each: that is a slip, not a reversed
motor and not a driver that runs by itself. Where the field may stand at a foreign phase (rotor_phase.py), an attempt
may turn the rotor two full steps further or back, and up to two attempts that go into catching it do not count. A
rotor that comes free in the middle of a burst longer than that may fall back as far, once. A burst that ended as far
back as it should have gone forward may be either, a slip or a reversed motor: a stall, and the probe tells.

Delay: a failed attempt is known when its burst ends, at any rate. With RETRY_AFTER_MS between attempts a
stall is known 10 s after the first failed attempt, 20 s when the rotor had to be caught, and is raised, as DET-01
asks, within one stroke interval (9 min at 2 uL/h, 54 s at 20 uL/h, 1.1 s at 1000 uL/h) plus 30 s.
"""

from micropython import const

from firmware.core.rotor import COUNTS_PER_REV, turned_counts

STROKE_MOVED = const(0)
STROKE_SHORT = const(1)  # at least half, but clearly less than commanded
STROKE_RETRY = const(2)  # command `missing_microsteps` again, after RETRY_AFTER_MS
STROKE_STALLED = const(3)
STROKE_REVERSED = const(4)  # the wrong way: stop at once
STROKE_JUMPED = const(5)  # further than commanded: the driver runs by itself, or the sensor is wrong
STROKE_SLIPPED = const(6)  # `slipped_cycles` further, or back when negative

ATTEMPTS = const(3)
RETRY_AFTER_MS = const(5_000)

# What two readings may differ by (rotor_sensor_watch). SHORT raises no alarm and may be half as tolerant.
_NOISE_COUNTS = const(6)
_SHORT_COUNTS = const(3)
_CAPTURES = const(2)
_CYCLES_PER_REV = const(50)  # of a motor with 200 full steps
_CAPTURE_COUNTS = const(41)  # two full steps of 200 a revolution
_SLIP_COUNTS = const(10)  # noise, and what friction's lag and the magnet's eccentricity may differ over a cycle
_MOST_CYCLES = const(2)
_FALL_BACK_PARTS = const(110)  # only a burst longer than 1/110 revolution takes the field past the next pole


class StrokeCheck:
    """One stroke at a time. `moved_counts` and `attempts` are of the whole stroke so far.

    Strokes are at most 1000 microsteps, so that no attempt comes near half a revolution. Angles 0 to 4095.
    """

    def __init__(self, microsteps_per_rev):
        self._microsteps_per_rev = microsteps_per_rev
        self._commanded = 0
        self._commanded_counts = 0
        self._attempt_counts = 0  # that this attempt should turn
        self._most_counts = 0  # that it may turn
        self._least_counts = 0
        self._attempts_allowed = ATTEMPTS
        self._angle = 0
        self._captures = 0
        self._may_fall_back = False
        self._is_catching = False
        self.moved_counts = 0
        self.attempts = 0
        self.slipped_cycles = 0

    def signature(self):
        """The calibration, for the test of what must not change (INT-08)."""
        return self._microsteps_per_rev

    def begin(self, commanded_microsteps, angle_before, attempts_allowed):
        """A stroke is about to be commanded. attempts_allowed: ATTEMPTS, or 1 for a probe (stall_probe)."""
        self._commanded = commanded_microsteps
        self._commanded_counts = self._counts(commanded_microsteps)
        self._attempts_allowed = attempts_allowed
        self._angle = angle_before
        self.moved_counts = 0
        self.attempts = 0
        self._captures = _CAPTURES
        self._may_fall_back = True
        self.attempt(commanded_microsteps, False)

    def attempt(self, microsteps, is_catching):
        """So many microsteps come next. is_catching: the field's phase may not be the rotor's."""
        counts = self._counts(microsteps)
        self._attempt_counts = counts
        self._is_catching = is_catching
        self._most_counts = counts + (counts >> 3) + _NOISE_COUNTS + (_CAPTURE_COUNTS if is_catching else 0)
        is_long = microsteps * _FALL_BACK_PARTS > self._microsteps_per_rev
        self._least_counts = -_NOISE_COUNTS
        if self._may_fall_back and (is_catching or is_long):
            self._least_counts -= _CAPTURE_COUNTS

    def caught(self, angle):
        """Current has come and nothing is commanded yet: counts that the rotor was drawn."""
        counts = turned_counts(self._angle, angle)
        self._angle = angle
        return counts

    def is_drawn(self, angle):
        """Current has drawn the rotor further than noise: look again before believing it."""
        counts = turned_counts(self._angle, angle)
        return not -_NOISE_COUNTS <= counts <= _NOISE_COUNTS

    def is_catchable(self, counts):
        """No field draws a rotor further than two full steps."""
        return -_CAPTURE_COUNTS - _NOISE_COUNTS <= counts <= _CAPTURE_COUNTS + _NOISE_COUNTS

    def judge(self, angle_after):
        """The burst has ended and the rotor rests: one of the STROKE_ verdicts."""
        attempt_counts = turned_counts(self._angle, angle_after)
        self._angle = angle_after
        self.attempts += 1
        cycles = self._slipped(attempt_counts)
        self.slipped_cycles = cycles
        self.moved_counts += attempt_counts
        if cycles:
            is_mirrored = abs(attempt_counts + self._attempt_counts) <= _SLIP_COUNTS
            return STROKE_STALLED if is_mirrored else STROKE_SLIPPED
        if attempt_counts < self._least_counts:
            return STROKE_REVERSED
        if attempt_counts > self._most_counts:
            return STROKE_JUMPED
        if attempt_counts < -_NOISE_COUNTS:
            self._may_fall_back = False
            self.moved_counts = 0  # what it has fallen back is measured, but nothing that this stroke owes
        if self.moved_counts * 2 < self._commanded_counts:
            return self._fell_short()
        if self.moved_counts < self._commanded_counts - self._commanded_counts // 10 - _SHORT_COUNTS:
            return STROKE_SHORT
        return STROKE_MOVED

    def is_astray(self, angle_after):
        """True when `judge` would say SLIPPED, REVERSED or JUMPED: look again before believing it."""
        attempt_counts = turned_counts(self._angle, angle_after)
        if self._slipped(attempt_counts):
            return True
        return not self._least_counts <= attempt_counts <= self._most_counts

    def is_out_of_captures(self):
        """The attempts that may go into catching the rotor are used up."""
        return self._captures == 0

    def _fell_short(self):
        if self._is_catching and self._captures:
            self._captures -= 1
            self.attempts -= 1
        if self.attempts >= self._attempts_allowed:
            return STROKE_STALLED
        self.attempt(self.missing_microsteps(), self._is_catching)
        return STROKE_RETRY

    def _slipped(self, attempt_counts):
        """Whole cycles by which an attempt ended elsewhere than it should, 0 for any other deviation."""
        off = (attempt_counts - self._attempt_counts) * _CYCLES_PER_REV
        cycles = (off + COUNTS_PER_REV // 2) // COUNTS_PER_REV
        if not cycles or not -_MOST_CYCLES <= cycles <= _MOST_CYCLES:
            return 0
        if -_NOISE_COUNTS <= attempt_counts <= _NOISE_COUNTS:
            return 0  # it stands: tried again
        if abs(off - cycles * COUNTS_PER_REV) > _SLIP_COUNTS * _CYCLES_PER_REV:
            return 0
        return cycles

    def missing_microsteps(self):
        """What the rotor still owes of this stroke, 0 to the commanded number."""
        moved = self.moved_counts * self._microsteps_per_rev // COUNTS_PER_REV
        return min(self._commanded, max(0, self._commanded - moved))

    def _counts(self, microsteps):
        return microsteps * COUNTS_PER_REV // self._microsteps_per_rev
