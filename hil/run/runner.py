"""Runs one scenario on one target and ends in a verdict.

The runner advances the target in big slices, from one thing to do to the next, and looks at the truth
afterwards: looking must not change what happens. Time zero of the scenario is when the therapy is started;
what the pump needs before (boot, entering the therapy) happens in a lead-in before zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from hil.errors import BenchBroken, LinkTimeout, Refused, ScenarioError, Uncertain
from hil.pump.client import Client
from hil.run.judging import FaultSeen, StepSeen, assemble
from hil.run.lead_in import lead_in
from hil.run.listener import Listener
from hil.run.oracle import Act, Oracle
from hil.run.person import Person
from hil.run.record import AnswerSeen, Record
from hil.run.result import ExpectationResult, RunResult
from hil.run.schedule import ASK, LOOK, Schedule
from hil.run.throttle import Throttle
from hil.scenario.model import Clear, Do, Inject, Scenario, Step
from hil.scenario.verbs import WITHOUT_ANSWER
from hil.targets.base import BOOT_NS, Target

TICKS = 200  # statuses and rows of the truth that a run has at least
_CLOSE_LOOK = 20  # as many inside the span of an expectation about the status
_HELLO_EVERY_NS = 500_000_000
_HELLO_TRIES = 20

_T = TypeVar("_T")


class Options(msgspec.Struct):
    """How to run. `progress(now_ns, end_ns)` is called as the scenario advances and may raise to end it.

    `speed` is simulated seconds per wall second, None as fast as it goes.
    """

    speed: float | None = None
    progress: Callable[[int, int], None] = lambda now_ns, end_ns: None
    reproduce: str = ""


class Runner:
    """One scenario on one target that has been entered; `run` is called once."""

    def __init__(self, scenario: Scenario, target: Target, options: Options) -> None:
        self.scenario = scenario
        self.target = target
        self.options = options
        self.record = Record(end_ns=scenario.duration_ns)
        self.oracle = Oracle(scenario.start_clock)
        self.faults: list[FaultSeen] = []
        self.steps = [StepSeen(step) for step in scenario.steps]
        self.setup: ExpectationResult | None = None
        self.reproduce = options.reproduce
        self._clock = target.clock
        self._listener = Listener(self._clock, self.record, self._patient_bolus_began)
        self._client = Client(target.serial, self._clock, on_event=self._listener.take)
        self._person = Person(self._client, target, self.oracle, scenario.therapy, scenario.start_clock)
        self._schedule = Schedule()
        self._fired: list[Callable[[], None]] = []
        self._is_asking = False
        self._is_connected = True
        self._is_powered = True
        self._hello_tries = 0

    def run(self) -> RunResult:
        """The whole scenario. Raises `BenchBroken` when nothing can be said about the pump."""
        started_s = time.monotonic()
        self.target.on_receive(self._received)
        self._lead_in()
        if self.target.power is not None:
            self.target.power.on_boot(self._booted)
            self.target.power.on_loss(self._lost_power)
        self._plan()
        throttle = Throttle(self._clock, self.options.speed, self._between_slices)
        self._follow(throttle, self.scenario.duration_ns)
        self._finish()
        return assemble(self, time.monotonic() - started_s)

    # Before time zero

    def _lead_in(self) -> None:
        self.setup = lead_in(
            self.scenario, self.target, self._client, self._person, ask=self._ask, greeted=self._take_status
        )
        if self.target.bench is not None:
            self.target.bench.sample()

    # Plan and course

    def _plan(self) -> None:
        end_ns = self.scenario.duration_ns
        for tick in range(1, TICKS + 1):
            self._look_at(end_ns * tick // TICKS)
        for expectation in self.scenario.expectations:
            for t_ns in {expectation.start_ns, expectation.end_ns}:
                self._look_at(t_ns)
            span_ns = expectation.end_ns - expectation.start_ns
            if span_ns * TICKS < end_ns * _CLOSE_LOOK:
                for look in range(1, _CLOSE_LOOK):
                    self._look_at(expectation.start_ns + span_ns * look // _CLOSE_LOOK)
        for seen in self.steps:
            step = seen.step
            if step.when is None:
                self._schedule.add(step.at_ns or 0, self._starter(seen))
            elif step.when.kind in ("alarm", "mode"):
                self._listener.watch(step.when, self._trigger(seen))
            elif self.target.bench is not None:
                self.target.bench.watch(step.when, self._trigger(seen))

    def _look_at(self, t_ns: int) -> None:
        """One more row of the truth and one more status."""
        if self.target.bench is not None:
            self._schedule.add(t_ns, self.target.bench.sample, LOOK)
        self._schedule.add(t_ns, self._ask_status, ASK)

    def _follow(self, throttle: Throttle, end_ns: int) -> None:
        while True:
            fired, self._fired = self._fired, []
            for action in fired:
                action()
            next_ns = self._schedule.next_ns
            if next_ns is not None and next_ns <= min(self._clock.now_ns, end_ns):
                self._schedule.pop()()
            elif self._clock.now_ns >= end_ns:
                return
            else:
                until_ns = end_ns if next_ns is None else min(next_ns, end_ns)
                throttle.run_until(until_ns, lambda: bool(self._fired))

    def _between_slices(self) -> None:
        self.options.progress(self._clock.now_ns, self.scenario.duration_ns)

    def _soon(self, action: Callable[[], None]) -> None:
        """From inside the target: let the runner act at this moment."""
        self._fired.append(action)
        self._clock.wake()

    # Steps

    def _starter(self, seen: StepSeen) -> Callable[[], None]:
        return lambda: self._step(seen)

    def _trigger(self, seen: StepSeen) -> Callable[[], None]:
        def met() -> None:
            at_ns = self._clock.now_ns + seen.step.delay_ns
            self._soon(lambda: self._schedule.add(at_ns, self._starter(seen)))

        return met

    def _step(self, seen: StepSeen) -> None:
        step = seen.step
        seen.times += 1
        if seen.times < step.count:
            self._schedule.add(self._clock.now_ns + step.every_ns, self._starter(seen))
        if isinstance(step.action, Do):
            self._do(seen, step, step.action)
        elif isinstance(step.action, Inject):
            self._inject(step, step.action)
        else:
            self._clear(step.action)

    def _do(self, seen: StepSeen, step: Step, action: Do) -> None:
        at_ns = self._clock.now_ns
        reason = self._ask(lambda: self._person.do(action))
        if action.verb not in WITHOUT_ANSWER:
            seen.reasons.append(reason)
            self.record.answers.append(AnswerSeen(at_ns, step.index, action.verb, reason))
        if action.verb in ("connect", "disconnect"):
            self._is_connected = action.verb == "connect"
            self._hello_tries = 0
            self._listener.fall_behind()
            if self._is_connected:
                self._reconnect()

    def _inject(self, step: Step, action: Inject) -> None:
        if self.target.bench is None:
            raise BenchBroken(f"target {self.target.name} has no bench that could inject {action.fault}")
        may_fail = step.expect is not None and step.expect.is_any
        try:
            injection = self.target.bench.inject(action.fault, action.parameters)
        except ValueError as error:
            if may_fail:
                return  # it found nothing to act on
            field = f"step.{step.index}.inject"
            raise ScenarioError(self.scenario.file, step.line, field, str(error)) from None
        self.faults.append(FaultSeen(action.fault, self._clock.now_ns, injection, is_demanded=not may_fail))
        if action.duration_ns is not None:
            self._schedule.add(self._clock.now_ns + action.duration_ns, injection.clear)

    def _clear(self, action: Clear) -> None:
        for fault in self.faults:
            if fault.id == action.fault:
                fault.injection.clear()

    # Talking to the pump

    def _ask(self, question: Callable[[], _T], /) -> _T:
        """While a request waits for its answer, it reads the line itself."""
        self._is_asking = True
        try:
            return question()
        finally:
            self._is_asking = False
            self._client.poll()

    def _received(self) -> None:
        if not self._is_asking:
            self._client.poll()

    def _take_status(self) -> None:
        self._listener.take_status(self._client.status())

    def _ask_status(self) -> None:
        if not (self._is_connected and self._is_powered):
            return
        boots = self._listener.boots
        try:
            self._ask(self._take_status)
        except (LinkTimeout, Refused, Uncertain):
            return  # a pump that is silent now may be what the scenario is about
        if self._listener.boots != boots or self._listener.has_gap:
            self._ask(lambda: self._listener.catch_up(self._client))

    def _lost_power(self) -> None:
        """Whoever took it: a hand, a fault, a planned cut. What the pump owes follows from that it was gone."""
        self._is_powered = False
        self.oracle.note(Act(self._clock.now_ns, "power_off"))

    def _booted(self) -> None:
        self._is_powered = True
        self.oracle.note(Act(self._clock.now_ns, "boot"))

        def greet_soon() -> None:
            self._hello_tries = 0
            self._schedule.add(self._clock.now_ns + BOOT_NS, self._reconnect)

        self._soon(greet_soon)

    def _reconnect(self) -> None:
        """Say HELLO, again and again while the pump boots, and read what it said meanwhile."""
        if not (self._is_connected and self._is_powered):
            return
        try:
            self._ask(self._client.hello)
        except LinkTimeout:
            self._hello_tries += 1
            if self._hello_tries < _HELLO_TRIES:
                self._schedule.add(self._clock.now_ns + _HELLO_EVERY_NS, self._reconnect)
            return
        self._ask(lambda: self._listener.catch_up(self._client))

    def _patient_bolus_began(self, t_ns: int) -> None:
        bolus = self._person.patient_bolus
        if bolus is not None:
            self.oracle.note(
                Act(
                    t_ns,
                    "bolus",
                    bolus="patient",
                    volume_nl=bolus.volume_nl,
                    duration_ns=bolus.duration_s * 10**9,
                )
            )

    # After the end

    def _finish(self) -> None:
        """Last rows and the rest of the log; a link that the scenario left open is closed for that."""
        if self.target.bench is not None:
            self.target.bench.sample()
        if not self._is_powered:
            return
        if not self._is_connected:
            self.target.set_connected(True)
        try:
            if not self._is_connected:
                self._ask(self._client.hello)
            self._ask(lambda: self._listener.catch_up(self._client))
        except (LinkTimeout, Refused, Uncertain):
            self.record.heard_pump = bool(self.record.statuses)
