"""Expectations about what the pump says: alarms, modes, log entries, refusals, status."""

from __future__ import annotations

from hil.run.record import AlarmSeen, Record
from hil.run.result import ExpectationResult, judged, nothing_to_look_at
from hil.scenario import model
from hil.words import vocabulary
from hil.words.quantity import format_duration

NEVER_RAISED = "never raised"
_NEVER_HEARD = "the pump was never heard"


def alarm(expectation: model.AlarmExpectation, record: Record) -> ExpectationResult:
    if not record.heard_pump:
        return nothing_to_look_at(expectation, _NEVER_HEARD)
    raised = [seen for seen in record.alarms if seen.event == "RAISED" and _is_one_of(seen.name, expectation.names)]
    in_span = [seen for seen in raised if expectation.start_ns <= seen.t_ns <= expectation.end_ns]
    if expectation.bound is not None and not expectation.bound.holds(len(in_span)):
        return judged(expectation, False, _instead(raised, in_span, record))
    times = ", ".join(f"{seen.name} raised at {format_duration(seen.t_ns)}" for seen in in_span[:5])
    if expectation.cleared_within_ns is None or not in_span:
        return judged(expectation, True, times or "not raised")
    first = in_span[0]
    cleared_ns = _cleared_at(first, record)
    if cleared_ns is None:
        return judged(expectation, False, f"{times}, never cleared")
    holds = cleared_ns - first.t_ns <= expectation.cleared_within_ns
    return judged(expectation, holds, f"{times}, cleared {format_duration(cleared_ns - first.t_ns)} later")


def _is_one_of(name: str, words: tuple[str, ...]) -> bool:
    return any(vocabulary.alarm_matches(word, name) for word in words)


def _cleared_at(raised: AlarmSeen, record: Record) -> int | None:
    for seen in record.alarms:
        if seen.name == raised.name and seen.event == "CLEARED" and seen.t_ns >= raised.t_ns:
            return seen.t_ns
    return None


def _instead(raised: list[AlarmSeen], in_span: list[AlarmSeen], record: Record) -> str:
    if in_span:
        return f"raised {len(in_span)} times, first at {format_duration(in_span[0].t_ns)}"
    if raised:
        times = ", ".join(format_duration(seen.t_ns) for seen in raised[:5])
        return f"raised outside that time: {times}"
    others = sorted({seen.name for seen in record.alarms if seen.event == "RAISED"})
    return f"{NEVER_RAISED}; alarms of the run: {', '.join(others) or 'none'}"


def never(expectation: model.NeverExpectation, record: Record) -> ExpectationResult:
    if not record.heard_pump:
        return nothing_to_look_at(expectation, _NEVER_HEARD)
    for seen in record.alarms:
        in_span = expectation.start_ns <= seen.t_ns <= expectation.end_ns
        if seen.event == "RAISED" and in_span and _is_one_of(seen.name, expectation.names):
            return judged(expectation, False, f"{seen.name} raised at {format_duration(seen.t_ns)}")
    return judged(expectation, True, "not raised")


def mode(expectation: model.ModeExpectation, record: Record) -> ExpectationResult:
    before = record.mode_at(expectation.start_ns)
    changes = [(t_ns, name) for t_ns, name in record.modes if expectation.start_ns < t_ns <= expectation.end_ns]
    course = [(expectation.start_ns, before)] if before is not None else []
    course += changes
    if not record.heard_pump or not course:
        return nothing_to_look_at(expectation, "the pump did not say its mode")
    seen = ", ".join(f"{name} from {format_duration(t_ns)}" for t_ns, name in course[:6])
    if expectation.reached:
        return judged(expectation, any(name == expectation.mode for _, name in course), seen)
    return judged(expectation, all(name == expectation.mode for _, name in course), seen)


def log(expectation: model.LogExpectation, record: Record) -> ExpectationResult:
    if not record.heard_pump:
        return nothing_to_look_at(expectation, _NEVER_HEARD)
    named = [seen for seen in record.log if seen.name == expectation.entry]
    meant = [
        seen
        for seen in named
        if expectation.start_ns <= seen.t_ns <= expectation.end_ns
        and (expectation.a is None or seen.a == expectation.a)
        and (expectation.b is None or seen.b == expectation.b)
    ]
    shown = meant or named
    entries = ", ".join(f"{seen.name}({seen.a}, {seen.b}) at {format_duration(seen.t_ns)}" for seen in shown[:5])
    seen = f"{len(meant)} of them"
    return judged(expectation, expectation.bound.holds(len(meant)), f"{seen}: {entries}" if entries else seen)


def refused(expectation: model.RefusedExpectation, record: Record) -> ExpectationResult:
    asked = [
        answer
        for answer in record.answers
        if expectation.start_ns <= answer.t_ns <= expectation.end_ns
        and (expectation.verb is None or answer.verb == expectation.verb)
    ]
    if not asked:
        return nothing_to_look_at(
            expectation, 'no request was made over the link in that time; a press is no request: log = "BOLUS_DENIED"'
        )
    meant = [answer for answer in asked if answer.reason == expectation.reason]
    counted: dict[str, int] = {}
    for answer in asked:
        counted[answer.reason] = counted.get(answer.reason, 0) + 1
    seen = ", ".join(f"{count} {reason}" for reason, count in sorted(counted.items()))
    return judged(expectation, expectation.bound.holds(len(meant)), f"{len(asked)} requests: {seen}")


def status(expectation: model.StatusExpectation, record: Record) -> ExpectationResult:
    field = expectation.status_field
    samples = [
        sample
        for sample in record.statuses
        if expectation.start_ns <= sample.t_ns <= expectation.end_ns and field in sample.fields
    ]
    if expectation.at_ns is not None and not samples:
        # The answer to a status that was asked for at a moment comes some milliseconds later.
        later = [sample for sample in record.statuses if sample.t_ns >= expectation.at_ns and field in sample.fields]
        samples = [sample for sample in later[:1] if sample.t_ns - expectation.at_ns <= 1_000_000_000]
    if not samples:
        return nothing_to_look_at(expectation, "no status was read in that time")
    verdicts = [(sample, _status_holds(expectation, sample.fields[field])) for sample in samples]
    wanted = next((sample for sample, holds in verdicts if holds == expectation.reached), None)
    shown = wanted or samples[-1]
    seen = f"{field} {_status_word(shown.fields[field])} at {format_duration(shown.t_ns)}"
    if expectation.reached:
        return judged(expectation, wanted is not None, seen)
    return judged(expectation, wanted is None, seen)


def _status_word(value: object) -> str:
    """A value of the status in words: flags joined, the alarm that there is not as NONE."""
    if isinstance(value, list | tuple):
        return "+".join(str(word) for word in value) or "none"
    return str(value) if value != "" else "NONE"


def _status_holds(expectation: model.StatusExpectation, value: object) -> bool:
    if expectation.word is not None:
        return expectation.word in _status_word(value).split("+")
    return isinstance(value, int) and expectation.bound is not None and expectation.bound.holds(value)
