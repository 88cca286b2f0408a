"""What was so from when to when in a life: modes, alarms, power, prescription, priming. Times in ns."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from hil.run.oracle import Plan, basal_rate
from hil.scenario.model import Do, DoseLimit, PatientBolus, Programme, Therapy
from hil.swarm.life import FOREVER_NS, Life
from hil.words import vocabulary
from hil.words.quantity import NS_PER_H, NS_PER_S

# The time of an entry that was read back from the log is known to a second, and to some seconds over a restart.
_HEARD_AGAIN_NS = 10 * NS_PER_S
_STORED_NS = 3 * NS_PER_S
READ_BACK_NS = 3 * NS_PER_S
_MONDAY = datetime(2018, 1, 1)
REFERENCE_NL_PER_REV = 60_000.0
STROKE_NL = 300.0

Span = tuple[int, int]


def modes(life: Life) -> Iterator[tuple[str, int, int]]:
    """(mode, begin, end) as the pump said."""
    rows = [*life.record.modes, (life.end_ns, "")]
    for (begin_ns, mode), (end_ns, _next) in zip(rows, rows[1:], strict=False):
        if end_ns > begin_ns:
            yield mode, begin_ns, min(end_ns, life.end_ns)


class AlarmSpan(msgspec.Struct, frozen=True):
    """From its raising to its clearing; `released_ns`: since then it does nothing to delivery."""

    name: str
    begin_ns: int
    end_ns: int
    released_ns: int


def alarms(life: Life) -> list[AlarmSpan]:
    """Notices left out, which never become active.

    What was said in the last seconds before the supply went, or while flash did not take it, may not have been stored:
    such an alarm is taken to have ended with the next start.
    """
    found: list[AlarmSpan] = []
    open_: dict[str, AlarmSpan] = {}
    losses_ns = sorted(t_ns for t_ns in {*life.losses_ns, *life.boots_ns} if t_ns < life.end_ns)
    for seen in life.record.alarms:
        while losses_ns and losses_ns[0] <= seen.t_ns:
            loss_ns = losses_ns.pop(0)
            for name in [name for name, span in open_.items() if _is_unstored(life, span.begin_ns, loss_ns)]:
                found.append(msgspec.structs.replace(open_.pop(name), end_ns=loss_ns))
        if vocabulary.PRIORITIES.get(seen.name) == "NOTICE":
            continue
        known = open_.get(seen.name)
        if seen.event == "RAISED":
            if known is not None:
                found.append(msgspec.structs.replace(known, end_ns=seen.t_ns))
            open_[seen.name] = AlarmSpan(seen.name, seen.t_ns, FOREVER_NS, FOREVER_NS)
        elif known is not None and seen.event == "RELEASED":
            open_[seen.name] = msgspec.structs.replace(known, released_ns=seen.t_ns)
        elif known is not None and seen.event == "CLEARED":
            found.append(msgspec.structs.replace(open_.pop(seen.name), end_ns=seen.t_ns))
    for restart_ns in losses_ns:
        for name in [name for name, span in open_.items() if _is_unstored(life, span.begin_ns, restart_ns)]:
            found.append(msgspec.structs.replace(open_.pop(name), end_ns=restart_ns))
    return sorted([*found, *open_.values()], key=lambda span: span.begin_ns)


def unsure_since_ns(life: Life) -> int:
    """The first restart of which it is not known whether it kept an alarm that had just been raised."""
    restarts_ns = sorted({*life.boots_ns, *life.losses_ns})
    raised_ns = [
        seen.t_ns
        for seen in life.record.alarms
        if seen.event == "RAISED" and vocabulary.PRIORITIES.get(seen.name) != "NOTICE"
    ]
    return min(
        (t_ns for t_ns in restarts_ns if any(0 <= t_ns - raised < _STORED_NS for raised in raised_ns)),
        default=FOREVER_NS,
    )


def _is_unstored(life: Life, begin_ns: int, restart_ns: int) -> bool:
    if begin_ns >= restart_ns:
        return False
    return restart_ns - begin_ns < _STORED_NS or bool(
        life.faults_in(begin_ns - NS_PER_S, begin_ns + NS_PER_S, "flash.")
    )


def is_alarmed(spans: Iterable[AlarmSpan], begin_ns: int, end_ns: int, *names: str) -> bool:
    return any(
        span.begin_ns < end_ns and span.end_ns > begin_ns and (not names or span.name in names) for span in spans
    )


def deaf(life: Life) -> list[Span]:
    """Where the host may not have heard what the pump said when it said it: the link was disturbed or out."""
    found = [(fault.begin_ns, fault.end_ns + _HEARD_AGAIN_NS) for fault in life.faults if fault.id.startswith("link.")]
    out_since_ns: int | None = None
    for step in life.scenario.steps:
        verb = step.action.verb if isinstance(step.action, Do) else ""
        if verb == "disconnect" and out_since_ns is None and step.at_ns is not None:
            out_since_ns = step.at_ns
        elif verb == "connect" and out_since_ns is not None and step.at_ns is not None:
            found.append((out_since_ns, step.at_ns + _HEARD_AGAIN_NS))
            out_since_ns = None
    return found


def is_deaf(life: Life, begin_ns: int, end_ns: int) -> bool:
    return any(begin < end_ns and end > begin_ns for begin, end in deaf(life))


def unpowered(life: Life) -> list[Span]:
    """From a loss of the supply to the next start of the processor."""
    spans = []
    for loss_ns in life.losses_ns:
        after = [boot_ns for boot_ns in life.boots_ns if boot_ns >= loss_ns]
        spans.append((loss_ns, min(after, default=FOREVER_NS)))
    return spans


def is_at_the_prompt(life: Life) -> bool:
    """A start with the silence button held, by a finger or by a fault, may have led to maintenance (LNK-05): the pump
    says no more, lamp and tone tell why, and only a power cycle ends it.
    """
    edges = (life.record.waves or {}).get("SILENCE_BUTTON", [])
    times_ns = [t_ns for t_ns, _level in edges]
    levels = [edges[bisect_right(times_ns, boot_ns) - 1][1] for boot_ns in life.boots_ns if edges]
    return 0 in levels


def has_restart(life: Life, begin_ns: int, end_ns: int) -> bool:
    """A start, or time without power, in the span."""
    if any(begin_ns <= t_ns <= end_ns for t_ns in (*life.boots_ns, *life.losses_ns)):
        return True
    return any(begin < end_ns and end > begin_ns for begin, end in unpowered(life))


class Turned:
    """The volume that the rotor's angle is worth, in nL: what a pump can know of what it delivers.

    `at` holds from a row to the next, as the plant's series do.
    """

    def __init__(self, life: Life) -> None:
        truth = life.record.truth
        per_rev = float(life.scenario.bench.get("volume_per_rev", REFERENCE_NL_PER_REV))
        self.t_ns = list(truth.t_ns) if truth is not None else []
        self.nl = [rev * per_rev for rev in truth.rotor_rev] if truth is not None else []

    def at(self, t_ns: int) -> float:
        index = bisect_right(self.t_ns, t_ns) - 1
        return self.nl[max(index, 0)] if self.nl else 0.0

    def between(self, begin_ns: int, end_ns: int) -> float:
        return self.at(end_ns) - self.at(begin_ns)


class Prescribed(msgspec.Struct, frozen=True):
    """What was in force from `since_ns` on."""

    since_ns: int
    dose_limit: DoseLimit | None
    patient_bolus: PatientBolus | None


def prescribed(life: Life) -> list[Prescribed]:
    """What the pump has accepted, in order. It ends where an answer was lost, or an upload was refused half-way: what a
    commit puts into force then is not known here.
    """
    therapy = life.scenario.therapy
    found = [Prescribed(-(1 << 62), therapy.dose_limit, therapy.patient_bolus)]
    staged: Therapy | None = None
    steps = {step.index: step for step in life.scenario.steps}
    for answer in life.record.answers:
        if answer.verb not in ("upload_programme", "commit_programme", "abort_programme"):
            continue
        action = steps[answer.step].action
        if answer.verb == "upload_programme" and answer.reason == "OK" and isinstance(action, Do):
            parts = Therapy(**action.arguments)
            staged = life.scenario.therapy if parts == Therapy() else parts
        elif answer.verb == "abort_programme" and answer.reason == "OK":
            staged = None
        elif answer.verb == "commit_programme" and answer.reason == "OK" and staged is not None:
            last = found[-1]
            found.append(
                Prescribed(
                    answer.t_ns, staged.dose_limit or last.dose_limit, staged.patient_bolus or last.patient_bolus
                )
            )
            staged = None
        elif answer.reason in ("NO_ANSWER", "UNCERTAIN") or answer.verb == "upload_programme":
            found.append(Prescribed(answer.t_ns, None, None))
            break
    return found


def boluses(life: Life, kind: str) -> list[tuple[int, int, int]]:
    """(begin, end, nL that the log has of it) of each; one whose end was never logged ends with the next start of the
    processor, or never.
    """
    found: list[tuple[int, int, int]] = []
    begin_ns: int | None = None
    for seen in life.record.log:
        words = seen.text.split()
        if len(words) < 2 or words[1] != kind:
            if seen.name == "BOOT" and begin_ns is not None:
                found.append((begin_ns, seen.t_ns, 0))
                begin_ns = None
            continue
        if seen.name == "BOLUS_STARTED":
            begin_ns = seen.t_ns
        elif seen.name in ("BOLUS_COMPLETED", "BOLUS_HALTED") and begin_ns is not None:
            found.append((begin_ns, seen.t_ns, seen.b))
            begin_ns = None
    if begin_ns is not None:
        found.append((begin_ns, FOREVER_NS, 0))
    return found


def lost_answers(life: Life) -> list[int]:
    """When a request that changes therapy got no answer: from then on the plan of the oracle may be wrong."""
    return [
        answer.t_ns
        for answer in life.record.answers
        if answer.reason in ("NO_ANSWER", "UNCERTAIN")
        and answer.verb not in ("acknowledge", "silence", "self_test", "request_patient_bolus")
    ]


def plan_unknown_ns(life: Life) -> int:
    """From when on the oracle's plan is no measure: an answer was lost, or a bridge began, which lasts longer by all
    that stops a pump (THR-19), and the oracle knows nothing but people's acts.
    """
    bridges = [act.at_ns for act in life.acts if act.kind == "bolus" and act.bolus == "bridge"]
    return min([*lost_answers(life), *bridges], default=FOREVER_NS)


def rates_in(plan: Plan, begin_ns: int, end_ns: int) -> list[tuple[int, float]]:
    """(from when on, nL/h) of a plan, from the beginning of the span to its end."""
    later = [
        (int(start), float(rate))
        for start, rate in zip(plan.starts_ns, plan.rates_nl_per_h, strict=True)
        if begin_ns < start < end_ns
    ]
    return [(begin_ns, float(plan.rate_at(begin_ns))), *later]


def programmed_rates(life: Life, begin_ns: int, end_ns: int) -> list[int]:
    """nL/h of the programme in force at the end of the span, all through it, whether the pump ran it or not."""
    programme: Programme | None = None
    shift_ns = 0
    for act in life.acts:
        if act.at_ns <= end_ns:
            programme = act.programme or programme
            shift_ns += act.shift_ns
    if programme is None:
        return []
    zero = int((life.scenario.start_clock - _MONDAY).total_seconds()) * NS_PER_S + shift_ns
    rates, t_ns = [], begin_ns
    while t_ns < end_ns:
        rate, next_wall_ns = basal_rate(programme, zero + t_ns)
        rates.append(rate)
        t_ns = next_wall_ns - zero
    return rates


def lowest_rate(life: Life, begin_ns: int, end_ns: int) -> float:
    """nL/h of the oracle's plan in the span, standstill left out; 0 when it stands all the time."""
    plan = life.record.plan
    rates = [rate for _t, rate in rates_in(plan, begin_ns, end_ns)] if plan is not None else []
    return min((rate for rate in rates if rate > 0), default=0.0)


def interval_ns(rate_nl_per_h: float) -> int:
    return round(STROKE_NL * NS_PER_H / rate_nl_per_h)
