"""Turns what line pressure says into alarms: occlusion, disconnection, a sensor not to be believed."""

from firmware.core.line_watch import LINE_DISCONNECTED, LINE_OCCLUDED, LineWatch
from firmware.core.pressure_watch import PRESSURE_TRUSTED, PressureWatch
from protocols import ids


class LineGuard:
    """`stroke` after every stroke that the rotor followed, `rest` between strokes (DET-05 to DET-08)."""

    def __init__(self, line, settings, stroke_nl, alarms, log, clock):
        self._line = line
        self._alarms = alarms
        self._log = log
        self._clock = clock
        self._sensor = PressureWatch()
        self._watch = LineWatch(settings.occlusion_limit_pa, stroke_nl)
        self._is_trusted = True
        self.last_pa = 0

    def stroke(self, first_pa, before_pa, peak_pa, stroke_nl):
        """Pressures of one stroke as StrokeRunner took them, and what the stroke displaced."""
        self.last_pa = peak_pa
        self._is_trusted = self._sensor.judge(first_pa, before_pa, peak_pa) == PRESSURE_TRUSTED
        run_s = self._clock.run_s
        if self._is_trusted:
            self._alarms.gone(ids.ALARM_SENSOR_FAULT_PRESSURE, run_s)
            self._tell(self._watch.stroke(before_pa, peak_pa, stroke_nl), peak_pa)
        else:
            self._alarms.present(ids.ALARM_SENSOR_FAULT_PRESSURE, run_s)

    def rest(self):
        """A look without a stroke: the level alone counts."""
        self.last_pa = self._line.read_pa()
        if self._is_trusted:
            self._tell(self._watch.level(self.last_pa), self.last_pa)

    def clear(self):
        """The line is a new one: an alarm was acknowledged, the reservoir refilled."""
        self._watch.clear()

    def _tell(self, verdict, pressure_pa):
        run_s = self._clock.run_s
        if verdict == LINE_OCCLUDED:
            if not self._alarms.is_active(ids.ALARM_CATHETER_OCCLUSION):
                self._log.add(ids.LOG_OCCLUSION, pressure_pa, self._watch.held_nl)
            self._alarms.present(ids.ALARM_CATHETER_OCCLUSION, run_s)
        else:
            self._alarms.gone(ids.ALARM_CATHETER_OCCLUSION, run_s)
        if verdict == LINE_DISCONNECTED:
            self._alarms.present(ids.ALARM_CATHETER_DISCONNECTED, run_s)
        else:
            self._alarms.gone(ids.ALARM_CATHETER_DISCONNECTED, run_s)
