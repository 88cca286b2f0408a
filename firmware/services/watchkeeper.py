"""What changes slowly and is looked at once a minute: idle uploads, long stops, the refill date, delivery."""

from micropython import const

from firmware.core.units import NEVER_S, after_ms, until_ms
from protocols import ids

_LOOK_MS = const(60_000)
_STOPPED_LONG_S = const(172_800)  # THR-16: 48 h
_FORECAST_LOOKS = const(10)


class Watchkeeper:
    """An activity."""

    def __init__(self, parts):
        self._parts = parts
        self._next_ms = parts.clock.now_ms()
        self._looks = 0

    def due_in_ms(self, now_ms):
        return until_ms(self._next_ms, now_ms)

    def act(self, now_ms):
        self._next_ms = after_ms(now_ms, _LOOK_MS)
        parts = self._parts
        run_s = parts.clock.run_s
        stager = parts.stager
        was_idle = stager.is_idle
        stager.poll(run_s)
        if stager.is_idle and not was_idle:
            parts.alarms.notify(ids.ALARM_UPLOAD_IDLE)
        is_stopped = parts.mode.state() == ids.STOPPED
        self._tell(ids.ALARM_STOPPED_LONG, is_stopped and run_s - parts.mode.since_s > _STOPPED_LONG_S)
        if parts.infusion.may_move:
            parts.ledger.idle()
        if self._looks % _FORECAST_LOOKS == 0:
            self._judge_refill_date()
        self._looks += 1

    def _judge_refill_date(self):
        parts = self._parts
        run_s = parts.clock.run_s
        if parts.infusion.may_move:
            parts.is_forecast_stale = True  # what was measured since may differ from what was foreseen
            due_s = parts.foresee().refill_due_at_s()
            self._tell(ids.ALARM_REFILL_DUE, due_s != NEVER_S and run_s >= due_s)

    def _tell(self, alarm, is_present):
        if is_present:
            self._parts.alarms.present(alarm, self._parts.clock.run_s)
        else:
            self._parts.alarms.gone(alarm, self._parts.clock.run_s)
