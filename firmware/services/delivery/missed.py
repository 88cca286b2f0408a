"""Counts the volume missed while the rotor stood still, for the log; it is never made up (DET-02)."""

from firmware.core.dosing import Dosing
from firmware.core.units import until_ms


class MissedVolume:
    """`therapy.schedule` gives the rate. `advance` at least at every change of the schedule."""

    def __init__(self, therapy):
        self._therapy = therapy
        self._dosing = Dosing()
        self._base_nl = 0
        self._rate_nl_per_h = 0
        self._since_ms = 0

    def begin(self, already_missed_nl, now_ms):
        self._dosing.due_pl = 0
        self._base_nl = already_missed_nl
        self._since_ms = now_ms
        self._rate_nl_per_h = self._therapy.schedule.rate_nl_per_h

    def advance(self, now_ms):
        self._dosing.accrue(self._rate_nl_per_h, until_ms(now_ms, self._since_ms))
        whole_nl = self._dosing.due_pl // 1000
        self._base_nl += whole_nl
        self._dosing.take(whole_nl * 1000)
        self._since_ms = now_ms
        self._rate_nl_per_h = self._therapy.schedule.rate_nl_per_h

    def total_nl(self):
        return self._base_nl
