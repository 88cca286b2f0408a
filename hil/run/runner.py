"""Runs one scenario on one target and ends in a verdict.

The runner advances the target in big slices, from one thing to do to the next, and looks at the truth
afterwards: looking must not change what happens. Time zero of the scenario is when the therapy is started;
what the pump needs before (boot, entering the therapy) happens in a lead-in before zero.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Set
from typing import TypeVar

import msgspec

from hil.errors import BenchBroken, LinkTimeout, Refused, ScenarioError, Uncertain
from hil.pump.client import Client
from hil.run.agenda import Item, agenda
from hil.run.judging import FaultSeen, StepSeen, assemble
from hil.run.lead_in import lead_in
from hil.run.listener import Listener
from hil.run.oracle import Act, Oracle
from hil.run.person import Person
from hil.run.record import AnswerSeen, Record
from hil.run.result import ExpectationResult, RunResult
from hil.run.schedule import LOOK, STEP, Schedule
from hil.run.throttle import Throttle
from hil.scenario.model import Clear, Do, Inject, Scenario, Step
from hil.scenario.verbs import WITHOUT_ANSWER
from hil.targets.base import BOOT_NS, Target

_NOTHING_NS = 1 << 62  # when nothing is left to do
_HELLO_EVERY_NS = 500_000_000
_HELLO_TRIES = 20

_T = TypeVar("_T")


class Options(msgspec.Struct):
    """How to run. `progress(now_ns, end_ns)` is called as the scenario advances and may raise to end it.

    `speed` is simulated seconds per wall second, None as fast as it goes. `is_lean`: a result without curves and log.
    """

    speed: float | None = None
    progress: Callable[[int, int], None] = lambda now_ns, end_ns: None
    reproduce: str = ""
    is_lean: bool = False
    may_be_long: bool = False  # on a real board, where an hour is an hour
    elsewhere: tuple[str, ...] = ()  # free places that have a rig, where this board has none


class Start:
    """The beginning of a step, or of one of its repeats, as an action of the schedule."""

    def __init__(self, runner: Runner, seen: StepSeen) -> None:
        self._runner = runner
        self._seen = seen

    @property
    def index(self) -> int:
        return self._seen.step.index

    def __call__(self) -> None:
        self._runner.start_step(self._seen)


class Runner:
    """One scenario on one target that has been entered. `run` lives it, once.

    Whoever forks it lives it in pieces: `begin`, then `advance` and `adopt` in turn, then `end`.
    """

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
        self.is_lean = options.is_lean
        self._clock = target.clock
        self._listener = Listener(self._clock, self.record, self._patient_bolus_began)
        self._client = Client(target.serial, self._clock, on_event=self._listener.take)
        self._person = Person(self._client, target, self.oracle, scenario.therapy, scenario.start_clock)
        self._agenda: list[Item] = []
        self._done = 0  # items of the agenda
        self._schedule = Schedule()
        self._fired: list[Callable[[], None]] = []
        self._is_asking = False
        self._is_connected = True
        self._is_powered = True
        self._hello_tries = 0

    def run(self) -> RunResult:
        """The whole scenario. Raises `BenchBroken` when nothing can be said about the pump."""
        self.begin()
        self.plan()
        return self.end()

    def begin(self) -> None:
        """From power-on to time zero."""
        self._started_s = time.monotonic()
        self.target.on_receive(self._received)
        self._lead_in()
        if self.target.power is not None:
            self.target.power.on_boot(self._booted)
            self.target.power.on_loss(self._lost_power)

    def plan(self) -> None:
        """At time zero: what is to be done at a time, and what is to be waited for."""
        self._agenda = agenda(self.scenario)
        for seen in self.steps:
            step = seen.step
            if step.when is None:
                continue
            if step.when.kind in ("alarm", "mode"):
                self._listener.watch(step.when, self._trigger(seen))
            elif self.target.bench is not None:
                self.target.bench.watch(step.when, self._trigger(seen))
        self._throttle = Throttle(self._clock, self.options.speed, self._between_slices)

    def advance(self, until_ns: int, before: Set[int] = frozenset()) -> None:
        """Live on until `until_ns` and leave undone what is due then, or until one of the steps `before` is about to
        begin, if that is earlier.
        """
        self._follow(until_ns, until_ns - 1, before)

    @property
    def begun(self) -> frozenset[int]:
        """Steps that have begun."""
        return frozenset(seen.step.index for seen in self.steps if seen.times)

    @property
    def about_to_begin(self) -> int | None:
        """The step that comes next, now; None when something else does."""
        t_ns, action = self._next()
        return action.index if isinstance(action, Start) and t_ns <= self._clock.now_ns else None

    def adopt(self, scenario: Scenario, reproduce: str = "") -> None:
        """Go on as a run of `scenario`, which tells the same story up to now. Before `plan` that means world, lead-in
        and random numbers; after it the steps that have begun and the agenda so far as well.
        """
        self.scenario = scenario
        self.reproduce = reproduce
        self.record.end_ns = scenario.duration_ns
        for seen, step in zip(self.steps, scenario.steps, strict=False):
            seen.step = step
        del self.steps[len(scenario.steps) :]
        self.steps += [StepSeen(step) for step in scenario.steps[len(self.steps) :]]
        if self._agenda:
            self._agenda = agenda(scenario)

    def end(self) -> RunResult:
        """What is left up to the end of the scenario, and the result."""
        self._follow(self.scenario.duration_ns, self.scenario.duration_ns)
        self._finish()
        return assemble(self, time.monotonic() - self._started_s)

    # Before time zero

    def _lead_in(self) -> None:
        self.setup = lead_in(
            self.scenario, self.target, self._client, self._person, ask=self._ask, greeted=self._take_status
        )
        if self.target.bench is not None:
            self.target.bench.sample()

    # Course

    def _follow(self, until_ns: int, last_ns: int, before: Set[int] = frozenset()) -> None:
        """Let time pass to `until_ns`, and do what is due by `last_ns`."""
        while True:
            fired, self._fired = self._fired, []
            for action in fired:
                action()
            t_ns, action = self._next()
            if t_ns <= min(self._clock.now_ns, last_ns):
                if isinstance(action, Start) and action.index in before:
                    return
                self._take()
                self.record.late_ns = max(self.record.late_ns, self._clock.now_ns - t_ns)
                action()
            elif self._clock.now_ns >= until_ns:
                return
            else:
                self._throttle.run_until(min(t_ns, until_ns), lambda: bool(self._fired))

    def _next(self) -> tuple[int, Callable[[], None]]:
        """Time and action of what comes next. At one time and rank the agenda comes first: it was there first."""
        item = self._agenda[self._done] if self._done < len(self._agenda) else None
        added = self._schedule.next
        if item is not None and (added is None or (item.t_ns, item.rank) <= added[:2]):
            if item.rank == STEP:
                return item.t_ns, Start(self, self.steps[item.step])
            return item.t_ns, self._look if item.rank == LOOK else self._ask_status
        return (_NOTHING_NS, _nothing) if added is None else (added[0], added[2])

    def _take(self) -> None:
        """Remove what comes next."""
        item = self._agenda[self._done] if self._done < len(self._agenda) else None
        added = self._schedule.next
        if item is not None and (added is None or (item.t_ns, item.rank) <= added[:2]):
            self._done += 1
        else:
            self._schedule.pop()

    def _look(self) -> None:
        if self.target.bench is not None:
            self.target.bench.sample()

    def _between_slices(self) -> None:
        self.options.progress(self._clock.now_ns, self.scenario.duration_ns)

    def _soon(self, action: Callable[[], None]) -> None:
        """From inside the target: let the runner act at this moment."""
        self._fired.append(action)
        self._clock.wake()

    # Steps

    def _trigger(self, seen: StepSeen) -> Callable[[], None]:
        def met() -> None:
            at_ns = self._clock.now_ns + seen.step.delay_ns
            self._soon(lambda: self._schedule.add(at_ns, Start(self, seen)))

        return met

    def start_step(self, seen: StepSeen) -> None:
        """Carry it out, and plan its next repeat."""
        step = seen.step
        seen.times += 1
        if seen.times < step.count:
            self._schedule.add(self._clock.now_ns + step.every_ns, Start(self, seen))
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


def _nothing() -> None:
    return None
