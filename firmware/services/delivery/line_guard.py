"""Turns line pressure into alarms: occlusion, disconnection, implausible sensor."""

from micropython import const

from firmware.core.line_watch import LINE_DISCONNECTED, LINE_OCCLUDED, LineWatch
from firmware.core.pressure_watch import PRESSURE_TRUSTED, PressureWatch
from protocols import ids

_AT_REST_PA = const(1_500)  # five times the noise, and less than any limit by far
_NOTHING = const(-1)  # no verdict yet: the first one updates an alarm restored from the journal


class LineGuard:
    """`stroke` after every stroke that the rotor followed, `rest` between strokes (DET-05 to DET-08)."""

    def __init__(self, line, settings, stroke_nl, alarms, log, clock):
        self._line = line
        self._alarms = alarms
        self._log = log
        self._clock = clock
        self._limit_pa = settings.occlusion_limit_pa
        self._sensor = PressureWatch()
        microsteps = stroke_nl * settings.microsteps_per_rev // settings.nl_per_rev
        self._watch = LineWatch(settings.occlusion_limit_pa, stroke_nl, settings.nl_per_rev, microsteps)
        self._reported = _NOTHING
        self._reported_of_sensor = _NOTHING
        self.last_pa = 0
        self.pressed_nl = 0  # what strokes had pressed into the line when it was found occluded

    def stroke(self, first_pa, before_pa, peak_pa, stroke_nl):
        """Pressures of one stroke as StrokeRunner took them, and what the stroke displaced."""
        self.last_pa = peak_pa
        if self._is_trusted(self._sensor.judge(first_pa, before_pa, peak_pa)) and not self._sensor.is_still:
            self._report(self._watch.stroke(first_pa + before_pa >> 1, peak_pa, stroke_nl), peak_pa)
        elif before_pa < self._watch.limit_pa <= peak_pa:
            self._report(self._watch.level(peak_pa), peak_pa)  # it was the stroke that pressed it out of range
        elif not self._sensor.is_outside:
            self._report(self._watch.level(min(before_pa, peak_pa)), peak_pa)

    def rest(self):
        """A look without a stroke: the level alone counts."""
        self.last_pa = self._line.read_pa()
        if self._sensor.is_noisy:
            self._sensor.look(self.last_pa, self._line.read_pa())
        if self.last_pa >= self._watch.limit_pa:
            # It stops the pump, so one bad reading must not be enough: the lowest of three in a row counts.
            self.last_pa = min(self.last_pa, self._line.read_pa(), self._line.read_pa())
        self._is_trusted(self._sensor.rest(self.last_pa))
        if not self._sensor.is_outside:
            self._report(self._watch.level(self.last_pa), self.last_pa)

    def is_at_rest(self):
        """The last reading is that of a line whose last stroke has decayed."""
        return self._reported_of_sensor == PRESSURE_TRUSTED and self.last_pa - self._watch.rest_pa <= _AT_REST_PA

    def at_limit_nl(self):
        """What the line holds above rest at the working limit, at most 15 uL."""
        return self._watch.at_limit_nl()

    def pulse_pa(self):
        """What a basal stroke adds to the pressure of this line."""
        return self._watch.pulse_pa

    def signature(self):
        """The two copies of the limit, for the test of what must not change (INT-08)."""
        return self._watch.signature() ^ self._limit_pa

    def clear(self, is_declared_whole):
        """A person has looked after the line: an alarm was acknowledged, the reservoir refilled. Who acknowledges a
        disconnection says that it is whole again, and it is learned anew."""
        if is_declared_whole:
            self._watch.declare_whole()
        else:
            self._watch.clear()

    def _is_trusted(self, verdict):
        """A reading that no sensor can give says nothing about the line, already before it is a fault. One that a
        sensor can give counts against the limits, trusted or not: early rather than blind."""
        if verdict != self._reported_of_sensor:
            self._reported_of_sensor = verdict
            self._alarms.report(ids.ALARM_SENSOR_FAULT_PRESSURE, verdict != PRESSURE_TRUSTED, self._clock.run_s)
        return verdict == PRESSURE_TRUSTED and not self._sensor.is_outside

    def _report(self, verdict, pressure_pa):
        if verdict == self._reported:
            return
        self._reported = verdict
        run_s = self._clock.run_s
        if verdict == LINE_OCCLUDED and not self._alarms.is_active(ids.ALARM_CATHETER_OCCLUSION):
            self._log.add(ids.LOG_OCCLUSION, pressure_pa, self._watch.held_nl)
        if verdict == LINE_OCCLUDED:
            self.pressed_nl = self._watch.held_nl
        self._alarms.report(ids.ALARM_CATHETER_OCCLUSION, verdict == LINE_OCCLUDED, run_s)
        self._alarms.report(ids.ALARM_CATHETER_DISCONNECTED, verdict == LINE_DISCONNECTED, run_s)
