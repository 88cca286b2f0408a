"""The lead-in: from power-on to time zero, so that a scenario need not say it. Wait for the boot, greet, enter therapy
and refill, start.

A scenario with a `start` step starts the pump itself. Only when it first stops a pump, it means one that
runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Protocol, TypeVar

import msgspec

from hil.errors import BenchBroken, LinkTimeout, Refused, Uncertain
from hil.pump.client import Client
from hil.run.person import OK, PUMP_EPOCH, Person
from hil.run.result import ExpectationResult
from hil.scenario.model import Do, Scenario, Step
from hil.targets.base import BOOT_NS, LEAD_IN_NS, Target, TargetClock

_START_NS = 100_000_000  # from the request to start to time zero, when the pump runs
TEXT = "the therapy is entered and started at time 0"
_REFILL_VERBS = ("refill", "begin_refill")
_NEEDS_RUNNING = ("stop", "minimum_rate", "clinician_bolus")

_T = TypeVar("_T")


class Ask(Protocol):
    """Carries out one request to the pump."""

    def __call__(self, question: Callable[[], _T], /) -> _T: ...


def _ask_directly(question: Callable[[], _T], /) -> _T:
    return question()


def lead_in(
    scenario: Scenario,
    target: Target,
    client: Client,
    person: Person,
    ask: Ask = _ask_directly,
    greeted: Callable[[], object] = lambda: None,
) -> ExpectationResult:
    """From power-on to time zero; the result says whether the pump took its therapy.

    `ask(question)` carries every request out, for whoever has to know that one is under way; `greeted()` is called
    once when the pump has answered. Raises `BenchBroken` when the pump does not answer, or takes longer than
    `LEAD_IN_NS`.
    """
    wait_for_boot(target.clock)
    _greet(target, client, ask)
    ask(greeted)
    if not target.is_fresh:
        ask(lambda: _clear_away(scenario, target, client))
    todo = plan(scenario)
    result = ask(lambda: _enter(todo, person))
    if target.clock.now_ns > -_START_NS:
        raise BenchBroken(f"the pump took more than {LEAD_IN_NS // 10**9} s to boot and to take its therapy")
    target.clock.run_until(-_START_NS)
    if todo.starts and result.verdict == "pass":
        result = ask(lambda: _start(person))
    target.clock.run_until(0)
    return result


def wait_for_boot(clock: TargetClock) -> None:
    """Let the time pass that a pump needs from power-on until it can be spoken to."""
    clock.run_until(clock.now_ns + BOOT_NS)


def _greet(target: Target, client: Client, ask: Ask) -> None:
    """HELLO until the pump has booted, for as long as the lead-in lasts."""
    while True:
        try:
            ask(client.hello)
            return
        except LinkTimeout as silence:
            if target.clock.now_ns >= 0:
                why = target.trouble() or str(silence)
                raise BenchBroken(f"the pump does not answer after power-on: {why}") from None


def _clear_away(scenario: Scenario, target: Target, client: Client) -> None:
    """What earlier runs left: a therapy that runs, alarms. The clock shows the scenario's start clock at time zero."""
    for request in (client.stop, lambda: client.set_clock(_clock_s(scenario, target))):
        with suppress(Refused):  # it does not run
            request()
    for alarm in client.alarms():
        with suppress(Refused):  # its cause is still there: the scenario's verdict shows it
            client.acknowledge(alarm.name)


def _clock_s(scenario: Scenario, target: Target) -> int:
    now = scenario.start_clock + timedelta(microseconds=target.clock.now_ns // 1_000)
    return round((now - PUMP_EPOCH).total_seconds())


class Plan(msgspec.Struct, frozen=True):
    """What is done for the scenario."""

    uploads: bool
    fills: bool
    starts: bool


def plan(scenario: Scenario) -> Plan:
    therapy = scenario.therapy
    start = _first(scenario, lambda step, verb: verb == "start" and not _is_open(step))
    upload = _first(scenario, lambda step, verb: verb == "upload_programme")
    running = _first(
        scenario,
        lambda step, verb: verb in _NEEDS_RUNNING and not _may_be_refused(step),
    )
    refill_at_zero = any(
        isinstance(step.action, Do) and step.action.verb in _REFILL_VERBS and step.at_ns == 0 for step in scenario.steps
    )
    is_running_assumed = start is None or (running is not None and running < start)
    # A start that must be refused may be there to show that nothing has been uploaded yet.
    real_start = _first(scenario, lambda step, verb: verb == "start" and not _may_be_refused(step))
    leading = real_start or start
    is_uploaded_first = leading is not None and upload is not None and upload < leading
    uploads = therapy.basal is not None and (is_running_assumed or not is_uploaded_first)
    return Plan(
        uploads=uploads,
        fills=therapy.fill_nl is not None and not refill_at_zero,
        starts=uploads and is_running_assumed,
    )


def _may_be_refused(step: Step) -> bool:
    return _is_open(step) or (step.expect is not None and bool(step.expect.refused))


def _is_open(step: Step) -> bool:
    """Whatever the answer: such a step says nothing about the state that the scenario means."""
    return step.expect is not None and step.expect.is_any


def _first(scenario: Scenario, is_meant: Callable[[Step, str], bool]) -> tuple[int, int] | None:
    """(time, index) of the first step with such a verb; one that waits for a condition comes last."""
    end_ns = scenario.duration_ns
    found = [
        (end_ns if step.at_ns is None else step.at_ns, step.index)
        for step in scenario.steps
        if isinstance(step.action, Do) and is_meant(step, step.action.verb)
    ]
    return min(found, default=None)


def _enter(what: Plan, person: Person) -> ExpectationResult:
    """Upload, commit, fill. A soft limit is confirmed: whoever wrote the scenario meant it."""
    actions: list[tuple[str, Callable[[], str]]] = []
    if what.uploads:
        actions += [
            ("upload", lambda: person.do(Do("upload_programme", {}))),
            ("commit", lambda: _commit(person)),
        ]
    if what.fills:
        actions.append(("refill", lambda: _reason(person.fill_at_start)))
    for name, action in actions:
        reason = action()
        if reason != OK:
            return ExpectationResult(TEXT, "fail", f"{name} refused: {reason}")
    return ExpectationResult(TEXT, "pass", ", ".join(name for name, _ in actions) or "nothing to enter")


def _start(person: Person) -> ExpectationResult:
    reason = person.do(Do("start", {}))
    return ExpectationResult(TEXT, "pass" if reason == OK else "fail", f"start: {reason}")


def _commit(person: Person) -> str:
    reason = person.do(Do("commit_programme", {}))
    if reason == "SOFT_LIMIT" and person.do(Do("confirm_soft_limit", {})) == OK:
        reason = person.do(Do("commit_programme", {}))
    return reason


def _reason(request: Callable[[], None]) -> str:
    try:
        request()
    except Refused as refusal:
        return refusal.reason
    except (LinkTimeout, Uncertain):
        return "NO_ANSWER"
    return OK
