"""STEP_LOSS (DET-03): over the last hour or 50 strokes less than 90 % of the commanded volume was measured.

The window is the last 50 strokes, or those of the last hour when these are fewer; there is no verdict
before one of the two is full, and none on fewer than 4 strokes. Strokes that did not move are stalls and
are not entered. Reading the angle at both ends of a window cancels what lies between, so noise is that of
two readings: 1 % of 4 strokes.

Delay after the loss reaches 10 %, when it begins in a window that was whole: at 2 uL/h an hour (7 strokes),
at 20 uL/h 45 min (50 strokes), at 1000 uL/h 54 s, with strokes of 300 nL; a greater loss shows sooner,
in proportion (all steps but half lost: a fifth of that).
"""

from micropython import const

STEPS_KEPT = const(0)
STEPS_LOST = const(1)

_STROKES = const(50)
_HOUR_S = const(3600)
_MIN_STROKES = const(4)


class StepLoss:
    """Rings of the last strokes with running sums. `run_s` is pump life. A stroke is at most 1 000 000 nL."""

    def __init__(self):
        self._run_s = [0] * _STROKES
        self._commanded_nl = [0] * _STROKES
        self._measured_nl = [0] * _STROKES
        self._next = 0
        self._count = 0
        self._since_s = 0
        self.commanded_nl = 0
        self.measured_nl = 0

    def clear(self, run_s):
        """Begin a new window: after a stall, a stop, a repair."""
        self._next = 0
        self._count = 0
        self._since_s = run_s
        self.commanded_nl = 0
        self.measured_nl = 0

    def stroke(self, run_s, commanded_nl, measured_nl):
        """A stroke that moved has ended. Returns STEPS_KEPT or STEPS_LOST."""
        is_full = run_s - self._since_s >= _HOUR_S
        place = self._next
        count = self._count
        oldest = place - count  # negative indices count from the end, as a ring does
        commanded_sum_nl = self.commanded_nl + commanded_nl
        measured_sum_nl = self.measured_nl + measured_nl
        while count and (count == _STROKES or run_s - self._run_s[oldest] > _HOUR_S):
            commanded_sum_nl -= self._commanded_nl[oldest]
            measured_sum_nl -= self._measured_nl[oldest]
            count -= 1
            oldest += 1
        self._run_s[place] = run_s
        self._commanded_nl[place] = commanded_nl
        self._measured_nl[place] = measured_nl
        self._next = (place + 1) % _STROKES
        count += 1
        self._count = count
        self.commanded_nl = commanded_sum_nl
        self.measured_nl = measured_sum_nl
        if count < _MIN_STROKES or not (is_full or count == _STROKES):
            return STEPS_KEPT
        return STEPS_LOST if measured_sum_nl * 10 < commanded_sum_nl * 9 else STEPS_KEPT
