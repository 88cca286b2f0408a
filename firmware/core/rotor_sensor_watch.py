"""SENSOR_FAULT_ROTOR (DET-08): the AS5600 does not answer, lost its magnet, is noisy, or stands still.

A reading is bad when the sensor gave no angle, or when two readings in a row, without time to move between
them, differ by more than noise. Bad readings count up by 2, good ones down by 1; a fault begins at the third
bad one in a row (or soon after when more than a third are bad) and ends when the count is back at 0.
A smaller noise makes no reading bad, but would be taken for motion in time: it is a fault too when the mean
difference of two readings passes 2 counts, which is four times the specified noise.
A stuck angle looks like a stall, except that the line pulses: three such strokes in a row are a fault. Two strokes
in a row whose angle moves as commanded end it, and so does a self-test, after which three strokes find it again.

Delay: the angle is read around each stroke, so three strokes: 27 min at 2 uL/h, 3 min at 20 uL/h, 4 s at
1000 uL/h with strokes of 300 nL. A failed reading that is repeated at once takes three readings, no stroke; six good
ones end it, which is two looks.
"""

from micropython import const

from firmware.core.rotor import COUNTS_PER_REV

ROTOR_TRUSTED = const(0)
ROTOR_DOUBTED = const(1)  # this reading is worth nothing: read again
ROTOR_FAULTY = const(2)

# AS5600 output noise is below 1 count rms (datasheet, "Electrical Characteristics": 0.043 degrees rms at
# the fastest filter); 6 counts are 88 nL with the default tube.
_NOISE_COUNTS = const(6)
# Mean difference of two good readings, in 1/256 counts: 0.56 counts at the specified noise.
_NOISY = const(512)
_QUIET = const(256)
_NOISE_SHIFT = const(5)
_BAD = const(2)
_FAULTY_AT = const(6)
_STUCK_STROKES = const(3)
_PROOFS = const(2)


class RotorSensorWatch:
    """Angles 0 to 4095; a negative angle is the driver's way to say that there is none.

    `is_good`: the last two readings agreed, whether or not the sensor is trusted.
    """

    def __init__(self):
        self.clear()

    def clear(self):
        """A person has looked at the sensor: what is wrong with it is found anew."""
        self.is_good = False
        self._badness = 0
        self._stuck_strokes = 0
        self._proofs = 0
        self._is_faulty = False
        self._noise = 0
        self._is_noisy = False

    def judge(self, first_angle, second_angle):
        """Two readings taken one after the other. Returns ROTOR_TRUSTED, ROTOR_DOUBTED or ROTOR_FAULTY."""
        self.is_good = False
        if first_angle >= 0 and second_angle >= 0:
            difference_counts = (second_angle - first_angle + _NOISE_COUNTS) % COUNTS_PER_REV - _NOISE_COUNTS
            if difference_counts <= _NOISE_COUNTS:
                self.is_good = True
                if self._badness:
                    self._recover()
                noise = self._noise
                noise += (abs(difference_counts) << 8) - noise >> _NOISE_SHIFT
                self._noise = noise
                if noise > _NOISY:
                    self._is_noisy = True
                elif self._is_noisy and noise < _QUIET:
                    self._is_noisy = False
                return self._verdict(True)
        self._badness = min(self._badness + _BAD, _FAULTY_AT)
        if self._badness >= _FAULTY_AT:
            self._is_faulty = True
        return self._verdict(False)

    def is_unsure(self):
        """More readings would tell more: bad ones are not yet outweighed, nor enough of them for a fault."""
        return 0 < self._badness < _FAULTY_AT

    def stroke(self, moved_counts, has_pulse):
        """After a stroke: what the rotor sensor saw, and whether the line pressure rose with it (line_watch).

        Ask this before StrokeCheck's verdict is believed: a stall makes no pulse, a stuck sensor does.
        """
        if abs(moved_counts) > _NOISE_COUNTS:
            self._stuck_strokes = 0
        elif has_pulse and self._stuck_strokes < _STUCK_STROKES:
            self._stuck_strokes += 1
        return self._verdict(True)

    def prove(self, moved_counts, commanded_counts):
        """After a stroke of a sensor that is not trusted, with good readings before and after it: strokes in a row
        whose angle moved as commanded, within a quarter and noise, show that it is not stuck any more."""
        if abs(moved_counts - commanded_counts) <= (commanded_counts >> 2) + _NOISE_COUNTS:
            self._proofs += 1
        else:
            self._proofs = 0
        if self._proofs >= _PROOFS:
            self._proofs = 0
            self._stuck_strokes = 0

    def _recover(self):
        self._badness -= 1
        if self._badness == 0:
            self._is_faulty = False

    def _verdict(self, is_good):
        if self._is_faulty or self._is_noisy or self._stuck_strokes >= _STUCK_STROKES:
            return ROTOR_FAULTY
        return ROTOR_TRUSTED if is_good else ROTOR_DOUBTED
