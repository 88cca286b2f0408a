"""Where the programme stands now: the rate in force and the time to the next segment start (THR-02).

The position runs on by monotonic time, whatever the clock chip does (DET-10). set_wall() moves it to
where the wall clock says; nothing is made up or taken back by that.
"""

from firmware.core.units import WEEK_S


class Schedule:
    """change_in_ms: to the next segment start, 1 .. 604 800 000 after each look."""

    def __init__(self, programme):
        self._programme = programme
        self.rate_nl_per_h = 0
        self.change_in_ms = 0
        self._change_at_s = 0  # second of the week of the next segment start
        self.set_wall(0, 0)

    def set_wall(self, week_s, ms):
        """It is week_s seconds (0 .. 604 799) and ms milliseconds (0 .. 999) after Monday 00:00."""
        ahead_s = self._programme.seconds_to_change(week_s)
        self.rate_nl_per_h = self._programme.rate_at(week_s)
        self.change_in_ms = ahead_s * 1000 - ms
        self._change_at_s = (week_s + ahead_s) % WEEK_S

    def enter_segment(self):
        """change_in_ms has run down to zero: the next segment begins."""
        self.set_wall(self._change_at_s, 0)

    def reread(self):
        """The programme has changed: same moment of the week, new rates."""
        behind_s = (self.change_in_ms + 999) // 1000
        self.set_wall(self.week_s(), behind_s * 1000 - self.change_in_ms)

    def signature(self):
        """A number that any single flipped bit changes (INT-08)."""
        return self.rate_nl_per_h ^ self.change_in_ms ^ self._change_at_s

    def week_s(self):
        """Second of the week now."""
        week_s = self._change_at_s - (self.change_in_ms + 999) // 1000
        return week_s + WEEK_S if week_s < 0 else week_s
