"""Judges the catheter by line pressure: occluded (DET-05, DET-06) or disconnected (DET-07).

In an open line the pulse of a stroke decays before the next stroke. Occlusion is either pressure above the
limit, at once, or missing decay that predicts it: what the line loses between two strokes grows with the
pressure, so if at the limit it would still lose less than a stroke adds, the limit will be passed. That has
to hold for 4 strokes in a row, or for 2 once 10 uL went into the line. With strokes of at most 5 uL the
volume behind the occlusion is therefore at most 15 uL at any rate, and a kink that settles below the limit
is left alone. A disconnected (or dry) line shows strokes without pulses, 10 in a row.

Delay after the line closes, strokes of 300 nL (5 strokes, the first makes the pulse that stays; 1.5 uL):
45 min at 2 uL/h, 4.5 min at 20 uL/h, 5.4 s at 1000 uL/h. After it opens (10 strokes): 90 min, 9 min, 11 s.
"""

from micropython import const

LINE_OPEN = const(0)
LINE_DISCONNECTED = const(1)
LINE_OCCLUDED = const(2)

LIMIT_PA = const(60_000)
HARD_LIMIT_PA = const(138_000)

_PREDICTING_STROKES = const(4)
_PREDICTING_STROKES_LONG = const(2)
_LONG_NL = const(10_000)
_MISSING_STROKES = const(10)
# Five times the specified noise of 300 Pa: a rise below it is no rise.
_MIN_RISE_PA = const(1_500)
_MIN_PULSE_PA = const(1_000)
_FIRST_PULSE_PA = const(2_000)
_LEARN_SHIFT = const(4)
_REST_SHIFT = const(3)
_MAX_REST_PA = const(10_000)
# Products of two pressures are formed in units of 64 Pa, to stay small integers up to 2 MPa.
_SCALE_SHIFT = const(6)


class LineWatch:
    """Feed every stroke that the rotor followed, while the pressure sensor is trusted (pressure_watch).

    `held_nl`: volume delivered since the onset of missing decay. `rest_pa`: pressure of the decayed line.
    `has_pulse`: whether the last stroke made one. limit_pa: 1 to HARD_LIMIT_PA. stroke_nl: basal stroke.
    """

    def __init__(self, limit_pa, stroke_nl):
        self._limit_pa = min(limit_pa, HARD_LIMIT_PA)
        self._stroke_nl = stroke_nl
        self._pulse_pa = _FIRST_PULSE_PA  # learned from the basal strokes of this line
        self.clear()

    def signature(self):
        """The limit, for the test of what must not change (INT-08)."""
        return self._limit_pa

    def clear(self):
        """Forget the line: after an alarm was acknowledged, a refill, a new catheter. The pulse is kept."""
        self.rest_pa = 0
        self.held_nl = 0
        self.has_pulse = False
        self._has_history = False
        self._before_pa = 0
        self._peak_pa = 0
        self._last_nl = 0
        self._run_strokes = 0
        self._run_start_pa = 0
        self._run_pulses_pa = 0
        self._missing = 0
        self._occluded_pa = 0

    def stroke(self, before_pa, peak_pa, stroke_nl):
        """Pressures just before the stroke and within 1 ms of its end."""
        if not self._has_history:
            self.rest_pa = min(before_pa, _MAX_REST_PA)
            self._has_history = True
        elif self._is_held(before_pa):
            self.held_nl += stroke_nl if self.held_nl else self._last_nl + stroke_nl
        else:
            self.held_nl = 0
            self.rest_pa = min(self.rest_pa + (before_pa - self.rest_pa >> _REST_SHIFT), _MAX_REST_PA)
        self._judge_decay(before_pa, peak_pa)
        self._judge_pulse(peak_pa - before_pa, stroke_nl)
        self._before_pa = before_pa
        self._peak_pa = peak_pa
        self._last_nl = stroke_nl
        if max(before_pa, peak_pa) >= self._limit_pa or self._is_predicted(before_pa):
            self._occluded_pa = max(before_pa, peak_pa)
            self.held_nl = max(self.held_nl, stroke_nl)  # one long stroke can be enough
        return self._verdict()

    def level(self, pressure_pa):
        """Between strokes, also while stopped: occlusion by level, and its end once the pressure has fallen
        to a quarter of what it was above rest."""
        if pressure_pa >= self._limit_pa:
            self._occluded_pa = max(pressure_pa, self._occluded_pa)
        elif self._occluded_pa and (pressure_pa - self.rest_pa) * 4 < self._occluded_pa - self.rest_pa:
            self._occluded_pa = 0
            self._run_strokes = 0
            self.held_nl = 0
        return self._verdict()

    def _is_held(self, before_pa):
        """The last pulse has not decayed by half."""
        excess_pa = self._peak_pa - self.rest_pa
        return excess_pa >= _MIN_RISE_PA and (self._peak_pa - before_pa) * 2 < excess_pa

    def _judge_decay(self, before_pa, peak_pa):
        """Count the strokes in a row that predict a pressure above the limit."""
        pulse_pa = peak_pa - before_pa
        lost = self._peak_pa - before_pa >> _SCALE_SHIFT
        room = self._limit_pa - self.rest_pa >> _SCALE_SHIFT
        excess = self._peak_pa - self.rest_pa >> _SCALE_SHIFT
        if self.held_nl == 0 or lost * room >= (pulse_pa >> _SCALE_SHIFT) * excess:
            self._run_strokes = 0
            return
        if self._run_strokes == 0:
            self._run_start_pa = self._before_pa
            self._run_pulses_pa = 0
        self._run_strokes += 1
        self._run_pulses_pa += self._peak_pa - self._before_pa

    def _is_predicted(self, before_pa):
        """Enough strokes, and over them the line kept at least half of their pulses: noise does not."""
        enough = _PREDICTING_STROKES_LONG if self.held_nl >= _LONG_NL else _PREDICTING_STROKES
        return self._run_strokes >= enough and (before_pa - self._run_start_pa) * 2 >= self._run_pulses_pa

    def _judge_pulse(self, pulse_pa, stroke_nl):
        self.has_pulse = pulse_pa >= max(self._pulse_pa >> 1, _MIN_PULSE_PA)
        if not self.has_pulse:
            self._missing = min(self._missing + 1, _MISSING_STROKES)
            return
        self._missing = 0
        if stroke_nl <= self._stroke_nl:
            self._pulse_pa += pulse_pa - self._pulse_pa >> _LEARN_SHIFT

    def _verdict(self):
        if self._occluded_pa:
            return LINE_OCCLUDED
        return LINE_DISCONNECTED if self._missing >= _MISSING_STROKES else LINE_OPEN
