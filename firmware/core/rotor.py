"""The volume that the rotor displaced: the 12-bit angle of the AS5600, unwrapped, as an exact volume (RES-01).

One revolution is 4096 counts. A revolution need not be a whole number of picolitres per count, so the rest
is carried: the sum of all bookings is the floor of the true product at every moment, forwards and backwards.
A reading slightly behind the last booked one is noise, or a rotor that settled as its current went: it books
nothing, and what turns next counts from where the rotor had been. Otherwise an odometer that only counts
forward would gain every such swing, restart by restart (INT-04).
No delay: the volume is booked from the reading after the stroke, at any rate.
"""

from micropython import const

COUNTS_PER_REV = const(4096)
_HALF_REV = const(2048)
_NOISE_COUNTS = const(10)  # a rotor at rest reads up to this much behind
_PL_PER_NL = const(1000)


def turned_counts(before, after):
    """Counts turned forward from one angle to another, both 0 to 4095: -2048 to 2047.

    Only unambiguous for less than half a revolution, 30 uL with the default tube; strokes end at 5 uL.
    """
    return (after - before + _HALF_REV) % COUNTS_PER_REV - _HALF_REV


class RotorVolume:
    """`pl_per_rev`: calibration of the tube set in pL, 1 to 1 000 000 000 (ValueError outside, boot only).

    `angle` is the last booked one; `rest_pl` (0 to 999) and `rest_counts_pl` (0 to 4095, in 1/4096 pL) are
    what the bookings still owe. All three go to the journal, so that a restart loses nothing.
    """

    def __init__(self, pl_per_rev):
        if not 1 <= pl_per_rev <= 1_000_000_000:
            raise ValueError("pl_per_rev must be 1 to 1000000000, is " + str(pl_per_rev))
        self._pl_per_count = pl_per_rev // COUNTS_PER_REV
        self._rest_per_count = pl_per_rev % COUNTS_PER_REV
        self.angle = 0
        self.rest_pl = 0
        self.rest_counts_pl = 0

    def restore(self, angle, rest_pl, rest_counts_pl):
        """At boot: go on from the journal, or from the first reading with rests of 0."""
        self.angle = angle
        self.rest_pl = rest_pl
        self.rest_counts_pl = rest_counts_pl

    def signature(self):
        """The calibration, as one number that any single flipped bit changes (INT-08)."""
        return self._pl_per_count ^ self._rest_per_count

    def book(self, angle):
        """The rotor now stands at `angle`: whole nL displaced since the last booking.

        Negative backwards, and 0 within what a rotor at rest may read behind.
        """
        return self._book(angle, _HALF_REV, _NOISE_COUNTS)

    def book_ahead(self, angle):
        """As `book`, when more than half a revolution may lie between, and the rotor turned forward."""
        return self._book(angle, _NOISE_COUNTS, _NOISE_COUNTS)

    def book_exactly(self, angle):
        """As `book`, when something did turn the rotor: the little that it may have turned back counts too."""
        return self._book(angle, _HALF_REV, 0)

    def _book(self, angle, most_behind, noise_counts):
        counts = (angle - self.angle + most_behind) % COUNTS_PER_REV - most_behind
        if -noise_counts <= counts <= 0:
            return 0
        self.angle = angle
        rest = counts * self._rest_per_count + self.rest_counts_pl
        picolitres = counts * self._pl_per_count + rest // COUNTS_PER_REV + self.rest_pl
        self.rest_counts_pl = rest % COUNTS_PER_REV
        self.rest_pl = picolitres % _PL_PER_NL
        return picolitres // _PL_PER_NL
