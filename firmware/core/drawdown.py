"""A volume that is drawn down by the weekly programme, exactly, segment by segment.

Dosing integrates nanolitres over seconds here. Whole weeks are jumped over, so that a walk ends within
about two weeks of segments however long the volume lasts.
"""

from micropython import const

from firmware.core.dosing import Dosing
from firmware.core.units import NEVER_S, WEEK_S, mul_div

# Eight years: what lasts longer than that is not foreseen.
HORIZON_S = const(0x0FFFFFFF)
BY_PROGRAMME = const(-1)

_PIECE_S = const(250000)


class Drawdown:
    """elapsed_s: since begin(); left_nl(): still to be drawn."""

    def __init__(self, programme):
        self._programme = programme
        self._sum = Dosing()
        self._week = Dosing()
        self._rate_nl_per_h = BY_PROGRAMME
        self._peak_nl_per_h = 0
        self._volume_nl = 0
        self._week_s = 0
        self.elapsed_s = 0

    def measure_week(self, rate_nl_per_h):
        """Before begin(), whenever rates may have changed: BY_PROGRAMME, or one rate for good."""
        self._rate_nl_per_h = rate_nl_per_h
        self._week.due_pl = 0
        self._week.parts = 0
        self._peak_nl_per_h = 0
        week_s = 0
        while week_s < WEEK_S:
            piece = WEEK_S - week_s
            if rate_nl_per_h == BY_PROGRAMME:
                ahead_s = self._programme.seconds_to_change(week_s)
                piece = ahead_s if ahead_s < piece else piece
            rate = self._rate_at(week_s)
            self._week.accrue(rate, piece)
            if rate > self._peak_nl_per_h:
                self._peak_nl_per_h = rate
            week_s += piece

    def week_nl(self):
        """What the basal rate draws in a week, rounded up."""
        return self._week.due_pl + 1

    def peak_nl(self, seconds):
        """The most that the basal rate can draw in so many seconds, up to 626 401, rounded up."""
        return mul_div(self._peak_nl_per_h, seconds, 3600) + 1

    def begin(self, volume_nl, week_s):
        """Draw volume_nl, starting at a second of the week."""
        self._sum.due_pl = 0
        self._sum.parts = 0
        self._volume_nl = volume_nl
        self._week_s = week_s
        self.elapsed_s = 0

    def left_nl(self):
        return self._volume_nl - self._sum.due_pl

    def draw_for(self, seconds, extra_nl_per_h, has_basal):
        """Let it flow for so long, with an extra rate. True when the volume is gone; elapsed_s says when."""
        while seconds > 0:
            piece = seconds if seconds < _PIECE_S else _PIECE_S
            rate = extra_nl_per_h
            if has_basal:
                if self._rate_nl_per_h == BY_PROGRAMME:
                    ahead_s = self._programme.seconds_to_change(self._week_s)
                    piece = ahead_s if ahead_s < piece else piece
                rate += self._rate_at(self._week_s)
            need_s = self._sum.ms_until(self._volume_nl, rate)
            if need_s <= piece:
                self.elapsed_s += need_s
                return True
            self._sum.accrue(rate, piece)
            self._week_s = (self._week_s + piece) % WEEK_S
            self.elapsed_s += piece
            seconds -= piece
        return False

    def jump(self, seconds, boluses_nl):
        """Skip over seconds in which boluses_nl flow beside basal, which must be less than left_nl()."""
        weeks = seconds // WEEK_S
        self._sum.take(-(weeks * self._week.due_pl + boluses_nl))
        self._sum.accrue_parts(weeks * self._week.parts)
        self.elapsed_s += weeks * WEEK_S
        self.draw_for(seconds % WEEK_S, 0, True)

    def finish(self):
        """Basal alone to the end; seconds since begin() at which the volume is gone, or NEVER_S."""
        weeks = self.left_nl() // self.week_nl()
        if weeks > (HORIZON_S - self.elapsed_s) // WEEK_S:
            return NEVER_S
        self.jump(weeks * WEEK_S, 0)
        return self.elapsed_s if self.draw_for(2 * WEEK_S, 0, True) else NEVER_S

    def _rate_at(self, week_s):
        if self._rate_nl_per_h == BY_PROGRAMME:
            return self._programme.rate_at(week_s)
        return self._rate_nl_per_h
