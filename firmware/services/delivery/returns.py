"""Delivery comes back by itself after a transient, basal only; the alarm stays for a person to see (DET-05, DET-08).

SENSOR_FAULT_ROTOR holds the minimum rate until three strokes in a row were measured. CATHETER_OCCLUSION stops until a
person comes, unless it was no occlusion: strokes had pressed next to nothing into the line, as in a spike, and the
pressure is back at rest within a minute and faster than an occluded line could decay. One that the programme's rate
presses to the limit lets go of its pressure with the time constant (volume at the limit / rate), and is not at rest
before four of them. Two returns an hour, over restarts. What was pressed in is summed over the returns: with the most
that an occlusion can trap, 15 uL and a stroke, it stays within the 20 uL of DET-06. No stroke is made above the limit
meanwhile, so the 30 s of DET-05 are not used twice.
"""

from micropython import const

from protocols import ids

_PROOFS = const(3)
_HOUR_S = const(3_600)
_BACK_WITHIN_S = const(60)
_TIME_CONSTANTS = const(4)
_SPIKE_NL = const(700)  # two shortest strokes as the rotor angle measures them, some counts more or less
_PRESSED_NL = const(4_700)  # 20 uL less the 15 uL of line_watch and a shortest stroke
_NEVER = const(0)


class Returns:
    """`last_s`, `last_but_one_s`: pump life of the returns before, 0 for none. `pressed_nl`: the sum over those of the
    last hour. The journal keeps all three. Each return counts as a restart (DET-12).
    """

    def __init__(self, therapy, line_guard, alarms, mode, restart_guard, clock):
        self._therapy = therapy
        self._line_guard = line_guard
        self._alarms = alarms
        self._mode = mode
        self._restart_guard = restart_guard
        self._clock = clock
        self._proofs = 0
        self.pressed_nl = 0
        self.last_s = _NEVER
        self.last_but_one_s = _NEVER

    def measured(self):
        """A stroke was measured and moved as commanded."""
        if not self._waits(ids.ALARM_SENSOR_FAULT_ROTOR):
            self._proofs = 0
            return
        self._proofs += 1
        if self._proofs >= _PROOFS and self._may_return():  # else with the next stroke
            self._count(ids.ALARM_SENSOR_FAULT_ROTOR)
            self._alarms.release(ids.ALARM_SENSOR_FAULT_ROTOR)

    def unmeasured(self):
        """A stroke was not measured, or did not move as commanded."""
        self._proofs = 0

    def look(self):
        """After a look at the line between strokes."""
        number = ids.ALARM_CATHETER_OCCLUSION
        if not self._waits(number) or not self._mode.was_stopped_by_alarm():
            return
        stood_s = self._clock.run_s - self._alarms.raised_s[number]
        pressed_nl = self._line_guard.pressed_nl
        if pressed_nl > _SPIKE_NL or stood_s > self._decays_in_s() or not self._line_guard.is_at_rest():
            return
        if self._clock.run_s - self.last_s > _HOUR_S:
            self.pressed_nl = 0
        if self.pressed_nl + pressed_nl > _PRESSED_NL:
            return
        if self._alarms.governs_without(number) < ids.SUSPEND and self._may_return():
            self.pressed_nl += pressed_nl
            self._count(number)
            self._alarms.release(number)
            self._mode.go_on()

    def _waits(self, number):
        """The alarm is active, its cause is gone, and it still acts."""
        alarms = self._alarms
        return alarms.is_active(number) and not alarms.has_cause(number) and not alarms.is_released(number)

    def _decays_in_s(self):
        rate_nl_per_h = self._therapy.schedule.rate_nl_per_h
        if rate_nl_per_h == 0:
            return _BACK_WITHIN_S
        seconds = self._line_guard.at_limit_nl() * (_TIME_CONSTANTS * 3_600) // rate_nl_per_h
        return seconds if seconds < _BACK_WITHIN_S else _BACK_WITHIN_S

    def _may_return(self):
        return self.last_but_one_s == _NEVER or self._clock.run_s - self.last_but_one_s > _HOUR_S

    def _count(self, number):
        self._proofs = 0
        self.last_but_one_s = self.last_s
        self.last_s = self._clock.run_s
        self._restart_guard.returned(number, self.last_s)
