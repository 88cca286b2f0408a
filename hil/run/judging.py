"""Makes the result of a run from its record: judges expectations, checks that faults took effect, collects curves."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol

import msgspec

from hil.run import why
from hil.run.expect import evaluate
from hil.run.expect.reports import NEVER_RAISED
from hil.run.oracle import Oracle, Plan
from hil.run.person import OK
from hil.run.record import Record
from hil.run.result import AlarmResult, ExpectationResult, FaultResult, PatientResult, RunResult, Series, Span, Verdict
from hil.run.versions import versions
from hil.scenario.model import AlarmExpectation, Do, Expectation, RefusedExpectation, Scenario, Step
from hil.scenario.verbs import MAY_BE_REFUSED
from hil.targets.base import Injection, Target
from hil.targets.truth import TruthSeries
from hil.words import vocabulary
from hil.words.quantity import NS_PER_S, format_duration

_PLOT_POINTS = 4_000
_LOG_LINES = 2_000
_NO_EFFECT = "never took effect: the run shows nothing about it"


class FaultSeen(msgspec.Struct):
    """One injection of a fault."""

    id: str
    at_ns: int
    injection: Injection
    is_demanded: bool = True  # that it takes effect


class StepSeen(msgspec.Struct):
    """What became of one step: how often it came, and the answers of the pump."""

    step: Step
    times: int = 0
    reasons: list[str] = []


class Run(Protocol):
    """What the runner leaves behind."""

    scenario: Scenario
    target: Target
    record: Record
    oracle: Oracle
    faults: list[FaultSeen]
    steps: list[StepSeen]
    setup: ExpectationResult | None
    reproduce: str
    is_lean: bool


def assemble(run: Run, wall_s: float) -> RunResult:
    scenario, record, target = run.scenario, run.record, run.target
    record.plan = run.oracle.plan(record.end_ns)
    record.alarms.sort(key=lambda seen: seen.t_ns)
    record.modes = _modes(record)
    record.log.sort(key=lambda seen: seen.seq)
    record.waves = target.waves()
    if target.bench is not None:
        record.truth = target.bench.truth()
        record.buzzer = target.bench.buzzer()
        record.patient = target.bench.patient()
    result = RunResult(
        scenario=shown_name(scenario),
        file=scenario.file,
        target=target.name,
        seed=scenario.seed,
        verdict="pass",
        requirements=list(scenario.requirements),
        simulated_s=record.end_ns / NS_PER_S,
        wall_s=wall_s,
        expectations=_expectations(run),
        faults=[FaultResult(seen.id, seen.at_ns / NS_PER_S, seen.injection.took_effect) for seen in run.faults],
        alarms=[_alarm(seen.name, seen.event, seen.t_ns) for seen in record.alarms],
        event_log_sha256=target.event_log_sha256(),
        versions={**versions(), **target.versions()},
        measured_by=target.measured_by,
        late_ms=round(record.late_ns / 1e6, 3),
        alarm_spans=alarm_spans(record),
        fault_spans=[_fault_span(seen, record.end_ns) for seen in run.faults],
        log=[] if run.is_lean else _log(record, target),
        why=scenario.why,
        reproduce=run.reproduce,
        variant=scenario.variant,
    )
    _volumes(result, record)
    result.patient = _patient(scenario, record)
    if not run.is_lean:
        result.series = _series(record)
    result.verdict, result.message = _verdict(result, run.faults)
    if result.verdict == "invalid" and result.message.endswith(_NO_EFFECT):
        seen = next(seen for seen in run.faults if seen.is_demanded and not seen.injection.took_effect)
        hint = why.of_fault(seen.at_ns, scenario.steps, record)
        result.message += f"; {hint}" if hint else ""
    return result


def _modes(record: Record) -> list[tuple[int, str]]:
    """In the order of the log where two have one time: what was heard live may stand before what was read later."""
    entries = sorted((seen for seen in record.log if seen.name == "MODE"), key=lambda seen: (seen.t_ns, seen.seq))
    logged = [(seen.t_ns, seen.text.split()[1]) for seen in entries]
    first_ns = logged[0][0] if logged else None
    return [mode for mode in record.modes if first_ns is None or mode[0] < first_ns] + logged


def _expectations(run: Run) -> list[ExpectationResult]:
    results: list[ExpectationResult] = []
    if run.setup is not None and run.setup.verdict != "pass":
        results.append(run.setup)
    trouble = run.target.trouble()
    if trouble is not None:
        results.append(ExpectationResult("the firmware does not end by an error", "fail", trouble))
    for seen in run.steps:
        found = _step_result(seen, run)
        if found is not None:
            results.append(found)
    results += [_judged(expectation, run) for expectation in run.scenario.expectations]
    return results


def _judged(expectation: Expectation, run: Run) -> ExpectationResult:
    """With a hint to what was missing, where an alarm never came."""
    result = evaluate(expectation, run.record)
    if result.verdict == "fail" and isinstance(expectation, AlarmExpectation) and result.seen.startswith(NEVER_RAISED):
        span = expectation.start_ns, expectation.end_ns
        hint = why.of_alarm(expectation.names, *span, run.record, run.scenario.bench)
        if hint:
            result.seen += f"; {hint}"
    return result


def _step_result(seen: StepSeen, run: Run) -> ExpectationResult | None:
    """What a step demands of the pump's answer; a step that never came shows nothing."""
    step = seen.step
    name = f"step {step.index}"
    if step.expect is not None and step.expect.is_any:
        return None
    if seen.times == 0:
        condition = step.when.text if step.when is not None else ""
        return ExpectationResult(f"{name} is triggered by: {condition}", "invalid", "the condition never came true")
    if not isinstance(step.action, Do):
        return None
    verb = step.action.verb.replace("_", " ")
    counted = ", ".join(f"{seen.reasons.count(reason)} x {reason}" for reason in dict.fromkeys(seen.reasons))
    if step.expect is not None:
        wanted = step.expect.refused or (OK,)
        words = f"refused with {' or '.join(wanted)}" if step.expect.refused else "accepted"
        text = f"{name}: {verb} is {words}"
        if not seen.reasons:
            return ExpectationResult(text, "invalid", "this step gets no answer from the pump")
        holds = all(reason in wanted for reason in seen.reasons)
        return ExpectationResult(text, "pass" if holds else "fail", counted)
    refusals = [reason for reason in seen.reasons if reason != OK]
    if step.action.verb in MAY_BE_REFUSED or all(_is_expected(step.action.verb, reason, run) for reason in refusals):
        return None
    return ExpectationResult(f"{name}: {verb} is accepted", "fail", counted)


def _is_expected(verb: str, reason: str, run: Run) -> bool:
    return any(
        isinstance(expectation, RefusedExpectation)
        and expectation.reason == reason
        and expectation.verb in (None, verb)
        for expectation in run.scenario.expectations
    )


def _verdict(result: RunResult, faults: Sequence[FaultSeen]) -> tuple[Verdict, str]:
    for fault, seen in zip(result.faults, faults, strict=True):
        if seen.is_demanded and not fault.took_effect:
            at = format_duration(round(fault.at_s * NS_PER_S))
            return "invalid", f"{fault.id} at {at} {_NO_EFFECT}"
    if not result.expectations:
        return "invalid", "the scenario expects nothing"
    for verdict in ("invalid", "fail"):
        for expectation in result.expectations:
            if expectation.verdict == verdict:
                return verdict, f"{expectation.text}: {expectation.seen}"
    return "pass", ""


def _alarm(name: str, event: str, t_ns: int) -> AlarmResult:
    return AlarmResult(name, vocabulary.PRIORITIES.get(name, "?"), event, t_ns / NS_PER_S)


def alarm_spans(record: Record) -> list[Span]:
    """Each alarm from its raising to its clearing; a notice is over at once."""
    spans: list[Span] = []
    open_spans: dict[str, Span] = {}
    for seen in record.alarms:
        t_s = seen.t_ns / NS_PER_S
        if seen.event == "RAISED" and seen.name not in open_spans:
            is_notice = vocabulary.PRIORITIES.get(seen.name) == "NOTICE"
            span = Span(seen.name, t_s, t_s if is_notice else None)
            spans.append(span)
            if not is_notice:
                open_spans[seen.name] = span
        elif seen.event in ("CLEARED", "RELEASED") and seen.name in open_spans:
            open_spans.pop(seen.name).t1_s = t_s
    return spans


def _fault_span(seen: FaultSeen, end_ns: int) -> Span:
    cleared_ns = seen.injection.cleared_at_ns
    ends = cleared_ns is not None and cleared_ns <= end_ns
    return Span(seen.id, seen.at_ns / NS_PER_S, cleared_ns / NS_PER_S if ends and cleared_ns is not None else None)


def _log(record: Record, target: Target) -> list[str]:
    lines = [f"{format_duration(seen.t_ns):>16}  #{seen.seq} {seen.text}" for seen in record.log]
    return lines[-_LOG_LINES:] + target.log()[-_LOG_LINES:]


def _volumes(result: RunResult, record: Record) -> None:
    plan = record.plan
    result.programmed_nl = round(plan.volume_between(0, record.end_ns)) if plan is not None else 0
    if record.truth is not None:
        result.delivered_nl = round(record.truth.grown(record.truth.delivered_nl, 0, record.end_ns))
    inside = [seen for seen in record.statuses if seen.t_ns >= 0]
    if inside:
        first, last = inside[0].fields, inside[-1].fields
        result.computed_nl = last["delivered_nl"] - first["delivered_nl"]
        result.strokes = last["strokes"] - first["strokes"]


def _patient(scenario: Scenario, record: Record) -> PatientResult | None:
    if record.patient is None or record.truth is None or record.plan is None:
        return None
    reached_nl = record.truth.grown(record.truth.in_csf_nl, 0, record.end_ns)
    missed_nl = max(0.0, float(record.plan.volume_until(record.end_ns)) - reached_nl)
    drug = scenario.therapy.drug
    return PatientResult(
        hours_below=record.patient["hours_below"],
        hours_above=record.patient["hours_above"],
        missed_nl=missed_nl,
        missed_ug=None if drug is None else missed_nl * 1e-6 * drug.concentration_ug_per_ml,
    )


def _series(record: Record) -> dict[str, Series]:
    curves: dict[str, Series] = {}
    if record.plan is not None:
        curves["programmed_nl"], curves["programmed_rate_nl_per_h"] = _programmed(record.plan, record.end_ns)
    if record.truth is not None:
        truth = record.truth
        for name in ("delivered_nl", "in_csf_nl", "reservoir_nl", "rotor_rev"):
            if len(column := getattr(truth, name)):
                curves[name] = _thinned(truth, column, record.end_ns)
        if len(truth.line_pressure_kpa):
            curves["line_pressure_kpa"] = pressure_curve(truth, record.end_ns)
    samples = [seen for seen in record.statuses if 0 <= seen.t_ns <= record.end_ns + NS_PER_S]
    times = [seen.t_ns / NS_PER_S for seen in samples]
    if samples:
        first = samples[0].fields["delivered_nl"]
        curves["computed_nl"] = Series(times, [float(seen.fields["delivered_nl"] - first) for seen in samples])
        curves["rate_nl_per_h"] = Series(times, [float(seen.fields["rate_nl_per_h"]) for seen in samples])
    return curves


def _programmed(plan: Plan, end_ns: int) -> tuple[Series, Series]:
    """The ideal volume at each change of the rate, and the ideal rate as steps."""
    times = [int(start) for start in plan.starts_ns if 0 <= start <= end_ns] + [end_ns]
    volumes = [float(plan.volume_until(t_ns)) for t_ns in times]
    edge_s: list[float] = []
    rates: list[float] = []
    for begin_ns, finish_ns in zip(times, times[1:], strict=False):
        edge_s += [begin_ns / NS_PER_S, finish_ns / NS_PER_S]
        rates += [float(plan.rate_at(begin_ns))] * 2
    return Series([t_ns / NS_PER_S for t_ns in times], volumes), Series(edge_s, rates)


def _thinned(truth: TruthSeries, column: Sequence[float], end_ns: int) -> Series:
    """At most some thousand points, the last of each group of rows."""
    times: list[float] = []
    values: list[float] = []
    for _, stop in _groups(truth, end_ns, _PLOT_POINTS):
        times.append(truth.t_ns[stop - 1] / NS_PER_S)
        values.append(float(column[stop - 1]))
    return Series(times, values)


def pressure_curve(truth: TruthSeries, end_ns: int) -> Series:
    """From before a stroke to its peak, each at its time: the lowest and the highest of each group of rows."""
    before, peaks = truth.before_kpa or truth.line_pressure_kpa, truth.line_pressure_kpa
    times: list[float] = []
    values: list[float] = []
    for start, stop in _groups(truth, end_ns, _PLOT_POINTS // 2):
        low = min(range(start, stop), key=before.__getitem__)
        high = max(range(start, stop), key=peaks.__getitem__)
        pair = [(truth.t_ns[low], before[low]), (truth.t_ns[high], peaks[high])]
        for t_ns, kpa in pair if low <= high else reversed(pair):
            times.append(t_ns / NS_PER_S)
            values.append(float(kpa))
    return Series(times, values)


def _groups(truth: TruthSeries, end_ns: int, most: int) -> list[tuple[int, int]]:
    """(first row, row after the last) of at most so many equal groups of the rows until `end_ns`."""
    count = bisect_right(truth.t_ns, end_ns)
    stride = max(1, -(-count // most))
    return [(start, min(start + stride, count)) for start in range(0, count, stride)]


def result_without_run(scenario: Scenario, target: str, verdict: Verdict, message: str, reproduce: str) -> RunResult:
    """The result of a run that could not come to its end."""
    return RunResult(
        scenario=shown_name(scenario),
        file=scenario.file,
        target=target,
        seed=scenario.seed,
        verdict=verdict,
        requirements=list(scenario.requirements),
        expectations=[ExpectationResult("the run completes", verdict, message)],
        versions=versions(),
        why=scenario.why,
        reproduce=reproduce,
        variant=scenario.variant,
        message=message,
    )


def shown_name(scenario: Scenario) -> str:
    return scenario.name + (f" [{scenario.variant}]" if scenario.variant else "")
