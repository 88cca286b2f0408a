"""How large a stroke is, and when it is due (THR-04, THR-06).

A stroke is 300 nL or a little less, whatever the head, but never less than one full step (16 microsteps of 3200 a
revolution), which is 20 counts of the angle sensor: heads above 60 uL a revolution make strokes of more, those above
120 uL of more than 600 nL. At high rates it grows so that one falls due every 300 ms, up to 5 uL and a fifth of a
revolution, beyond which the angle would not show after a power cut how far the rotor turned.

It is due as soon as the demand has reached its volume less half a shortest stroke. So the commanded volume never leads
the ideal integral by more than half a shortest stroke, lags it by less than one stroke of the size that the rate asks
for, and is back within half a shortest stroke as soon as a high rate ends: what is left of the demand is then one
stroke of just that size.
"""

from micropython import const

_MICROSTEPS_PER_REV = const(3200)
_FULL_STEPS_PER_REV = const(200)
_SHORTEST_PL = const(300000)
_LONGEST_PL = const(5000000)
_LONGEST_PARTS = const(5)  # of a revolution
_RESOLUTION_PARTS = const(1600)  # 2.6 counts of the angle, which is read with some noise before and after a stroke
_HIGHEST_NL_PER_H = const(60000000)  # THR-03
_MICROSTEPS_PER_10_MS = const(16)  # the step generator's speed
_PAUSE_MS = const(60)  # between two bursts: the rotor rests, the angle is read, the next stroke is planned
_STROKES_DIVISOR = const(12)  # rate in nL/h // 12 = pL in 300 ms


class StrokePlan:
    """pl_per_microstep: calibration of head and tube, 60 .. 2 500 000 pL; microsteps_per_rev: 200 and more.

    `shortest`: microsteps of a basal stroke. `resolution_pl`: what a measured volume may be off by.
    `highest_nl_per_h`: what bursts one after the other can deliver, at most the pump's 60 000 000.
    """

    def __init__(self, pl_per_microstep, microsteps_per_rev=_MICROSTEPS_PER_REV):
        self.pl_per_microstep = pl_per_microstep
        self.shortest = max(microsteps_per_rev // _FULL_STEPS_PER_REV, _SHORTEST_PL // pl_per_microstep)
        shortest_pl = self.shortest * pl_per_microstep
        self.lead_pl = shortest_pl // 2
        self.microsteps = self.shortest
        self.threshold_pl = shortest_pl - self.lead_pl
        longest = min(_LONGEST_PL // pl_per_microstep, microsteps_per_rev // _LONGEST_PARTS)
        self._longest = max(longest, self.shortest)
        self.resolution_pl = max(microsteps_per_rev // _RESOLUTION_PARTS, 1) * pl_per_microstep
        stroke_ms = self._longest * 10 // _MICROSTEPS_PER_10_MS + _PAUSE_MS
        nl_per_s = self._longest * pl_per_microstep // stroke_ms
        self.highest_nl_per_h = min(nl_per_s * 3600, _HIGHEST_NL_PER_H)

    def plan(self, rate_nl_per_h):
        """Choose the size for a total rate of 0 .. 60 000 000 nL/h."""
        pl_per_microstep = self.pl_per_microstep
        count = (rate_nl_per_h // _STROKES_DIVISOR + pl_per_microstep - 1) // pl_per_microstep
        if count > self._longest:
            count = self._longest
        if count < self.shortest:
            count = self.shortest
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
        return (
            self.pl_per_microstep ^ self.lead_pl ^ self._longest ^ self.shortest ^ self.microsteps ^ self.threshold_pl
        )
