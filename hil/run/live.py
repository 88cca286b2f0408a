"""A pump on a target, driven step by step from a program: what the fixtures of the pytest plugin hand out.

Times and quantities are the text of scenarios: `pump.run_for("40 min")`, `bench.inject("motor.stall",
duration="10 min")`. Whoever writes a scenario file needs none of this.
"""

from __future__ import annotations

from typing import Any

from hil.errors import BenchBroken
from hil.pump.client import Client
from hil.pump.readings import Event, Status
from hil.run.lead_in import lead_in
from hil.run.oracle import Oracle
from hil.run.person import Person
from hil.scenario.model import Do, Scenario
from hil.scenario.steps import StepReader
from hil.scenario.table import Source
from hil.targets.base import Injection, Target, TargetBench
from hil.targets.truth import TruthSeries
from hil.words.fault_arguments import read_fault
from hil.words.quantity import parse_duration_ns

_ALWAYS_NS = 1 << 62


class LivePump:
    """A pump with its therapy entered and running, at time zero of `scenario`, whose steps are not done.

    `events`: what the pump said without being asked, oldest first. Raises `BenchBroken` when the pump does
    not boot or refuses its therapy.
    """

    def __init__(self, target: Target, scenario: Scenario) -> None:
        self.target = target
        self.scenario = scenario
        self.events: list[Event] = []
        self.client = Client(target.serial, target.clock, on_event=self.events.append)
        oracle = Oracle(scenario.start_clock)
        self._person = Person(self.client, target, oracle, scenario.therapy, scenario.start_clock)
        self._reader = StepReader(Source("do", ""), _ALWAYS_NS, scenario.start_clock)
        self._begin()

    @property
    def now_s(self) -> float:
        return self.target.clock.now_s()

    def run_for(self, time: str) -> None:
        """Let so much time pass, like "40 min"."""
        self._run_until(self.target.clock.now_ns + parse_duration_ns(time))

    def run_until(self, time: str) -> None:
        """Let time pass until so long after the start, like "1 d 02:00"."""
        self._run_until(parse_duration_ns(time))

    def do(self, verb: str, **arguments: Any) -> str:
        """What a person does, as in a step of a scenario. "OK", or the reason of the refusal."""
        step = self._reader.read(0, {"at": "0 s", "do": verb, **arguments})
        assert isinstance(step.action, Do), "the reader gives what `do` names"
        return self._person.do(step.action)

    def status(self) -> Status:
        return self.client.status()

    def alarms(self) -> list[str]:
        """Names of the alarms that are active, the most urgent first."""
        return [alarm.name for alarm in self.client.alarms()]

    def _run_until(self, t_ns: int) -> None:
        self.target.clock.run_until(t_ns)
        self.client.poll()

    def _begin(self) -> None:
        done = lead_in(self.scenario, self.target, self.client, self._person)
        if done.verdict != "pass":
            raise BenchBroken(f"the pump does not take its therapy: {done.seen}")
        self.client.poll()


class LiveBench:
    """Faults and hands."""

    def __init__(self, bench: TargetBench) -> None:
        self._bench = bench

    def inject(self, fault: str, **parameters: str) -> Injection:
        """Begin a fault now, with its parameters as text. ScenarioError for what cannot be."""
        known, values, duration_ns = read_fault(fault, parameters)
        if duration_ns is not None:
            raise ValueError(f"{fault} takes no duration: call clear() of what inject returns")
        return self._bench.inject(known, values)

    def press(self, button: str, hold: str | None = None) -> None:
        """`patient` or `silence`; with `hold` it lets go by itself."""
        self._bench.press(button, None if hold is None else parse_duration_ns(hold))

    def release(self, button: str) -> None:
        self._bench.release(button)


class LivePlant:
    """What truly is, now; volumes since the start of the bench, in nL."""

    def __init__(self, bench: TargetBench) -> None:
        self._bench = bench

    @property
    def delivered_nl(self) -> float:
        return self._now("delivered_nl")

    @property
    def in_csf_nl(self) -> float:
        return self._now("in_csf_nl")

    @property
    def reservoir_nl(self) -> float:
        return self._now("reservoir_nl")

    @property
    def line_pressure_kpa(self) -> float:
        return self._now("line_pressure_kpa")

    @property
    def rotor_rev(self) -> float:
        return self._now("rotor_rev")

    @property
    def trapped_nl(self) -> float:
        return self._now("trapped_nl")

    def truth(self) -> TruthSeries:
        """Every burst and every look so far."""
        self._bench.sample()
        return self._bench.truth()

    def _now(self, column: str) -> float:
        return float(getattr(self.truth(), column)[-1])
