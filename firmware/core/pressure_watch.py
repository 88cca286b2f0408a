"""SENSOR_FAULT_PRESSURE (DET-08): out of range, stuck, noisy or implausibly offset.

Three readings per stroke: two in a row just before it, one at its end; two in a row at a look between strokes. Noise is
what two in a row differ by; a stuck sensor gives one and the same number for 6 strokes, which not even a disconnected
line does because of its noise; an offset is a line that rests where no patient's pressure can be, or that changed by
more than 15 kPa between two strokes, when nothing pumps, and stayed there: a patient who sits up gives 8 kPa, a cough
6, an occlusion or a kink rises with strokes only. An offset up to that is not detectable; it makes the occlusion
alarm that much earlier, or later.

Delay in strokes of 300 nL: stuck 6, offset 10, noise of 4 times the limit about 5. Out of range: 3 strokes or
looks between strokes, together (60 to 90 s with a look every 30 s, 3 s at 1000 uL/h).
"""

from micropython import const

PRESSURE_TRUSTED = const(0)
PRESSURE_OUT_OF_RANGE = const(1)
PRESSURE_STUCK = const(2)
PRESSURE_NOISY = const(3)
PRESSURE_OFFSET = const(4)

# The sensor spans 0 to 200 kPa and goes on to its rails; at them a wire is broken or shorted (18 mV and 2.97 V).
_LOWEST_PA = const(-13_500)
_HIGHEST_PA = const(205_000)
_RANGE_STROKES = const(3)
_STUCK_STROKES = const(6)
# The converter's code 512 is nine steps wide, half a kilopascal (RP2040-E11). A small pulse can hide in it while a
# roller leaves the tube, so there it takes a whole roller of 67 strokes, and some.
_WIDE_CODE_LOW_PA = const(15_300)
_WIDE_CODE_HIGH_PA = const(16_000)
_STUCK_STROKES_WIDE = const(80)
# Mean absolute difference of two readings: 340 Pa at the specified noise of 300 Pa.
_NOISY_PA = const(1_500)
_NOISE_SHIFT = const(4)
_MOST_NOISE_PA = const(6_000)  # however much it was, 33 quiet pairs end it
# A patient's pressure at any height of the pump, sitting or lying: -10 to +25 kPa and 8 kPa of posture. Beyond it by
# the noise and the offset of a good sensor.
_REST_LOW_PA = const(-12_500)
_REST_HIGH_PA = const(37_000)
_SHIFT_PA = const(15_000)
_OFFSET_STROKES = const(10)


class PressureWatch:
    """Verdicts follow the sensor: each ends by itself when readings are plausible again.

    A fault of three kinds at once is named by the first of the list of verdicts.
    """

    def __init__(self):
        self.is_outside = False  # the last readings are no pressure at all
        self.is_still = False  # they are all the same, and those of the stroke before: no pulse can be told
        self._range_strokes = 0
        self._stuck_strokes = 0
        self._offset_strokes = 0
        self._noise_pa = 0
        self.is_noisy = False  # begins with strokes
        self._shifted_pa = 0  # 0, or the pressure above which the line is taken as still shifted
        self._has_history = False
        self._rested_pa = 0
        self._last_pa = 0

    def judge(self, first_pa, second_pa, peak_pa):
        """One stroke: two readings in a row just before it, one within 1 ms of its end."""
        self._judge_range(min(first_pa, second_pa, peak_pa), max(first_pa, second_pa, peak_pa))
        if first_pa == second_pa and second_pa == peak_pa and peak_pa == self._last_pa:
            self._stuck_strokes = min(self._stuck_strokes + 1, _STUCK_STROKES_WIDE)
        else:
            self._stuck_strokes = 0
        self.is_still = self._stuck_strokes > 0
        self._judge_noise(abs(first_pa - second_pa))
        self._judge_rest(second_pa)
        self._last_pa = peak_pa
        return self._verdict()

    def rest(self, pressure_pa):
        """One reading between strokes: only its range says something."""
        self._judge_range(pressure_pa, pressure_pa)
        return self._verdict()

    def look(self, first_pa, second_pa):
        """Two readings in a row between strokes while `is_noisy`: noise ends also in a pump that makes few strokes."""
        self._judge_noise(abs(first_pa - second_pa))

    def _judge_range(self, lowest_pa, highest_pa):
        self.is_outside = lowest_pa < _LOWEST_PA or highest_pa > _HIGHEST_PA
        if self.is_outside:
            self._range_strokes = min(self._range_strokes + 1, _RANGE_STROKES)
        else:
            self._range_strokes = 0

    def _judge_noise(self, difference_pa):
        self._noise_pa = min(self._noise_pa + (difference_pa - self._noise_pa >> _NOISE_SHIFT), _MOST_NOISE_PA)
        if self._noise_pa > _NOISY_PA:
            self.is_noisy = True
        elif self._noise_pa < _NOISY_PA >> 1:
            self.is_noisy = False

    def _judge_rest(self, rested_pa):
        if not self._has_history:
            self._has_history = True
            if rested_pa > _REST_HIGH_PA:
                self._shifted_pa = _REST_HIGH_PA
        elif self._shifted_pa == 0 and rested_pa > max(self._last_pa, 0) + _SHIFT_PA:
            self._shifted_pa = rested_pa + self._rested_pa >> 1
        elif rested_pa < self._shifted_pa:
            self._shifted_pa = 0
        self._rested_pa = rested_pa
        if rested_pa < _REST_LOW_PA or self._shifted_pa:
            self._offset_strokes = min(self._offset_strokes + 1, _OFFSET_STROKES)
        else:
            self._offset_strokes = 0

    def _verdict(self):
        if self._range_strokes >= _RANGE_STROKES:
            return PRESSURE_OUT_OF_RANGE
        is_wide = _WIDE_CODE_LOW_PA <= self._last_pa <= _WIDE_CODE_HIGH_PA
        if self._stuck_strokes >= (_STUCK_STROKES_WIDE if is_wide else _STUCK_STROKES):
            return PRESSURE_STUCK
        if self.is_noisy:
            return PRESSURE_NOISY
        return PRESSURE_OFFSET if self._offset_strokes >= _OFFSET_STROKES else PRESSURE_TRUSTED
