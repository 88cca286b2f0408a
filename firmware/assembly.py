"""Makes the parts of the pump, boots them, and hears of every alarm: where the services meet."""

import os

from firmware.core import delivery
from firmware.core.alarm_catalogue import action, priority
from firmware.core.alarms import AlarmManager
from firmware.core.forecast import Forecast
from firmware.core.fsm import Machine
from firmware.core.prescription import Prescription
from firmware.core.refill import Refill
from firmware.core.reservoir import Reservoir
from firmware.core.restart_guard import RestartGuard
from firmware.core.silence import Silence
from firmware.core.stager import Stager
from firmware.core.stroke import SHORTEST_MICROSTEPS, StrokePlan
from firmware.core.therapy import Therapy
from firmware.core.units import week_second
from firmware.services.delivery.infusion import Infusion
from firmware.services.delivery.line_guard import LineGuard
from firmware.services.delivery.mode_control import ModeControl
from firmware.services.delivery.stroke_ledger import StrokeLedger
from firmware.services.delivery.stroke_runner import StrokeRunner
from firmware.services.health.boot import Boot
from firmware.services.health.monitors import ClockMonitor, SupplyMonitor
from firmware.services.health.periodic_test import PeriodicTest
from firmware.services.health.rounds import Rounds
from firmware.services.health.watchkeeper import Watchkeeper
from firmware.services.link.commands import Commands
from firmware.services.link.keys import Keys
from firmware.services.link.session import Session
from firmware.services.link.status import Status
from firmware.services.people.annunciation import Annunciation
from firmware.services.people.switches import Switches
from firmware.services.pump import Pump
from firmware.services.storage.event_log import EventLog
from firmware.services.storage.head_state import HeadState
from firmware.services.storage.journal import Journal
from protocols import ids


class Supervisor:
    """The bag of parts that services share; each is one attribute.

    `activities` in order of rank; `timed`: those of them that are never calm (app.py).
    """

    def __init__(self, board, clock, settings):
        self.board = board
        self.clock = clock
        self.settings = settings
        self.rtc = board.rtc
        self.reset_cause = board.reset_cause()
        if board.has_been_at_repl and self.reset_cause == ids.RESET_WATCHDOG:
            self.reset_cause = ids.RESET_SERVICE
        self.has_left = False
        self.is_booted = False
        self.log = EventLog(clock, board.store)
        self.alarms = AlarmManager(self)
        self.silence = Silence()
        self.annunciation = Annunciation(board.annunciator, self.alarms, self.silence)
        self.restart_guard = RestartGuard()
        self.mode = ModeControl(Machine(delivery.ROWS, ids.BOOT), self.alarms, self.log, clock)
        self.keys = Keys()
        self.keys.load()
        self.head = HeadState(clock, self.mode, self.restart_guard, self.keys)
        self._make_therapy(settings)
        self._make_delivery(board, clock, settings)
        self.journal = Journal(self.head, self, clock, board.store)
        self._make_monitors(board, clock, settings)
        self.pump = Pump(self, Status(self))
        self.session = Session(self.keys, os.urandom, self.role_proved)
        self.commands = Commands(self.pump, board.link, board.device_id(), self.session)
        self.log.set_listener(self.commands)
        self.log.give_way_to(self.annunciation)
        self.boot_sequence = Boot(self)
        self.periodic_test = PeriodicTest(self, self.boot_sequence.self_test.image)
        self.switches = Switches(board, self.pump, self.alarms, clock)
        rounds = Rounds(self)
        self.timed = (self.infusion, rounds)
        self.activities = (
            self.infusion,
            self.switches,
            self.annunciation,
            self.commands,
            rounds,
            self.journal,
            self.log,
        )

    def _make_therapy(self, settings):
        self.prescription = Prescription()
        self.stager = Stager(self.prescription)
        self.reservoir = Reservoir(settings.reservoir_capacity_nl, settings.empty_level_nl)
        self.reservoir.set_low_level(settings.low_level_nl)
        self.refill = Refill(self.reservoir)
        plan = StrokePlan(settings.nl_per_rev * 1000 // settings.microsteps_per_rev)
        self.therapy = Therapy(self.prescription, plan, self.reservoir, settings.catheter_dead_volume_nl)
        self.forecast = Forecast(self.therapy, self.reservoir)
        self.is_forecast_stale = True
        self.forecast.refill_lead_s = settings.refill_due_h * 3600

    def _make_delivery(self, board, clock, settings):
        self.runner = StrokeRunner(board, settings)
        stroke_nl = self.therapy.stroke.volume_nl(SHORTEST_MICROSTEPS)
        self.ledger = StrokeLedger(self.therapy, self.reservoir, stroke_nl, self.alarms, clock)
        self.line_guard = LineGuard(board.line, settings, stroke_nl, self.alarms, self.log, clock)
        self.infusion = Infusion(self)
        self.mode.connect(self.therapy, self.infusion, self.ledger, self.changed, self.memory_failed)
        self.head.connect(self.ledger, self.runner.rotor, self.infusion)

    def _make_monitors(self, board, clock, settings):
        self.supply_monitor = SupplyMonitor(board.supply, self.alarms, clock, settings)
        self.clock_monitor = ClockMonitor(board.rtc, self.alarms, clock, self.clock_moved)
        self.watchkeeper = Watchkeeper(self)

    def boot(self, watchdog):
        """Restore, test, resume (INT-01, INT-05)."""
        self.boot_sequence.run(watchdog)
        self.is_booted = True

    def alarm_changed(self, number, life_cycle):
        """Of AlarmManager, after every change."""
        self.log.add(ids.LOG_ALARM, number, life_cycle)
        if life_cycle == ids.ALARM_RAISED:
            if priority(number) > ids.NOTICE:
                self.silence.alarm_raised()
            self.mode.alarm_raised(number)
        elif life_cycle == ids.ALARM_CLEARED:
            self.restart_guard.cleared(number)
        self.mode.apply()
        self.annunciation.refresh()
        self.changed()
        if life_cycle == ids.ALARM_RAISED and action(number) >= ids.STOP and self.is_booted:
            # Delivery has stopped already. That it did is stored before anybody hears of it.
            self.journal.save()

    def acknowledged(self, alarm):
        """A person has looked after the cause: detectors begin anew."""
        if alarm in (ids.ALARM_CATHETER_OCCLUSION, ids.ALARM_CATHETER_DISCONNECTED):
            self.line_guard.clear()
        self.ledger.clear()
        self.changed()

    def memory_failed(self):
        """A critical variable is not what was written to it (INT-02)."""
        self.periodic_test.memory_failed()

    def changed(self):
        """Something that must outlive a power cut has changed, and perhaps what lies ahead."""
        self.is_forecast_stale = True
        self.journal.mark()

    def foresee(self):
        """The forecast as of now. Worked out only after a change: its answers are points in time (RES-02)."""
        if self.is_forecast_stale:
            self.is_forecast_stale = False
            self.therapy.advance(self.clock.now_ms(), self.clock.run_s)
            self.forecast.compute()
        return self.forecast

    def clock_moved(self):
        """The wall clock was set or aligned: the programme goes on from where it points."""
        clock = self.clock
        self.therapy.advance(clock.now_ms(), clock.run_s)
        self.therapy.set_wall(week_second(clock.epoch_s), clock.fraction_ms())
        self.infusion.replan(clock.now_ms())

    def judge_refill(self):
        """A withdrawal was entered: compare it with what should have been there (RES-06)."""
        if self.refill.is_mismatch:
            self.log.add(ids.LOG_REFILL_MISMATCH, self.refill.mismatch_nl, self.refill.hint())
            self.alarms.present(ids.ALARM_REFILL_MISMATCH, self.clock.run_s)
        self.alarms.gone(ids.ALARM_REFILL_MISMATCH, self.clock.run_s)

    def self_test_again(self):
        """On a clinician's request, while nothing is delivered. In FAULT it is the way back."""
        if delivery.may_move(self.mode.state()):
            return ids.WRONG_MODE
        self.role_proved(ids.CLINICIAN)
        if self.mode.accepts(delivery.SERVICE_RESET):
            self.mode.post(delivery.SERVICE_RESET)
            self.boot_sequence.test_again()
        else:
            self.boot_sequence.test_standing()
        return ids.OK

    def role_proved(self, role):
        """Somebody with this role looks after the pump now: from a clinician on, it may start again (DET-12)."""
        if role >= ids.CLINICIAN:
            self.restart_guard.clinician_session()
            self.changed()

    def leave_to_repl(self):
        """Only while nothing is delivered: the executive ends, and after a restart the REPL is free."""
        if delivery.may_move(self.mode.state()):
            return ids.WRONG_MODE
        if not self.board.ask_for_repl():
            return ids.BUSY
        self.has_left = True
        return ids.OK
