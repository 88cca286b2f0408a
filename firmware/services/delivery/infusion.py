"""Delivery: turns the therapy's demand into measured strokes, and a failing rotor into alarms."""

from micropython import const

from firmware.core.idle_motion import IDLE_STILL, IdleMotion
from firmware.core.stall_probe import StallProbe
from firmware.core.stroke_check import (
    ATTEMPTS,
    STROKE_JUMPED,
    STROKE_MOVED,
    STROKE_REVERSED,
    STROKE_SHORT,
    STROKE_SLIPPED,
    STROKE_STALLED,
)
from firmware.core.units import after_ms, until_ms
from firmware.services.delivery.missed import MissedVolume
from firmware.services.delivery.stroke_runner import CLOSE_LOOKS, IDLE, STROKE_CUT_OFF, STROKE_UNMEASURED
from protocols import ids

_PROBE_LOOK_MS = const(1_000)
_SLIPS_BACK = const(3)  # strokes in a row that ended behind their beginning: no delivery any more
_GOES_ON_S = const(600)
_NEVER_S = const(-601)
_TURNED = (STROKE_MOVED, STROKE_SHORT)  # made once: a tuple of names inside a function is made at each use


class Infusion:
    """The first activity of the executive. `may_move` and `may_probe` are set by ModeControl."""

    def __init__(
        self, runner, guard, returns, therapy, ledger, line_guard, alarms, mode, log, clock, foresight, nl_per_rev
    ):
        self._runner = runner
        self._guard = guard
        self._returns = returns
        self._therapy = therapy
        self._ledger = ledger
        self._line_guard = line_guard
        self._alarms = alarms
        self._mode = mode
        self._log = log
        self._clock = clock
        self._foresight = foresight
        # Between two entries the angle tells what was turned, and from it the phase: the magnet's eccentricity
        # makes that wrong by less than a full step in a sixteenth of a revolution. So many would delay a bolus.
        self._entry_nl = nl_per_rev // 16
        self._bolus_entry_nl = nl_per_rev // 4
        self._shortest_nl = therapy.stroke.volume_nl(therapy.stroke.shortest)
        self._slips_back = 0
        self._idle = IdleMotion()
        self._turned_s = _NEVER_S  # when the rotor last stood elsewhere with nothing commanded
        self._unexplained_nl = 0
        self._next_ms = self._clock.now_ms()
        self._taken_pl = 0
        self._is_probe = False
        self._was_open_loop = False
        self.probe = StallProbe()
        self.missed = MissedVolume(therapy)
        self.may_move = False
        self.may_probe = False

    def due_in_ms(self, now_ms):
        if self._runner.phase != IDLE:
            return self._runner.due_in_ms(now_ms)
        return until_ms(self._next_ms, now_ms)

    def act(self, now_ms):
        is_stroke = self._runner.phase != IDLE
        if is_stroke and not self._runner.act(now_ms):
            return
        self._therapy.advance(now_ms, self._clock.run_s)
        if is_stroke:
            self._finish()
        self._plan(now_ms)

    def replan(self, now_ms):
        """Something changed what is due: look again in this turn."""
        self._next_ms = now_ms

    def probe_now(self):
        """A person has started the pump during a stall: try at once.

        Stray current may have left the rotor at another phase, and no probe that goes by the old one would move it.
        """
        if self.probe.is_stalled:
            self._runner.pair.doubt()
            self.probe.next_s = self._clock.run_s
            self.replan(self._clock.now_ms())

    def halt(self):
        """Stop at once, in the middle of a stroke if need be, and book what was turned (THR-15)."""
        if self._runner.abandon():
            self._book()
            self._idle.rest(self._runner.angle)

    def end_retries(self):
        """What is delivered changes: a stroke that waits for its next attempt is over."""
        if self._runner.is_between_bursts():
            self.halt()

    def rest_here(self):
        """At boot: the rotor's present angle is its resting angle."""
        self._runner.look()
        self._idle.rest(self._runner.angle)
        if self._alarms.has_cause(ids.ALARM_MOTOR_STALL) and not self.probe.is_stalled:
            self._stall_begins(0)  # without a probe nothing would ever end it

    def trust_rotor(self):
        """A self-test has passed: the rotor sensor is taken at its word again, until it is found wrong."""
        self._runner.trust_again()
        self.look_at_rest()

    def look_at_rest(self):
        """Between strokes: line pressure, and a rotor that moves without command (DET-04, DET-05)."""
        if self._runner.phase != IDLE:
            return
        self._line_guard.rest()
        self._runner.look_at_rest()
        self._runner.look()  # noise agrees with the last reading now and then, but hardly twice
        self._judge_rest()
        self._returns.look()

    def _plan(self, now_ms):
        therapy = self._therapy
        if therapy.boluses.events.count:
            self._drain_bolus_events()
        if therapy.is_priming_done():
            self._mode.priming_ended()
        if self.may_move:
            self._plan_stroke(now_ms)
            return
        self._next_ms = after_ms(now_ms, therapy.ms_to_change())
        if self.probe.is_stalled:
            self.missed.advance(now_ms)
            if self.may_probe and self.probe.is_due(self._clock.run_s):
                self._begin(therapy.stroke.shortest, 1, now_ms)
                self._is_probe = True
            else:
                self._next_ms = after_ms(now_ms, self._probe_wait_ms())

    def _probe_wait_ms(self):
        change_ms = self._therapy.ms_to_change()
        probe_ms = (self.probe.next_s - self._clock.run_s) * 1000
        if not self.may_probe:
            return change_ms
        if probe_ms < _PROBE_LOOK_MS:
            return _PROBE_LOOK_MS
        return probe_ms if probe_ms < change_ms else change_ms

    def _plan_stroke(self, now_ms):
        therapy = self._therapy
        microsteps = therapy.due_microsteps()
        if therapy.is_dose_limited or self._alarms.count:  # without an alarm no cause can be gone
            self._alarms.report(ids.ALARM_DOSE_LIMIT, therapy.is_dose_limited, self._clock.run_s)
        if therapy.boluses.events.count:
            self._drain_bolus_events()
        if microsteps and self.may_move:
            therapy.take(microsteps)
            self._taken_pl = microsteps * therapy.stroke.pl_per_microstep
            self._next_ms = now_ms  # should the stroke be abandoned
            self._begin(microsteps, ATTEMPTS, now_ms)
            self._is_probe = False
            return
        stroke_ms = therapy.ms_to_stroke()
        change_ms = therapy.ms_to_change()
        self._next_ms = after_ms(now_ms, stroke_ms if stroke_ms < change_ms else change_ms)

    def _begin(self, microsteps, attempts, now_ms):
        self._runner.begin(microsteps, attempts, now_ms)
        self._judge_rest()
        if not self.may_move and not self.may_probe:
            self._runner.abandon()  # the rotor had moved by itself: an alarm has just halted us

    def _judge_rest(self):
        runner = self._runner
        if self._was_open_loop and not runner.is_open_loop:
            self._idle.rest(runner.angle)  # it turned unseen meanwhile
        looks = CLOSE_LOOKS
        has_turned = self._idle.look(runner.angle) != IDLE_STILL
        while has_turned and not runner.is_open_loop:
            runner.look()
            looks -= 1
            if not looks:
                break
            has_turned = self._idle.look(runner.angle) != IDLE_STILL
        self._was_open_loop = runner.is_open_loop
        if runner.is_open_loop:
            self._alarms.present(ids.ALARM_SENSOR_FAULT_ROTOR, self._clock.run_s)
            return
        if self._alarms.count:  # without an alarm no cause can be gone
            self._alarms.gone(ids.ALARM_SENSOR_FAULT_ROTOR, self._clock.run_s)
            if not has_turned:
                self._alarms.gone(ids.ALARM_OVER_DELIVERY, self._clock.run_s)
        if has_turned:
            self._turned_by_itself()

    def _turned_by_itself(self):
        """It is an alarm at once. It is volume when it happens again within ten minutes: a rotor that turns without
        a command goes on turning, an angle that jumps does so once (INT-06)."""
        runner = self._runner
        run_s = self._clock.run_s
        self._idle.rest(runner.angle)
        if self.probe.is_stalled and runner.is_late_news():
            # What was taken for a stall was a stuck sensor, in a line that showed no pulse: seen, and gone.
            self._ledger.displaced(runner.rotor.book(runner.angle))
            self._alarms.present(ids.ALARM_SENSOR_FAULT_ROTOR, run_s)
            self.probe_now()
            return
        turned_nl = runner.rotor.book(runner.angle)
        if run_s - self._turned_s <= _GOES_ON_S:
            self._ledger.displaced(self._unexplained_nl + turned_nl)
            turned_nl = 0
        self._turned_s = run_s
        self._unexplained_nl = turned_nl
        self._runs_by_itself(ids.ITEM_ENABLE)

    def _runs_by_itself(self, item):
        """The driver acts without a command, or has current when it should have none (DET-04, INT-09)."""
        run_s = self._clock.run_s
        if not self._alarms.is_active(ids.ALARM_SYSTEM_FAULT):
            self._log.add(ids.LOG_SELF_TEST, item, 0)
        self._alarms.present(ids.ALARM_OVER_DELIVERY, run_s)
        self._alarms.present(ids.ALARM_SYSTEM_FAULT, run_s)

    def _finish(self):
        runner = self._runner
        verdict = runner.verdict
        run_s = self._clock.run_s
        self._idle.rest(runner.angle)
        self._book()
        if runner.has_learnt:
            self._foresight.changed()  # before the next cut, which would go by an older phase
        if runner.drawn_nl:
            self._log.add(ids.LOG_ROTOR_DRAWN, runner.drawn_nl, runner.measured_nl)
        if verdict == STROKE_MOVED:
            self._returns.measured()
        else:
            self._returns.unmeasured()
        if verdict in _TURNED:
            self._moved()
        elif verdict == STROKE_SLIPPED:
            self._slipped()
        elif verdict == STROKE_STALLED:
            self._stalled()
        elif verdict == STROKE_REVERSED:
            # Probing by itself would turn it back again and again: a person has to look (THR-20), and the start that
            # follows is a probe.
            self._stall_begins(runner.commanded_nl)
            self._alarms.present(ids.ALARM_MOTOR_STALL, run_s)
            self._alarms.present(ids.ALARM_SYSTEM_FAULT, run_s)
        elif verdict == STROKE_JUMPED:
            self._runs_by_itself(ids.ITEM_DRIVER)
        elif verdict == STROKE_CUT_OFF:
            if self._guard.has_fired and not self._alarms.is_active(ids.ALARM_SYSTEM_FAULT):
                self._log.add(ids.LOG_SELF_TEST, ids.ITEM_GUARD, 0)
            self._alarms.present(ids.ALARM_SYSTEM_FAULT, run_s)
        elif verdict == STROKE_UNMEASURED:
            self._was_open_loop = True
            self._alarms.present(ids.ALARM_SENSOR_FAULT_ROTOR, run_s)
            if self._is_probe:
                self.probe.failed(run_s)  # nobody saw the rotor follow
            self._pressures()

    def _book(self):
        self._ledger.book(self._runner.commanded_nl, self._runner.measured_nl)
        is_bolus = self._runner.commanded_nl > self._shortest_nl
        if self._ledger.unsaved_nl >= (self._bolus_entry_nl if is_bolus else self._entry_nl):
            # Past half a revolution the angle alone would not show after a power cut how far the rotor turned.
            self._foresight.changed()

    def _moved(self):
        runner = self._runner
        self._slips_back = 0
        if self._is_probe:
            seconds = self.probe.recovered(self._clock.run_s, runner.measured_nl)
            self._log.add(ids.LOG_STALL_RECOVERED, seconds, self.missed.total_nl())
            self._alarms.notify(ids.ALARM_STALL_RECOVERED)
            self._alarms.gone(ids.ALARM_MOTOR_STALL, self._clock.run_s)
            self._ledger.clear()
            return
        self._ledger.programmed(self._taken_pl)
        if runner.drawn_nl:
            self._ledger.clear()  # what current drew is told, and neither programmed nor lost
        else:
            self._ledger.compare(runner.commanded_nl, runner.measured_nl)
        self._pressures()

    def _slipped(self):
        """Whole cycles lost or gained: booked, told, and delivery goes on unless nothing is delivered (DET-03)."""
        runner = self._runner
        self._slips_back = self._slips_back + 1 if runner.measured_nl < 0 else 0
        self._alarms.present(ids.ALARM_STEP_LOSS, self._clock.run_s)
        if self._is_probe or self._slips_back >= _SLIPS_BACK:
            self._slips_back = 0
            self._stalled()
            return
        self._ledger.programmed(self._taken_pl)
        self._ledger.compare_slipped(runner.commanded_nl, runner.measured_nl)

    def _pressures(self):
        runner = self._runner
        self._line_guard.stroke(runner.first_pa, runner.before_pa, runner.peak_pa, runner.measured_nl)
        runner.expect_pulse(self._line_guard.pulse_pa())

    def _stalled(self):
        runner = self._runner
        run_s = self._clock.run_s
        if self._is_probe:
            self.probe.failed(run_s)
            return
        self._log.add(ids.LOG_STALL, runner.commanded_nl, runner.measured_nl)
        self._stall_begins(runner.commanded_nl - runner.measured_nl)
        self._alarms.present(ids.ALARM_MOTOR_STALL, run_s)

    def _stall_begins(self, missing_nl):
        if self.probe.is_stalled:
            self.probe.failed(self._clock.run_s)
            return
        self.probe.begin(self._clock.run_s, missing_nl)
        self.missed.begin(missing_nl, self._clock.now_ms())

    def _drain_bolus_events(self):
        events = self._therapy.boluses.events
        while events.pop():
            self._log.add(events.code, events.kind, events.value)
            self._foresight.changed()  # lock-out and forecast begin anew when a bolus ends
