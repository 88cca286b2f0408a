"""Judges the catheter by line pressure: occluded (DET-05, DET-06) or disconnected (DET-07).

Nothing is known of the line beforehand but what a line can be: a stroke of 300 nL makes a pulse of 0.5 kPa in one
that gives way by 600 nL/kPa, and of 12 kPa at 25 nL/kPa. The pulse is followed stroke by stroke, between these two.

Occluded is pressure above the working limit, at once, or missing decay that predicts it. The working limit is the
lower of the configured one and of the pressure at which the line holds 15 uL above rest, which with one more stroke
of 5 uL is the 20 uL of DET-06. Missing decay is a sum of what the line rises by from stroke to stroke, less half a
pulse each: it starts at zero, passes 3 kPa and two pulses only when the rise keeps in step with the strokes, and each
rise counts for at most one and a half pulses, so neither a cough nor a patient who sits up makes one. Over the same
strokes the loss is compared: it grows with pressure, so if at the limit the line would still lose less than a stroke
adds, the limit will be passed. A kink that settles below the limit is left alone.

The level at rest is that of the patient. It is followed slowly, and upwards by at most 8 kPa: a line that closes over
weeks is then still found at the working limit.

Disconnected (or dry) is a line whose strokes make no pulse. A sum of what they miss of 300 Pa, which is half of the
smallest pulse, passes 3 kPa after 11 strokes. Rollers that leave the tube make such strokes too. How many is learned
over the first revolution after a person has declared the line whole (by starting the pump, or by acknowledging a
disconnection), and twice that must be missing, and what noise can do to pulses that small. A line that is open from
the start is never learned as whole, and is told after some 50 strokes.

Delay after the line closes, in strokes of 300 nL by compliance, the first makes the pulse that stays: see the
tables of firmware/DESIGN.md.
"""

from micropython import const

LINE_OPEN = const(0)
LINE_DISCONNECTED = const(1)
LINE_OCCLUDED = const(2)

LIMIT_PA = const(60_000)
HARD_LIMIT_PA = const(138_000)

_STROKE_NL = const(300)  # for which these pulses are; a head above 60 uL a revolution makes larger ones
_SMALLEST_PULSE_PA = const(450)
_LARGEST_PULSE_PA = const(13_000)
_FIRST_PULSE_PA = const(1_500)
_PULSE_SHIFT = const(6)  # about a roller; fewer for the first strokes
_FIRST_SHIFT = const(2)
_FIRST_STROKES = const(64)  # 16 for each step from one shift to the other
_TRAPPED_NL = const(15_000)  # DET-06 less the longest stroke

_RISE_PA = const(3_000)
_PREDICTING_STROKES = const(4)
_PREDICTING_STROKES_LONG = const(2)
_LONG_NL = const(10_000)

_REST_SHIFT = const(3)
_REST_STEP_PA = const(1_000)
_REST_CLIMB_PA = const(8_000)
_LOWEST_REST_PA = const(-13_000)
_HIGHEST_REST_PA = const(37_000)

_NO_PULSE_PA = const(300)
_SHORT_MICROSTEPS = const(96)  # 60 ms
_GAP_PA = const(3_000)
_UNKNOWN_GAP_PA = const(12_000)
_WIDEST_GAP_PA = const(15_000)
# A sum whose steps are noise of 370 Pa (300 Pa in the peak, two readings before it) and a mean below zero by what a
# pulse is above 300 Pa passes this over that mean once in e**25 strokes.
_NOISE_PA2 = const(1_700_000)
_SMALL_GAP_PA = const(1_500)

# Products of two pressures are formed in units of 64 Pa, and sums of them halved in time: small integers.
_SCALE_SHIFT = const(6)
_SUM_PA = const(1_000_000)


class LineWatch:
    """Feed every stroke that the rotor followed, while the pressure sensor is trusted (pressure_watch).

    `held_nl`: volume delivered since the onset of missing decay. `rest_pa`: pressure of the decayed line.
    `pulse_pa`: of a basal stroke. `limit_pa`: the working limit. configured_pa: 1 to HARD_LIMIT_PA.
    stroke_nl: basal stroke, in so many microsteps. rev_nl: a revolution of the head.
    """

    def __init__(self, configured_pa, stroke_nl, rev_nl, microsteps):
        self._configured_pa = min(configured_pa, HARD_LIMIT_PA)
        self._stroke_nl = stroke_nl
        self._rev_nl = rev_nl
        self.pulse_pa = _FIRST_PULSE_PA * stroke_nl // _STROKE_NL
        self._largest_pa = _LARGEST_PULSE_PA * stroke_nl // _STROKE_NL
        # While a burst lasts the line already gives way: one longer than its time constant presses in less.
        self._no_pulse_pa = min(_NO_PULSE_PA, _NO_PULSE_PA * _SHORT_MICROSTEPS // microsteps)
        self._followed = 0
        self.declare_whole()

    def signature(self):
        """The limit and what else is given, for the test of what must not change (INT-08)."""
        return self._configured_pa ^ self._stroke_nl ^ self._rev_nl ^ self._no_pulse_pa

    def declare_whole(self):
        """A person has looked after the line and says that it is whole: learn its rollers anew."""
        self.clear()
        self._gap_limit_pa = _UNKNOWN_GAP_PA
        self._learned_nl = 0
        self._learned_strokes = 0
        self._learned_pa = 0
        self._widest_pa = 0

    def clear(self):
        """Begin anew where the line is now: after a refill. The pulse and what was learned are kept."""
        self.rest_pa = 0
        self.limit_pa = self._configured_pa
        self.held_nl = 0
        self._has_history = False
        self._base_pa = 0
        self._before_pa = 0
        self._peak_pa = 0
        self._last_nl = 0
        self._occluded_pa = 0
        self._gap_pa = 0
        self._is_missing = False
        self._end_run()

    def stroke(self, before_pa, peak_pa, stroke_nl):
        """Pressures just before the stroke and within 1 ms of its end."""
        pulse_pa = peak_pa - before_pa
        if self._has_history:
            self._judge_rise(before_pa, stroke_nl)
        else:
            self._has_history = True
            self._base_pa = self.rest_pa = max(_LOWEST_REST_PA, min(before_pa, _HIGHEST_REST_PA))
        if self._rise_pa == 0:
            self._follow_rest(before_pa)
        self._judge_gap(pulse_pa, stroke_nl)
        if stroke_nl <= self._stroke_nl:
            self._follow_pulse(pulse_pa)
        self._before_pa = before_pa
        self._peak_pa = peak_pa
        self._last_nl = stroke_nl
        limit_pa = self.rest_pa + self.pulse_pa * (_TRAPPED_NL // self._stroke_nl)
        self.limit_pa = limit_pa if limit_pa < self._configured_pa else self._configured_pa
        if peak_pa >= self.limit_pa or before_pa >= self.limit_pa or self._is_predicted():
            self._occluded_pa = max(before_pa, peak_pa)
            self.held_nl = max(self.held_nl, stroke_nl)  # one long stroke can be enough
        return self._verdict()

    def at_limit_nl(self):
        """What this line holds above rest at the working limit."""
        return (self.limit_pa - self.rest_pa) * self._stroke_nl // self.pulse_pa

    def level(self, pressure_pa):
        """Between strokes, also while stopped: occlusion by level, and its end once the pressure has fallen
        to a quarter of what it was above rest."""
        if pressure_pa >= self.limit_pa:
            self._occluded_pa = max(pressure_pa, self._occluded_pa)
        elif self._occluded_pa and (pressure_pa - self.rest_pa) * 4 < self._occluded_pa - self.rest_pa:
            self._occluded_pa = 0
            self._end_run()
        return self._verdict()

    def _end_run(self):
        self._rise_pa = 0
        self.held_nl = 0
        self._run_strokes = 0
        self._run_pulses_pa = 0
        self._run_losses_pa = 0
        self._run_excess_pa = 0

    def _judge_rise(self, before_pa, stroke_nl):
        """What stayed of the last stroke until this one, summed while it keeps in step."""
        last_pulse_pa = self._peak_pa - self._before_pa
        expected_pa = self.pulse_pa
        if self._last_nl > self._stroke_nl and last_pulse_pa > expected_pa:
            expected_pa = last_pulse_pa
        half_pa = expected_pa >> 1
        rise_pa = before_pa - self._before_pa
        if rise_pa > expected_pa + half_pa:
            rise_pa = expected_pa + half_pa
        elif rise_pa < -2 * expected_pa:
            rise_pa = -2 * expected_pa
        rise_pa += self._rise_pa - half_pa
        if rise_pa <= 0:
            if self._rise_pa:
                self._end_run()
            return
        self._rise_pa = rise_pa
        self.held_nl += stroke_nl if self.held_nl else self._last_nl + stroke_nl
        self._run_strokes += 1
        self._run_pulses_pa += last_pulse_pa
        self._run_losses_pa += self._peak_pa - before_pa
        self._run_excess_pa += self._peak_pa - self.rest_pa
        if self._run_pulses_pa > _SUM_PA:
            self._run_strokes >>= 1
            self._run_pulses_pa >>= 1
            self._run_losses_pa >>= 1
            self._run_excess_pa >>= 1

    def _is_predicted(self):
        """Enough strokes, each with its pulse, and by what they lost they will pass the limit."""
        strokes = self._run_strokes
        if strokes < _PREDICTING_STROKES_LONG:
            return False
        enough = _PREDICTING_STROKES_LONG if self.held_nl >= _LONG_NL else _PREDICTING_STROKES
        if strokes < enough or self._rise_pa < max(_RISE_PA, 2 * self.pulse_pa):
            return False
        if self._run_pulses_pa * 2 < self.pulse_pa * strokes:
            return False
        lost = self._run_losses_pa >> _SCALE_SHIFT
        room = self.limit_pa - self.rest_pa >> _SCALE_SHIFT
        return lost * room < (self._run_pulses_pa >> _SCALE_SHIFT) * (self._run_excess_pa // strokes >> _SCALE_SHIFT)

    def _follow_rest(self, before_pa):
        step_pa = before_pa - self.rest_pa
        if step_pa > _REST_STEP_PA:
            step_pa = _REST_STEP_PA
        elif step_pa < -_REST_STEP_PA:
            step_pa = -_REST_STEP_PA
        rest_pa = self.rest_pa + (step_pa >> _REST_SHIFT)
        highest_pa = self._base_pa + _REST_CLIMB_PA
        if rest_pa > highest_pa or rest_pa > _HIGHEST_REST_PA:
            rest_pa = highest_pa if highest_pa < _HIGHEST_REST_PA else _HIGHEST_REST_PA
        elif rest_pa < self._base_pa:
            if rest_pa < _LOWEST_REST_PA:
                rest_pa = _LOWEST_REST_PA
            self._base_pa = rest_pa
        self.rest_pa = rest_pa

    def _follow_pulse(self, pulse_pa):
        followed_pa = self.pulse_pa
        shift = _PULSE_SHIFT
        if self._followed < _FIRST_STROKES:
            shift = _FIRST_SHIFT + (self._followed >> 4)
            self._followed += 1
        step_pa = pulse_pa - followed_pa
        if step_pa > followed_pa:
            step_pa = followed_pa
        elif step_pa < -followed_pa:
            step_pa = -followed_pa
        followed_pa += step_pa >> shift
        if followed_pa < _SMALLEST_PULSE_PA:
            followed_pa = _SMALLEST_PULSE_PA
        elif followed_pa > self._largest_pa:
            followed_pa = self._largest_pa
        self.pulse_pa = followed_pa

    def _judge_gap(self, pulse_pa, stroke_nl):
        missing_pa = self._no_pulse_pa - pulse_pa
        if missing_pa > 2 * _NO_PULSE_PA:
            missing_pa = 2 * _NO_PULSE_PA
        gap_pa = self._gap_pa + missing_pa
        if gap_pa <= 0:
            gap_pa = 0
            self._is_missing = False
        elif gap_pa >= self._gap_limit_pa:
            gap_pa = self._gap_limit_pa
            self._is_missing = True
        if self._is_missing and gap_pa > _GAP_PA:
            gap_pa = _GAP_PA  # so that its end is seen soon
        self._gap_pa = gap_pa
        if self._learned_nl < self._rev_nl:
            self._learn(pulse_pa, stroke_nl)

    def _learn(self, pulse_pa, stroke_nl):
        """One revolution of a line whose strokes do make pulses."""
        self._learned_nl += stroke_nl
        self._learned_strokes += 1
        self._learned_pa += min(pulse_pa, 2 * self._largest_pa)
        self._widest_pa = max(self._widest_pa, self._gap_pa)
        if self._learned_nl < self._rev_nl:
            return
        if self._learned_pa < _SMALLEST_PULSE_PA * self._learned_strokes:
            self._learned_nl = self._learned_strokes = self._learned_pa = self._widest_pa = 0
        else:
            noisy_pa = _NOISE_PA2 // (self.pulse_pa - self._no_pulse_pa)
            gap_pa = 2 * self._widest_pa + noisy_pa - _SMALL_GAP_PA
            self._gap_limit_pa = max(_GAP_PA, min(gap_pa, _WIDEST_GAP_PA))

    def _verdict(self):
        if self._occluded_pa:
            return LINE_OCCLUDED
        return LINE_DISCONNECTED if self._is_missing else LINE_OPEN
