"""The lead-in: from power-on to time zero, so that a scenario need not say it. Wait for the boot, greet, enter therapy
and refill, start.

A scenario with a `start` step starts the pump itself. Only when it first stops a pump, it means one that
runs.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Protocol, TypeVar, cast

import msgspec

from hil.errors import BenchBroken, Blocked, LinkTimeout, Refused, Uncertain
from hil.pump.client import Client
from hil.run.person import OK, PUMP_EPOCH, Person
from hil.run.result import ExpectationResult
from hil.scenario.model import Do, Scenario, Step
from hil.targets.base import BOOT_NS, LEAD_IN_NS, Target, TargetClock, UsedTarget

_TRY_NL_PER_H = 1_000_000  # THR-03: a stroke a second
_TRY_NS = 12_000_000_000  # a rotor that was never seen to follow is tried at several phases: 10.2 s in sim
_LOOK_NS = 200_000_000
_EVERY_DAY = 0b111_1111
_WINDOW_S = 86_400
_START_NS = 250_000_000  # from the request to start to time zero, when the pump runs: LNK-02 and a little
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
    `LEAD_IN_NS`; Blocked when a pump that was used before keeps an alarm that stops it.
    """
    wait_for_boot(target.clock)
    _greet(target, client, ask)
    if client.other_version:
        raise BenchBroken(f"{client.other_version}: pumpbench flash PORT")
    ask(greeted)
    if not target.is_fresh:
        ask(lambda: _clear_away(scenario, cast(UsedTarget, target), client))
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


def _clear_away(scenario: Scenario, target: UsedTarget, client: Client) -> None:
    """What earlier runs left: a therapy that runs, an open upload, limits, FAULT, alarms. The clock shows the
    scenario's start clock at time zero. Blocked when an alarm is left that does not let the pump deliver.
    """
    requests = [client.stop, client.programme_discard]
    if client.status().mode == "FAULT":
        requests.append(client.self_test)
    for request in requests:
        with suppress(Refused):  # there is nothing of the kind
            request()
    _acknowledge(client)
    if not _may_deliver(client):
        target.begin_again()
        _try_rotor(target, client)
    if not _may_deliver(client):
        left = ", ".join(alarm.name for alarm in client.alarms())
        raise Blocked(
            f"the pump is in {client.status().mode} with alarms of before this run that do not clear: {left}; mend"
            " their cause, then pumpbench ctl acknowledge"
        )
    for request in (lambda: _prescribe(client, 0), lambda: client.set_clock(_clock_s(scenario, target))):
        with suppress(Refused):  # what the scenario asks for says why
            request()


def _acknowledge(client: Client) -> None:
    for alarm in client.alarms():
        with suppress(Refused):  # its cause is still there
            client.acknowledge(alarm.name)


def _may_deliver(client: Client) -> bool:
    status = client.status()
    return status.mode != "FAULT" and status.action in ("CONTINUE", "HOLD_MIN_RATE")


def _try_rotor(target: Target, client: Client) -> None:
    """A stall of an earlier run ends with a stroke that moves, and with nothing else: a start is one. It is made with a
    programme of the highest rate, because the first stroke of a low one would take minutes.
    """
    with suppress(Refused):
        _prescribe(client, _TRY_NL_PER_H)
        _fill(client)
        client.start()
        end_ns = target.clock.now_ns + _TRY_NS
        while not _may_deliver(client) and target.clock.now_ns < end_ns:
            target.clock.run_until(target.clock.now_ns + _LOOK_NS)
            _acknowledge(client)
    with suppress(Refused):  # it did not start
        client.stop()
    _acknowledge(client)


def _prescribe(client: Client, rate_nl_per_h: int) -> None:
    """This rate all week, without limits and without a patient bolus: what a scenario does not say is not left over."""
    client.programme_begin()
    client.stage_drug("", 1)
    client.stage_day(_EVERY_DAY, [(0, rate_nl_per_h)])
    client.stage_patient_bolus(0, 60, 0, 1)
    client.stage_dose_limit(0, _WINDOW_S)
    client.programme_commit()


def _fill(client: Client) -> None:
    """A new drug wants a refill before a start."""
    client.refill_begin()
    client.refill_withdrawn(client.status().reservoir_nl)
    client.refill_filled(client.config()["reservoir_capacity_nl"])
    client.refill_confirm()


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
