"""How large a stroke is, and when it is due (THR-04, THR-06).

A stroke is 16 microsteps (300 nL with the nominal head). At high rates it grows so that one falls due
every 300 ms, up to 5 uL. It is due as soon as the demand has reached its volume less half a shortest
stroke. So the commanded volume never leads the ideal integral by more than half a shortest stroke, lags
it by less than one stroke of the size that the rate asks for, and is back within half a shortest stroke
as soon as a high rate ends: what is left of the demand is then one stroke of just that size.
"""

from micropython import const

SHORTEST_MICROSTEPS = const(16)

_LONGEST_PL = const(5000000)
_STROKES_DIVISOR = const(12)  # rate in nL/h // 12 = pL in 300 ms


class StrokePlan:
    """pl_per_microstep: calibration of head and tube, 1 000 .. 100 000 pL."""

    def __init__(self, pl_per_microstep):
        self.pl_per_microstep = pl_per_microstep
        shortest_pl = SHORTEST_MICROSTEPS * pl_per_microstep
        self.lead_pl = shortest_pl // 2
        self.microsteps = SHORTEST_MICROSTEPS
        self.threshold_pl = shortest_pl - self.lead_pl
        self._longest = _LONGEST_PL // pl_per_microstep

    def plan(self, rate_nl_per_h):
        """Choose the size for a total rate of 0 .. 60 000 000 nL/h."""
        pl_per_microstep = self.pl_per_microstep
        count = (rate_nl_per_h // _STROKES_DIVISOR + pl_per_microstep - 1) // pl_per_microstep
        if count > self._longest:
            count = self._longest
        if count < SHORTEST_MICROSTEPS:
            count = SHORTEST_MICROSTEPS
        self.microsteps = count
        self.threshold_pl = count * pl_per_microstep - self.lead_pl

    def due_microsteps(self, due_pl):
        """Microsteps to command now for this demand, 0 while no stroke is due."""
        if due_pl < self.threshold_pl:
            return 0
        count = (due_pl + self.lead_pl) // self.pl_per_microstep
        return count if count < self._longest else self._longest

    def volume_nl(self, microsteps):
        """Nominal volume of a stroke, rounded up."""
        return (microsteps * self.pl_per_microstep + 999) // 1000

    def signature(self):
        """A number that any single flipped bit changes (INT-08)."""
        return self.pl_per_microstep ^ self.lead_pl ^ self._longest ^ self.microsteps ^ self.threshold_pl
