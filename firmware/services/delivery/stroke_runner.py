"""One stroke on the hardware: pressure before, burst, pressure at its end, angle once the rotor rests.

Delivered means measured: what the rotor displaced is booked from its angle, attempt by attempt, and a
shortfall is tried again (DET-01). Without a credible angle the stroke counts as commanded, and says so.

With the driver off its indexer is put to the rotor's phase before each attempt, and home after it: so a reset between
strokes finds it home whether or not the driver lost its power. Until a stroke has confirmed that phase, current
comes 10 ms before the steps, and where it draws the rotor is booked; see core/rotor_phase.py.
"""

from micropython import const

from firmware.core.rotor import COUNTS_PER_REV, RotorVolume, turned_counts
from firmware.core.rotor_phase import STILL_COUNTS, RotorPhase
from firmware.core.rotor_sensor_watch import ROTOR_FAULTY, ROTOR_TRUSTED, RotorSensorWatch
from firmware.core.stroke_check import (
    RETRY_AFTER_MS,
    STROKE_JUMPED,
    STROKE_MOVED,
    STROKE_RETRY,
    STROKE_REVERSED,
    STROKE_SLIPPED,
    STROKE_STALLED,
    StrokeCheck,
)
from firmware.core.units import after_ms, until_ms

STROKE_UNMEASURED = const(10)  # no credible angle: booked as commanded
STROKE_CUT_OFF = const(11)  # the burst did not end in time: the second cut-off withdrew the driver

# `phase`
IDLE = const(0)
_MOVING = const(1)
_SETTLING = const(2)
_PAUSED = const(3)
_CATCHING = const(4)  # current without steps: does the field draw the rotor?

# The AS5600's slowest filter needs 2.2 ms, the rotor swings out within a few (datasheet, "Output stage").
_SETTLE_MS = const(10)
_BURST_MARGIN_MS = const(1_000)
_REPEATS = const(4)
_NO_ANGLE = const(-1)
_CATCHES_PER_REV = const(100)  # current draws a rotor two full steps at most (rotor_phase.py)
CLOSE_LOOKS = const(8)  # each must agree before the pump is stopped: noise does not
# A smaller pulse could be noise, so behind a line as soft as that a stuck sensor is taken for a stall.
_LEAST_PULSE_PA = const(750)


class StrokeRunner:
    """Run one stroke at a time: `begin`, then `act` whenever due until it returns True.

    `phase` is IDLE while there is none. Afterwards: `verdict` (STROKE_ numbers of core/stroke_check.py and above),
    `commanded_nl`, `measured_nl`, `first_pa`, `before_pa`, `peak_pa`, `angle`, `drawn_nl` (what current turned beside
    the steps), and `has_learnt`: the phase is not what could have been told from an older one.
    """

    def __init__(self, steps, guard, rotor_sensor, bus, line, settings):
        self._steps = steps
        self._guard = guard
        self._sensor = rotor_sensor
        self._bus = bus
        self._line = line
        self.rotor = RotorVolume(settings.nl_per_rev * 1000)
        self._check = StrokeCheck(settings.microsteps_per_rev)
        self.pair = RotorPhase(settings.microsteps_per_rev)
        self._watch = RotorSensorWatch()
        self._nl_per_rev = settings.nl_per_rev
        self._microsteps_per_rev = settings.microsteps_per_rev
        self.phase = IDLE
        self._deadline_ms = 0
        self._microsteps = 0
        self._unmeasured_microsteps = 0
        self._attempt_angle = 0
        self._seen_angle = _NO_ANGLE  # the last good reading, also of a sensor that is not trusted
        self._seen_before = _NO_ANGLE
        self._unmoved_microsteps = 0  # commanded since the rotor was last seen to move
        self.is_open_loop = False
        self.angle = 0
        self.verdict = STROKE_MOVED
        self.commanded_nl = 0
        self.measured_nl = 0
        self.drawn_nl = 0
        self.has_learnt = False
        self._known_phase = 0  # before this stroke
        self._was_known = False
        self._has_pulse = False
        self.first_pa = 0
        self.before_pa = 0
        self.peak_pa = 0
        self.pulse_pa = _LEAST_PULSE_PA  # from here on it is one

    def expect_pulse(self, pulse_pa):
        """What a stroke adds to the pressure of this line: half of it is a pulse."""
        self.pulse_pa = max(pulse_pa >> 1, _LEAST_PULSE_PA)

    def signature(self):
        """The calibration, as one number that any single flipped bit changes (INT-08)."""
        signature = self._nl_per_rev ^ self._microsteps_per_rev ^ self.rotor.signature() ^ self._check.signature()
        return signature ^ self.pair.signature()

    def due_in_ms(self, now_ms):
        if self.phase == _MOVING and (self._steps.is_done or self._steps.cut_off):
            return 0
        return until_ms(self._deadline_ms, now_ms)

    def begin(self, microsteps, attempts, now_ms):
        """Command a stroke of 1 to 1000 microsteps, with up to `attempts` attempts."""
        self.commanded_nl = microsteps * self._nl_per_rev // self._microsteps_per_rev
        self.measured_nl = 0
        self.drawn_nl = 0
        self.has_learnt = False
        self._unmeasured_microsteps = 0
        self.first_pa = self._line.read_pa()
        self.before_pa = self._line.read_pa()
        self.look_at_rest()
        self._check.begin(microsteps, self.angle, attempts)
        self._known_phase = self.pair.at(self.angle)
        self._was_known = self.pair.is_known
        self._start(microsteps, now_ms)

    def look(self):
        """Read the angle after motion, twice, and judge the sensor: updates `angle` and `is_open_loop`."""
        self._judge(self._sensor.counts(), self._sensor.counts())

    def look_at_rest(self):
        """As `look`, but nothing should have moved since: the last angle is the other reading.

        When they differ, fresh ones distinguish a rotor that turned from a noisy sensor.
        """
        first = self._sensor.counts() if self.is_open_loop else self.angle
        self._judge(first, self._sensor.counts())

    def _judge(self, first, second):
        was_open_loop = self.is_open_loop
        trust = self._watch.judge(first, second)
        if trust == ROTOR_TRUSTED and not was_open_loop and not self._watch.is_unsure():
            self.angle = second
            return
        repeats = _REPEATS
        while repeats and self._watch.is_unsure():
            repeats -= 1
            if second < 0:
                self._bus.recover()
            first = self._sensor.counts()
            second = self._sensor.counts()
            trust = self._watch.judge(first, second)
        self.is_open_loop = trust == ROTOR_FAULTY
        self._seen_angle = second if self._watch.is_good else _NO_ANGLE
        if self.is_open_loop or second < 0:
            return
        self.angle = second
        if was_open_loop:
            # What was turned meanwhile is booked as commanded already.
            self.rotor.restore(second, self.rotor.rest_pl, self.rotor.rest_counts_pl)
            self.pair.unseen(second)

    def trust_again(self):
        """Forget what the rotor sensor was found to be: a person has looked after it."""
        self._watch.clear()

    def is_late_news(self):
        """The angle differs from the booked one by no more than strokes that it did not show, and a catch, can have
        turned: the sensor had been stuck."""
        turned = turned_counts(self.rotor.angle, self.angle)
        unseen = self._unmoved_microsteps * COUNTS_PER_REV // self._microsteps_per_rev
        catch = COUNTS_PER_REV // _CATCHES_PER_REV
        return unseen > 0 and -catch - STILL_COUNTS <= turned <= unseen + catch + STILL_COUNTS

    def act(self, now_ms):
        """True when the stroke is over, whatever its verdict."""
        if self.phase == _MOVING:
            return self._burst_ended(now_ms)
        if self.phase == _SETTLING:
            return self._settled(now_ms)
        if self.phase == _CATCHING:
            return self._caught(now_ms)
        self.before_pa = self._line.read_pa()  # seconds have passed, in which the patient breathed
        self._start(self._check.missing_microsteps(), now_ms)
        return False

    def is_between_bursts(self):
        """A stroke is under way, and nothing is put out at the moment."""
        return self.phase == _PAUSED or self.phase == _CATCHING

    def abandon(self):
        """Stop at once (THR-15) and book what the rotor did turn. True when a stroke was running."""
        phase = self.phase
        if phase == IDLE:
            return False
        pair = self.pair
        is_cut = not self._steps.is_done
        self._steps.stop_now()
        self.phase = IDLE
        self.look()
        if is_cut and not self.is_open_loop:
            # How far the rotor followed tells how many steps came, about: the next stroke is looked at.
            followed = turned_counts(self._attempt_angle, self.angle) * self._microsteps_per_rev // COUNTS_PER_REV
            missing = self._microsteps - min(max(followed, 0), self._microsteps)
            pair.count(pair.cycle - missing % pair.cycle)
        if phase == _MOVING or phase == _SETTLING:
            pair.rests(pair.indexer, self.angle, False)
        self._park()
        if not self.is_open_loop:
            self.measured_nl += self.rotor.book(self.angle)
        elif phase == _MOVING or phase == _SETTLING:
            self.measured_nl += self._microsteps * self._nl_per_rev // self._microsteps_per_rev  # at most
        return True

    def _start(self, microsteps, now_ms):
        self._microsteps = microsteps
        pair = self.pair
        if pair.is_known:
            # Without an angle the last phase is the best there is.
            self._skip_to(pair.phase if self.is_open_loop else pair.at(self.angle))
        if pair.is_confirmed or self.is_open_loop:
            self._burst(now_ms)
            return
        self._steps.enable(_SETTLE_MS)
        self.phase = _CATCHING
        self._deadline_ms = after_ms(now_ms, _SETTLE_MS)

    def _skip_to(self, phase):
        pair = self.pair
        microsteps = pair.steps_to(phase)
        if microsteps:
            self._steps.skip(microsteps)
            pair.indexer = phase

    def _park(self):
        self._skip_to(0)

    def _caught(self, now_ms):
        """Where the field has drawn the rotor is booked, and the stroke goes on from there."""
        self.look()
        check = self._check
        looks = CLOSE_LOOKS
        while looks and not self.is_open_loop and check.is_drawn(self.angle):
            looks -= 1
            self.look()
        if not self.is_open_loop and check.is_drawn(self.angle):
            counts = check.caught(self.angle)
            drawn_nl = self.rotor.book_exactly(self.angle)
            self.drawn_nl += drawn_nl
            self.measured_nl += drawn_nl
            if not check.is_catchable(counts):
                self.verdict = STROKE_JUMPED if counts > 0 else STROKE_REVERSED
                self._release()
                return True
        self._burst(now_ms)
        return False

    def _burst(self, now_ms):
        microsteps = self._microsteps
        self._check.attempt(microsteps, not self.pair.is_confirmed)
        self._attempt_angle = self.angle
        self._seen_before = self._seen_angle if self.is_open_loop else _NO_ANGLE
        self._steps.start(microsteps, True)
        self.pair.count(microsteps)
        self.phase = _MOVING
        self._deadline_ms = after_ms(now_ms, microsteps * self._steps.STEP_PERIOD_US // 1000 + _BURST_MARGIN_MS)

    def _release(self):
        self._steps.release()
        self._park()
        self.phase = IDLE

    def _burst_ended(self, now_ms):
        if not self._steps.is_done:
            self.verdict = STROKE_CUT_OFF
            self.abandon()
            return True
        self.peak_pa = self._line.read_pa()
        self.phase = _SETTLING
        self._deadline_ms = after_ms(now_ms, _SETTLE_MS)
        return False

    def _settled(self, now_ms):
        rested_at = self.pair.indexer
        self._release()
        self.look()
        looks = CLOSE_LOOKS
        while looks and not self.is_open_loop and self._check.is_astray(self.angle):
            looks -= 1
            self.look()
        if self.is_open_loop:
            self._prove()
        else:
            self._judge_stuck()
        if self.is_open_loop:
            self.pair.rests(rested_at, self.angle, False)
            return self._finish_unmeasured()
        self.verdict = self._check.judge(self.angle)
        moved = turned_counts(self._attempt_angle, self.angle) * self._microsteps_per_rev // COUNTS_PER_REV
        if self.verdict != STROKE_MOVED and not self._has_pulse and moved < self._microsteps:
            self._guard.failed(self._microsteps - max(moved, 0))
        if self.verdict == STROKE_MOVED and self.pair.is_confirmed:
            self._unmoved_microsteps = 0
            self.measured_nl += self.rotor.book(self.angle)
            self.pair.rests(rested_at, self.angle, True)
            return True
        self._learn(rested_at)
        if self.verdict != STROKE_RETRY:
            return True
        self.phase = _PAUSED
        self._deadline_ms = after_ms(now_ms, RETRY_AFTER_MS)
        return False

    def _learn(self, rested_at):
        """Book an attempt that was no ordinary one, and what it tells of the phase: it left the field at `rested_at`.

        A rotor that followed hangs behind it. A confirmed one that did not follow stands where it stood: the pair
        is kept, and the next attempt finds it aligned. One that is being caught goes on with the field, as long as
        attempts may go into that; if it has still not moved then, it is held, and the phase from before counts.
        """
        pair = self.pair
        turned = turned_counts(self._attempt_angle, self.angle)
        is_still = -STILL_COUNTS <= turned <= STILL_COUNTS
        self._unmoved_microsteps = self._unmoved_microsteps + self._microsteps if is_still else 0
        self._book_attempt(turned)
        phase = rested_at
        if self.verdict == STROKE_RETRY or self.verdict == STROKE_STALLED:
            if self._has_pulse:
                pass  # it did turn, whatever the sensor says
            elif is_still:
                if pair.is_confirmed:
                    return
                if self._was_known and self._check.is_out_of_captures():
                    phase = self._known_phase
            elif pair.is_confirmed and turned > 0:
                phase = pair.at(self.angle)  # it was held after a part of the burst
        self.has_learnt = self.has_learnt or not pair.foretold(phase, self.angle)
        pair.rests(phase, self.angle, self.verdict == STROKE_MOVED)

    def _book_attempt(self, turned):
        commanded = self._microsteps * COUNTS_PER_REV // self._microsteps_per_rev
        if -STILL_COUNTS <= turned <= commanded + STILL_COUNTS:
            self.measured_nl += self.rotor.book(self.angle)
            return
        measured_nl = self.rotor.book_exactly(self.angle)
        self.measured_nl += measured_nl
        if self.verdict != STROKE_SLIPPED:
            self.drawn_nl += measured_nl
            if turned > 0:
                self.drawn_nl -= self._microsteps * self._nl_per_rev // self._microsteps_per_rev

    def _judge_stuck(self):
        """A rotor that stands while the line pulses is a stuck sensor, not a stall (DET-08)."""
        has_pulse = self.peak_pa - self.before_pa >= self.pulse_pa
        moved = turned_counts(self._attempt_angle, self.angle)
        self._has_pulse = has_pulse
        if has_pulse:
            self._unmeasured_microsteps += self._microsteps
        self.is_open_loop = self._watch.stroke(moved, has_pulse) == ROTOR_FAULTY

    def _prove(self):
        """An angle that moves with the strokes again is one to go by (DET-08)."""
        if self._seen_before >= 0 and self._seen_angle >= 0:
            moved = turned_counts(self._seen_before, self._seen_angle)
            self._watch.prove(moved, self._microsteps * COUNTS_PER_REV // self._microsteps_per_rev)

    def _finish_unmeasured(self):
        # Attempts that pulsed the line did deliver, whatever the sensor said of them.
        microsteps = max(self._unmeasured_microsteps, self._microsteps)
        self.measured_nl = microsteps * self._nl_per_rev // self._microsteps_per_rev
        self.verdict = STROKE_UNMEASURED
        return True
