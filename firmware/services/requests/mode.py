"""Requests that start and stop delivery. Each ends with a reason number; a refused one changes nothing.

Guards are asked first, the state table second.
"""

from firmware.core import delivery, guards
from protocols import ids


class ModeRequests:
    def __init__(self, mode, prescription, reservoir, alarms, restart_guard, guard, infusion, clock):
        self._mode = mode
        self._prescription = prescription
        self._reservoir = reservoir
        self._alarms = alarms
        self._restart_guard = restart_guard
        self._guard = guard
        self._infusion = infusion
        self._clock = clock

    def start(self):
        reason = guards.start_refusal(
            self._mode.state(),
            self._prescription.programme.is_complete(),
            self._reservoir.is_confirmed(),
            self._clock.epoch_s != 0 and not self._clock.is_lost,
            self._alarms.governing_action >= ids.STOP,
        )
        return self._begin(reason, delivery.START)

    def minimum_rate(self):
        reason = guards.minimum_rate_refusal(
            self._mode.state(), self._reservoir.is_confirmed(), self._alarms.governing_action >= ids.STOP
        )
        return self._begin(reason, delivery.MINIMUM_RATE)

    def stop(self):
        if self._mode.stay_stopped():
            return ids.OK
        return ids.OK if self._mode.post(delivery.STOP) else ids.WRONG_MODE

    def _begin(self, reason, event):
        if reason == ids.OK:
            reason = self._restart_guard.may_start()
        if reason != ids.OK:
            return reason
        if not self._mode.post(event):
            return ids.WRONG_MODE
        self._restart_guard.started(self._clock.run_s)
        self._guard.started()
        self._infusion.probe_now()
        return ids.OK
