"""`pumpbench when`: from which moment on could nobody avert the harm of a run any more?

At many moments the world is let go free: nothing that the file still has planned comes, and a person arrives after a
drawn time, mends the faults that act and follows the alarm texts. The share of such futures that end in harm is P(harm)
at that moment. All futures branch from the run itself (`branches`).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import msgspec

from hil.campaign.branches import Branching, Trial
from hil.campaign.statistics import share
from hil.run.execution import run_scenario
from hil.run.record import Record
from hil.run.result import AlarmResult, RunResult
from hil.run.runner import Options
from hil.scenario.model import Clear, Do, Expectation, Inject, Scenario, Step, StepExpectation, TruthExpectation
from hil.targets.truth import TruthSeries
from hil.words.quantity import NS_PER_MINUTE, NS_PER_S

_VISIT_EVERY_NS = 10 * NS_PER_MINUTE
_VISITS = 3  # a person who is there stays a while: what a text asks for may take two turns
# What the pump's own sensors can tell apart: a count of the rotor sensor, the noise of the pressure sensor.
_ROTOR_REV = 1 / 4096
_PRESSURE_KPA = 1.0


class Moment(msgspec.Struct, frozen=True):
    """`futures` that were judged, of which `harmed` ended in harm; `low` to `high`: exact 95 % interval."""

    t_s: float
    harmed: int
    futures: int
    low: float
    high: float

    @property
    def is_lost(self) -> bool:
        return self.futures > 0 and self.harmed == self.futures


class NoReturn(msgspec.Struct):
    """Times in s since the start. None: harm was never inevitable, nothing was to be known, the pump never spoke."""

    harm: str
    has_harmed: bool
    seen: str
    inevitable_s: float | None
    knowable_s: float | None
    spoke_s: float | None
    spoke: str
    moments: list[Moment]
    alarms: list[AlarmResult]


class Search:
    """The futures of one scenario. `harm`: the expectation whose failure is the harm. `response_s`: the longest time
    until a person is there."""

    def __init__(
        self, scenario: Scenario, harm: Expectation, response_s: float, futures: int, branching: Branching
    ) -> None:
        self._scenario = msgspec.structs.replace(scenario, expectations=(harm,))
        self._response_s = response_s
        self._futures = futures
        self._branching = branching

    def run(self, count: int) -> NoReturn:
        """Over `count` moments, and as many between the last at which harm could be averted and the next."""
        result, record = run_scenario(self._scenario, self._branching.target, Options())
        end_s = self._scenario.duration_ns / NS_PER_S
        moments = self._at([end_s * number / count for number in range(count)])
        lost = first_lost(moments)
        if lost is not None and lost > 0:
            early, late = moments[lost - 1].t_s, moments[lost].t_s
            between = self._at([early + (late - early) * part / (count + 1) for part in range(1, count + 1)])
            moments = sorted((*moments, *between), key=lambda moment: moment.t_s)
            lost = first_lost(moments)
        knowable_s = self._knowable(record)
        spoken = [
            alarm
            for alarm in result.alarms
            if alarm.event == "RAISED" and alarm.priority != "NOTICE" and alarm.t_s >= (knowable_s or 0.0)
        ]
        judged = result.expectations[-1] if result.expectations else None
        return NoReturn(
            harm=self._scenario.expectations[0].text,
            has_harmed=judged is not None and judged.verdict == "fail",
            seen=judged.seen if judged is not None else result.message,
            inevitable_s=None if lost is None else moments[lost].t_s,
            knowable_s=knowable_s,
            spoke_s=spoken[0].t_s if spoken and knowable_s is not None else None,
            spoke=spoken[0].name if spoken and knowable_s is not None else "",
            moments=moments,
            alarms=[alarm for alarm in result.alarms if alarm.t_s >= 0],
        )

    def _at(self, times_s: Sequence[float]) -> list[Moment]:
        trials = [
            Trial(f"{round(t_s * 1000):012}-{number:03}", self._future(t_s, number))
            for t_s in times_s
            for number in range(self._futures)
        ]
        outcomes = iter(self._branching.run(trials))
        found = []
        for t_s in times_s:
            verdicts = [_verdict(next(outcomes).result) for _ in range(self._futures)]
            judged = [verdict for verdict in verdicts if verdict in ("pass", "fail")]
            harmed = judged.count("fail")
            interval = share(harmed, len(judged))
            found.append(Moment(t_s, harmed, len(judged), interval.low, interval.high))
        return found

    def _future(self, t_s: float, number: int) -> Scenario:
        """The run up to `t_s`, and then only a person who comes."""
        t_ns = round(t_s * NS_PER_S)
        kept = [step for step in self._scenario.steps if step.at_ns is None or step.at_ns < t_ns]
        steps = [msgspec.structs.replace(_before(step, t_ns), index=index) for index, step in enumerate(kept)]
        # The same futures at every moment: P(harm) then changes by the moment and not by the draw.
        wait_s = random.Random(f"{self._scenario.seed}/{number}").uniform(0.0, self._response_s)
        there_ns = t_ns + round(wait_s * NS_PER_S)
        if there_ns < self._scenario.duration_ns:
            for fault in dict.fromkeys(step.action.fault for step in kept if isinstance(step.action, Inject)):
                steps.append(Step(len(steps), 0, Clear(fault), at_ns=there_ns))
            follow = Do("follow_alarm_texts", {})
            steps.append(
                Step(
                    len(steps),
                    0,
                    follow,
                    at_ns=there_ns,
                    every_ns=_VISIT_EVERY_NS,
                    count=_VISITS,
                    expect=StepExpectation((), is_any=True),
                )
            )
        return msgspec.structs.replace(self._scenario, steps=tuple(steps), variant=f"free at {t_s:g} s, {number}")

    def _knowable(self, record: Record | None) -> float | None:
        """When what the pump's sensors look at first parts from what it would be without the faults."""
        steps = [step for step in self._scenario.steps if not isinstance(step.action, (Inject, Clear))]
        steps = [msgspec.structs.replace(step, index=index) for index, step in enumerate(steps)]
        twin = msgspec.structs.replace(self._scenario, steps=tuple(steps))
        _, healthy = run_scenario(twin, self._branching.target, Options())
        if record is None or healthy is None or record.truth is None or healthy.truth is None:
            return None
        return first_parting_s(record.truth, healthy.truth)


def first_lost(moments: Sequence[Moment]) -> int | None:
    """The first moment from which every future, and every later moment's too, ends in harm."""
    lost = None
    for number in range(len(moments) - 1, -1, -1):
        if not moments[number].is_lost:
            break
        lost = number
    return lost


def first_parting_s(truth: TruthSeries, twin: TruthSeries) -> float | None:
    """The first row at which rotor or pressure are not those of the twin, by more than a sensor can tell."""
    for row, t_ns in enumerate(truth.t_ns):
        rotor_rev = twin.at(twin.rotor_rev, t_ns)
        kpa = twin.at(twin.line_pressure_kpa, t_ns)
        if t_ns < 0 or rotor_rev is None or kpa is None:
            continue
        if (
            abs(truth.rotor_rev[row] - rotor_rev) > _ROTOR_REV
            or abs(truth.line_pressure_kpa[row] - kpa) > _PRESSURE_KPA
        ):
            return t_ns / NS_PER_S
    return None


def harm_of(scenario: Scenario, number: int | None) -> Expectation | None:
    """The expectation of this number, else the first about the truth."""
    if number is not None:
        return scenario.expectations[number] if 0 <= number < len(scenario.expectations) else None
    return next((asked for asked in scenario.expectations if isinstance(asked, TruthExpectation)), None)


def _before(step: Step, t_ns: int) -> Step:
    """The step without the repeats that would come at `t_ns` or later."""
    if step.at_ns is None or not step.every_ns:
        return step
    return msgspec.structs.replace(step, count=min(step.count, 1 + (t_ns - 1 - step.at_ns) // step.every_ns))


def _verdict(result: RunResult) -> Any:
    """Of the harm alone: a fault that had no time to act says nothing against a future."""
    return result.expectations[-1].verdict if result.expectations and result.verdict != "infra" else result.verdict
