"""Slow checks, once a minute: idle uploads, long stops, the refill date."""

from micropython import const

from firmware.core.units import NEVER_S
from protocols import ids

_STOPPED_LONG_S = const(172_800)  # THR-16: 48 h
_DATE_LOOKS = const(10)
_FORECAST_LOOKS = const(60)


class Watchkeeper:
    """`look` once a minute."""

    def __init__(self, stager, alarms, mode, infusion, clock, foresight):
        self._stager = stager
        self._alarms = alarms
        self._mode = mode
        self._infusion = infusion
        self._clock = clock
        self._foresight = foresight
        self._looks = 0

    def look(self):
        run_s = self._clock.run_s
        stager = self._stager
        was_idle = stager.is_idle
        stager.poll(run_s)
        if stager.is_idle and not was_idle:
            self._alarms.notify(ids.ALARM_UPLOAD_IDLE)
        is_stopped = self._mode.state() == ids.STOPPED
        is_long = is_stopped and run_s - self._mode.since_s > _STOPPED_LONG_S
        if is_long or self._alarms.count:
            self._alarms.report(ids.ALARM_STOPPED_LONG, is_long, run_s)
        if self._looks % _DATE_LOOKS == 0:
            self._judge_refill_date()
        self._looks = (self._looks + 1) % _FORECAST_LOOKS

    def _judge_refill_date(self):
        run_s = self._clock.run_s
        if self._infusion.may_move:
            if self._looks == 0:
                self._foresight.is_stale = True  # what was measured since may differ from what was foreseen
            due_s = self._foresight.foresee().refill_due_at_s()
            self._alarms.report(ids.ALARM_REFILL_DUE, due_s != NEVER_S and run_s >= due_s, run_s)
