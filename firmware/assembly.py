"""Builds every service of the pump and connects them."""

import os

from firmware.core import delivery
from firmware.core.alarms import AlarmManager
from firmware.core.forecast import Forecast
from firmware.core.fsm import Machine
from firmware.core.motion_guard import MotionGuard
from firmware.core.prescription import Prescription
from firmware.core.refill import Refill
from firmware.core.reservoir import Reservoir
from firmware.core.restart_guard import RestartGuard
from firmware.core.silence import Silence
from firmware.core.stager import Stager
from firmware.core.stroke import StrokePlan
from firmware.core.therapy import Therapy
from firmware.services.alarm_response import AlarmResponse
from firmware.services.delivery.infusion import Infusion
from firmware.services.delivery.line_guard import LineGuard
from firmware.services.delivery.mode_control import ModeControl
from firmware.services.delivery.motion_gate import MotionGate
from firmware.services.delivery.returns import Returns
from firmware.services.delivery.stroke_ledger import StrokeLedger
from firmware.services.delivery.stroke_runner import StrokeRunner
from firmware.services.foresight import Foresight
from firmware.services.health.boot import Boot
from firmware.services.health.monitors import ClockMonitor, SupplyMonitor
from firmware.services.health.periodic_test import PeriodicTest
from firmware.services.health.restoration import Restoration
from firmware.services.health.rounds import Rounds
from firmware.services.health.self_test import SelfTest
from firmware.services.health.self_test_run import SelfTestRun
from firmware.services.health.watchkeeper import Watchkeeper
from firmware.services.link.answers import Answers
from firmware.services.link.commands import Commands, LinkCounts
from firmware.services.link.dispatch import Dispatcher
from firmware.services.link.keys import Keys
from firmware.services.link.nonces import Nonces
from firmware.services.link.request_memory import RequestMemory
from firmware.services.link.session import Session
from firmware.services.link.status import Status
from firmware.services.people.annunciation import Annunciation
from firmware.services.people.switches import Switches
from firmware.services.requests.alarms import AlarmRequests
from firmware.services.requests.bolus import BolusRequests
from firmware.services.requests.mode import ModeRequests
from firmware.services.requests.prescription import PrescriptionRequests
from firmware.services.requests.refill import RefillRequests
from firmware.services.requests.service import ServiceRequests
from firmware.services.storage.event_log import EventLog
from firmware.services.storage.head_state import HeadState
from firmware.services.storage.heartbeat import Heartbeat
from firmware.services.storage.journal import Journal
from protocols import ids


class Assembly:
    """The services of one pump, each made with what it needs and nothing else. Only the executive gets this
    object. Where two services need each other, `connect` gives the second to the first.

    `activities` in order of rank; `timed`: those of them that are never idle (app.py).
    """

    def __init__(self, board, clock, settings):
        self._board = board
        self._clock = clock
        self._settings = settings
        self._reset_cause = board.reset_cause()
        if board.has_been_at_repl and self._reset_cause == ids.RESET_WATCHDOG:
            self._reset_cause = ids.RESET_SERVICE
        self.log = EventLog(clock, board.store)
        self._silence = Silence()
        self._restart_guard = RestartGuard()
        self._keys = Keys()
        self._keys.load()
        self._make_therapy()
        self._make_alarms()
        self._make_delivery()
        self._make_storage()
        self._make_health()
        self._make_requests()
        self._make_link()
        self._connect()
        self.timed = (self._infusion, self._rounds)
        self.activities = (
            self._infusion,
            self.switches,
            self.annunciation,
            self.commands,
            self._rounds,
            self.journal,
            self.log,
        )

    def boot(self, watchdog):
        """Restore, test, resume (INT-01, INT-05)."""
        self._boot.run(watchdog)
        self._alarm_response.is_booted = True

    def _make_therapy(self):
        settings = self._settings
        self._prescription = Prescription()
        self._stager = Stager(self._prescription)
        self._reservoir = Reservoir(settings.reservoir_capacity_nl, settings.empty_level_nl)
        self._reservoir.set_low_level(settings.low_level_nl)
        self._refill = Refill(self._reservoir)
        plan = StrokePlan(settings.nl_per_rev * 1000 // settings.microsteps_per_rev, settings.microsteps_per_rev)
        self._therapy = Therapy(self._prescription, plan, self._reservoir, settings.catheter_dead_volume_nl)
        forecast = Forecast(self._therapy, self._reservoir)
        forecast.refill_lead_s = settings.refill_due_h * 3600
        self._foresight = Foresight(self._therapy, forecast, self._clock)

    def _make_alarms(self):
        self._alarm_response = AlarmResponse(self._silence, self._restart_guard, self.log, self._foresight)
        self._alarms = AlarmManager(self._alarm_response)
        self.annunciation = Annunciation(self._board.annunciator, self._alarms, self._silence)

    def _make_delivery(self):
        board = self._board
        settings = self._settings
        alarms = self._alarms
        clock = self._clock
        machine = Machine(delivery.ROWS, ids.BOOT)
        self._guard = MotionGuard(self._prescription.programme, settings.nl_per_rev, settings.microsteps_per_rev)
        board.steps.gate = MotionGate(self._guard, machine, alarms, clock)
        self._runner = StrokeRunner(board.steps, self._guard, board.rotor, board.bus, board.line, settings)
        stroke_nl = self._therapy.stroke.volume_nl(self._therapy.stroke.shortest)
        self._ledger = StrokeLedger(self._therapy, self._reservoir, stroke_nl, settings.nl_per_rev, alarms, clock)
        self._line_guard = LineGuard(board.line, settings, stroke_nl, alarms, self.log, clock)
        self._mode = ModeControl(
            machine, self._guard, self._therapy, self._ledger, alarms, self.log, clock, self._foresight
        )
        self._returns = Returns(self._therapy, self._line_guard, alarms, self._mode, self._restart_guard, clock)
        self._infusion = Infusion(
            self._runner,
            self._guard,
            self._returns,
            self._therapy,
            self._ledger,
            self._line_guard,
            alarms,
            self._mode,
            self.log,
            clock,
            self._foresight,
            settings.nl_per_rev,
        )

    def _make_storage(self):
        self._head = HeadState(
            self._clock,
            self._mode,
            self._restart_guard,
            self._keys,
            self._ledger,
            self._returns,
            self._runner,
            self._infusion,
        )
        self.heartbeat = Heartbeat(self._board.rtc, self._therapy, self._ledger, self._runner, self._clock)
        self.journal = Journal(
            self._board.store,
            self._settings.signature(),
            self._head,
            self._therapy,
            self._prescription,
            self._reservoir,
            self._alarms,
            self._ledger,
            self._infusion,
            self.annunciation,
            self.log,
            self._clock,
            self._board.rtc,
            self.heartbeat,
        )

    def _make_health(self):
        board = self._board
        clock = self._clock
        alarms = self._alarms
        self._supply_monitor = SupplyMonitor(board.supply, alarms, clock, self._settings)
        self._clock_monitor = ClockMonitor(board.rtc, alarms, clock, self._foresight)
        self_test = SelfTest(
            board.store,
            board.rotor,
            board.rtc,
            board.bus,
            board.supply,
            board.patient_button,
            board.annunciator,
            board.waiter,
            self._settings,
        )
        self.periodic_test = PeriodicTest(
            self_test.image,
            self._therapy,
            self._prescription,
            self._reservoir,
            self._runner,
            self._line_guard,
            self._supply_monitor,
            self._mode,
            alarms,
            self.journal,
            self.log,
            clock,
        )
        self._self_test_run = SelfTestRun(
            self_test, self.journal, self.periodic_test, self._mode, self._infusion, alarms, self.log, clock
        )
        restoration = Restoration(
            self._reset_cause,
            self.journal,
            self._head,
            self._guard,
            self._therapy,
            self._prescription,
            self._reservoir,
            self._mode,
            self._infusion,
            self._runner,
            self._ledger,
            alarms,
            self.log,
            clock,
            board.rtc,
            self._foresight,
            self.heartbeat,
            self._clock_monitor,
        )
        self._boot = Boot(
            self._reset_cause,
            restoration,
            self._self_test_run,
            self.periodic_test,
            self.journal,
            self._head,
            self._keys,
            self._mode,
            self._ledger,
            alarms,
            self._reservoir,
            board.annunciator,
            self.log,
            clock,
        )
        watchkeeper = Watchkeeper(self._stager, alarms, self._mode, self._infusion, clock, self._foresight)
        self._rounds = Rounds(
            self._infusion,
            self.journal,
            self._clock_monitor,
            watchkeeper,
            self.periodic_test,
            self._supply_monitor,
            clock,
        )

    def _make_requests(self):
        alarms = self._alarms
        clock = self._clock
        log = self.log
        self._mode_requests = ModeRequests(
            self._mode,
            self._prescription,
            self._reservoir,
            alarms,
            self._restart_guard,
            self._guard,
            self._infusion,
            clock,
        )
        self._prescription_requests = PrescriptionRequests(
            self._guard,
            self._stager,
            self._prescription,
            self._therapy,
            self._reservoir,
            self.journal,
            self.periodic_test,
            self._infusion,
            self._mode,
            log,
            clock,
            self._foresight,
        )
        self._bolus_requests = BolusRequests(
            self._guard, self._therapy, self._mode, alarms, self._reservoir, self._infusion, log, clock, self._foresight
        )
        self._refill_requests = RefillRequests(
            self._refill,
            self._reservoir,
            self._therapy,
            self._prescription,
            alarms,
            self._line_guard,
            self._ledger,
            log,
            clock,
            self._foresight,
        )
        self._alarm_requests = AlarmRequests(alarms, self._alarm_response, self._silence, self.annunciation, log, clock)
        self.service = ServiceRequests(
            self._mode,
            self._self_test_run,
            self._restart_guard,
            self.journal,
            self._clock_monitor,
            log,
            clock,
            self._board.rtc,
            self._foresight,
            self._board,
        )

    def _make_link(self):
        board = self._board
        status = Status(
            self._reset_cause,
            self._mode,
            self._alarms,
            self._therapy,
            self._prescription,
            self._stager,
            self._reservoir,
            self._foresight,
            self._runner,
            self._ledger,
            self._line_guard,
            self._supply_monitor,
            self._head,
            self._keys,
            self.log,
            self._clock,
        )
        nonces = Nonces(os.urandom, board.device_id(), self._head, self._clock)
        session = Session(self._keys, nonces.draw, self.log, self.service.role_proved)
        self._bolus_requests.connect(session)
        memory = RequestMemory()
        counts = LinkCounts()
        answers = Answers(
            status, self._settings, self._alarm_requests, self._prescription_requests, self.log, memory, counts
        )
        dispatcher = Dispatcher(
            self._mode_requests,
            self._prescription_requests,
            self._bolus_requests,
            self._refill_requests,
            self._alarm_requests,
            self.service,
            answers,
            session,
        )
        self.commands = Commands(
            board.link,
            dispatcher,
            session,
            memory,
            counts,
            self.log,
            self.journal,
            self._alarm_requests,
            status,
            board.device_id(),
        )
        self.switches = Switches(
            board.patient_button,
            board.silence_button,
            self._bolus_requests,
            self._alarm_requests,
            self.journal,
            self._alarms,
            self._clock,
        )

    def _connect(self):
        self._foresight.connect(self.journal, self._infusion)
        self._alarm_response.connect(
            self._mode, self.annunciation, self._line_guard, self._ledger, self.journal, self._head
        )
        self._mode.connect(self._infusion, self.periodic_test)
        self.log.connect(self.commands, self.annunciation)
