"""What people ask for: granted when it is due, refused when it must be, each with its own reason."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hil.run.record import AnswerSeen
from hil.scenario.model import Do, Drug, Therapy
from hil.swarm.judging import Found, invariant
from hil.swarm.life import FOREVER_NS, Life
from hil.swarm.spans import (
    READ_BACK_NS,
    boluses,
    has_restart,
    is_alarmed,
    is_deaf,
    prescribed,
)
from hil.swarm.spans import alarms as alarm_spans
from hil.words.quantity import NS_PER_DAY, NS_PER_S
from protocols import alarms, ids

# Of a firmware that is spoilt nothing is asked; what flash does not take is not known after a restart.
_SPOILT = ("flash.", "ram.")
_UNCERTAIN = ("NO_ANSWER", "UNCERTAIN", "SESSION_EXPIRED", "REPLAYED", "BUSY")
_INHIBITS = {row[alarms.NAME]: row[alarms.INHIBITS] for row in alarms.ALARMS}
_KINDS = {"PATIENT": ids.PATIENT_BOLUS, "CLINICIAN": ids.CLINICIAN_BOLUS, "BRIDGE": ids.BRIDGE_BOLUS}


def asked(life: Life, *verbs: str) -> Iterator[tuple[AnswerSeen, Do]]:
    """The answers to steps of these verbs, each with what was asked."""
    steps = {step.index: step.action for step in life.scenario.steps}
    for answer in life.record.answers:
        action = steps.get(answer.step)
        if isinstance(action, Do) and answer.verb in verbs:
            yield answer, action


@invariant("lockout_is_no_longer", "THR-11")
def lockout_is_no_longer(life: Life) -> Iterator[Found]:
    """A patient bolus is refused for its lock-out, or for the number in 24 h, only as long as these last; no request
    that was refused moves their end.

    Looked at without a restart and with a clock that nobody doubts: time that is not credible makes them longer.
    """
    if life.had(*_SPOILT, "clock."):
        return
    begun = boluses(life, "PATIENT")
    regimes = prescribed(life)
    for answer, _action in asked(life, "request_patient_bolus"):
        allowed = [regime for regime in regimes if regime.since_ns <= answer.t_ns][-1].patient_bolus
        if allowed is None or answer.reason not in ("LOCKOUT", "COUNT_LIMIT"):
            continue
        if has_restart(life, 0, answer.t_ns) or is_deaf(life, 0, answer.t_ns):
            continue
        before = [bolus for bolus in begun if bolus[0] < answer.t_ns]
        within = [begin for begin, _end, _nl in before if begin > answer.t_ns - NS_PER_DAY - READ_BACK_NS]
        if answer.reason == "COUNT_LIMIT" and len(within) < allowed.per_day:
            yield Found(answer.t_ns, f"refused after {len(within)} in 24 h of {allowed.per_day}", "count")
        ended_ns = before[-1][1] if before else -FOREVER_NS
        if answer.reason == "LOCKOUT" and answer.t_ns - ended_ns > allowed.lockout_s * NS_PER_S + READ_BACK_NS:
            waited_s = (answer.t_ns - ended_ns) / NS_PER_S
            yield Found(answer.t_ns, f"refused {waited_s:.0f} s after the last of {allowed.lockout_s} s", "lock-out")


@invariant("no_bolus_under_an_inhibiting_alarm", "THR-10")
def no_bolus_under_an_inhibiting_alarm(life: Life) -> Iterator[Found]:
    """No bolus begins while an active alarm inhibits boluses of its kind."""
    if life.had(*_SPOILT):
        return
    spans = alarm_spans(life)
    for kind, number in _KINDS.items():
        inhibiting = [name for name, kinds in _INHIBITS.items() if kinds >> number & 1]
        for begin_ns, _end_ns, _nl in boluses(life, kind):
            if has_restart(life, begin_ns - 30 * NS_PER_S, begin_ns) or is_deaf(life, begin_ns - NS_PER_S, begin_ns):
                continue
            if is_alarmed(
                [span for span in spans if span.begin_ns < begin_ns - READ_BACK_NS],
                begin_ns,
                begin_ns + NS_PER_S,
                *inhibiting,
            ):
                yield Found(begin_ns, f"{kind} bolus under an alarm that inhibits it", kind)


class _InForce(msgspec.Struct):
    """What a clinician has entered, as far as it is known. `is_replaced`: the drug is another, and not yet refilled."""

    drug: Drug | None
    staged: Therapy | None = None
    is_confirmed: bool = False
    is_replaced: bool = False


@invariant("limits_of_the_drug_hold", "THR-21")
def limits_of_the_drug_hold(life: Life) -> Iterator[Found]:
    """A bolus or rate outside a hard limit of the drug is refused as out of range; one outside a soft limit needs a
    confirmation each time.
    """
    if life.had(*_SPOILT):
        return
    now = _InForce(life.scenario.therapy.drug)
    for answer, action in asked(
        life, "upload_programme", "commit_programme", "abort_programme", "confirm_soft_limit", "clinician_bolus"
    ):
        if answer.reason in _UNCERTAIN or is_deaf(life, 0, answer.t_ns) or has_restart(life, 0, answer.t_ns):
            return  # what was staged is gone with a session, and what was taken is not known
        is_ok = answer.reason == "OK"
        if answer.verb == "clinician_bolus":
            yield from _judged_bolus(now, answer, action.arguments["volume"])
            now.is_confirmed = False  # at the latest: a confirmation is for what follows it
        elif answer.verb == "confirm_soft_limit":
            now.is_confirmed = is_ok
        elif answer.verb == "upload_programme":
            if not is_ok:
                return
            parts = Therapy(**action.arguments)
            now.staged = life.scenario.therapy if parts == Therapy() else parts
        elif answer.verb == "abort_programme":
            now.staged = None
        elif is_ok and now.staged is not None:
            yield from _judged_commit(now, answer)
            now.drug = now.staged.drug or now.drug
            now.staged, now.is_confirmed = None, False


def _judged_bolus(now: _InForce, answer: AnswerSeen, volume_nl: int) -> Iterator[Found]:
    hard_nl = now.drug.hard_bolus_nl if now.drug is not None else None
    soft_nl = now.drug.soft_bolus_nl if now.drug is not None else None
    if hard_nl and volume_nl > hard_nl:
        if answer.reason in ("OK", "SOFT_LIMIT"):
            yield Found(answer.t_ns, f"{volume_nl} nL above {hard_nl} nL: {answer.reason}", "hard limit")
    elif soft_nl and volume_nl > soft_nl and answer.reason == "OK" and not now.is_confirmed:
        yield Found(answer.t_ns, f"{volume_nl} nL above {soft_nl} nL without a confirmation", "soft limit")


def _judged_commit(now: _InForce, answer: AnswerSeen) -> Iterator[Found]:
    staged = now.staged
    assert staged is not None
    drug = staged.drug or now.drug
    if drug is None or staged.basal is None:
        return
    highest = max(rate for day in staged.basal.days for _minute, rate in day)
    if drug.hard_rate_nl_per_h and highest > drug.hard_rate_nl_per_h:
        yield Found(answer.t_ns, f"{highest} nL/h committed, the drug allows {drug.hard_rate_nl_per_h}", "hard rate")
    elif drug.soft_rate_nl_per_h and highest > drug.soft_rate_nl_per_h and not now.is_confirmed:
        yield Found(answer.t_ns, f"{highest} nL/h committed without a confirmation", "soft rate")


@invariant("another_drug_waits_for_a_refill", "THR-21")
def another_drug_waits_for_a_refill(life: Life) -> Iterator[Found]:
    """After a change of drug or concentration the pump stands, and accepts no start before a refill is confirmed."""
    if life.had(*_SPOILT):
        return
    refills_ns = [seen.t_ns for seen in life.record.log if seen.name == "REFILL"]
    drug = life.scenario.therapy.drug
    staged: Drug | None = None
    changed_ns: int | None = None
    for answer, action in asked(life, "upload_programme", "commit_programme", "abort_programme", "start"):
        if answer.reason in _UNCERTAIN or is_deaf(life, 0, answer.t_ns) or has_restart(life, 0, answer.t_ns):
            return
        is_ok = answer.reason == "OK"
        if answer.verb == "upload_programme":
            if not is_ok:
                return
            parts = Therapy(**action.arguments)
            staged = parts.drug if parts != Therapy() else life.scenario.therapy.drug
        elif answer.verb == "abort_programme":
            staged = None
        elif answer.verb == "commit_programme" and is_ok and staged is not None:
            if drug is not None and (staged.name, staged.concentration_ug_per_ml) != (
                drug.name,
                drug.concentration_ug_per_ml,
            ):
                changed_ns = answer.t_ns
                if life.record.mode_at(answer.t_ns + NS_PER_S) in ("RUNNING", "MIN_RATE"):
                    yield Found(answer.t_ns, "the pump goes on with another drug", "goes on")
            drug, staged = staged, None
        elif (
            answer.verb == "start"
            and is_ok
            and changed_ns is not None
            and not _is_within(refills_ns, changed_ns, answer.t_ns)
        ):
            yield Found(answer.t_ns, "started with another drug and no refill", "start")


def _is_within(times_ns: list[int], begin_ns: int, end_ns: int) -> bool:
    return any(begin_ns <= t_ns <= end_ns for t_ns in times_ns)


@invariant("one_press_is_one_request", "DET-11")
def one_press_is_one_request(life: Life) -> Iterator[Found]:
    """The patient's boluses, given and denied, are no more than the requests of people: one for each press, however the
    contacts bounce, and one for each request over the link.
    """
    if life.had(*_SPOILT):
        return
    counted = sum(
        seen.name in ("BOLUS_STARTED", "BOLUS_DENIED") and seen.text.split()[1] == "PATIENT"
        for seen in life.record.log
        if seen.t_ns > 0
    )
    people = sum(
        step.count if step.every_ns else 1
        for step in life.scenario.steps
        if isinstance(step.action, Do)
        and (
            step.action.verb == "request_patient_bolus"
            or (step.action.verb in ("press", "release") and step.action.arguments.get("button") == "patient")
        )
    )
    stuck = sum(2 for fault in life.faults if fault.id == "button.stuck")
    again = sum(fault.id.startswith(("link.", "cpu.")) for fault in life.faults) + 2 * len(life.boots_ns)
    if counted > people + stuck + again:
        yield Found(life.end_ns, f"{counted} requests of {people} made", "too many")
