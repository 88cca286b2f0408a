"""What changes slowly and is looked at once a minute: idle uploads, long stops, the refill date, delivery."""

from micropython import const

from firmware.core.units import NEVER_S
from protocols import ids

_STOPPED_LONG_S = const(172_800)  # THR-16: 48 h
_DATE_LOOKS = const(10)
_FORECAST_LOOKS = const(60)


class Watchkeeper:
    """`look` once a minute."""

    def __init__(self, parts):
        self._parts = parts
        self._looks = 0

    def look(self):
        parts = self._parts
        run_s = parts.clock.run_s
        stager = parts.stager
        was_idle = stager.is_idle
        stager.poll(run_s)
        if stager.is_idle and not was_idle:
            parts.alarms.notify(ids.ALARM_UPLOAD_IDLE)
        is_stopped = parts.mode.state() == ids.STOPPED
        is_long = is_stopped and run_s - parts.mode.since_s > _STOPPED_LONG_S
        if is_long or parts.alarms.count:
            parts.alarms.report(ids.ALARM_STOPPED_LONG, is_long, run_s)
        if parts.infusion.may_move:
            parts.ledger.idle()
        if self._looks % _DATE_LOOKS == 0:
            self._judge_refill_date()
        self._looks = (self._looks + 1) % _FORECAST_LOOKS

    def _judge_refill_date(self):
        parts = self._parts
        run_s = parts.clock.run_s
        if parts.infusion.may_move:
            if self._looks == 0:
                parts.is_forecast_stale = True  # what was measured since may differ from what was foreseen
            due_s = parts.foresee().refill_due_at_s()
            parts.alarms.report(ids.ALARM_REFILL_DUE, due_s != NEVER_S and run_s >= due_s, run_s)
