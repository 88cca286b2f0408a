"""The reservoir: its levels are told, and a refill that does not agree with it."""

from __future__ import annotations

from collections.abc import Iterator

from hil.swarm.invariants.requests import asked
from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import alarms, has_restart, is_alarmed, is_deaf
from hil.words.quantity import NS_PER_MINUTE, NS_PER_S

_SPOILT = ("flash.", "ram.")
_LOW_NL, _EMPTY_NL = 2_000_000, 500_000  # RES-03, RES-04: defaults
# RES-06, for either reservoir and with what is delivered between a status and the entry.
_SURE_NL, _SURE_SHARE = 2_300_000, 0.16
_SOON_NS = 5 * NS_PER_S


@invariant("low_and_empty_are_told", "RES-03")
def low_and_empty_are_told(life: Life) -> Iterator[Found]:
    """A pump that runs and computes less than the low level has its alarm, and at the empty level it stops (RES-04)."""
    if life.had(*_SPOILT):
        return
    spans = alarms(life)
    for before, seen in zip(life.record.statuses, life.record.statuses[1:], strict=False):
        if before.t_ns < 0 or seen.t_ns - before.t_ns < _SOON_NS:
            continue
        if has_restart(life, before.t_ns, seen.t_ns) or is_deaf(life, before.t_ns, seen.t_ns):
            continue
        if any(fields["mode"] != "RUNNING" for fields in (before.fields, seen.fields)):
            continue
        level_nl = max(before.fields["reservoir_nl"], seen.fields["reservoir_nl"])
        if level_nl < _LOW_NL and not is_alarmed(spans, before.t_ns, seen.t_ns, "LOW_RESERVOIR", "EMPTY_RESERVOIR"):
            yield Found(seen.t_ns, f"{level_nl} nL left, and nothing said so", "low")
            return
        if level_nl < _EMPTY_NL - 1_000:
            yield Found(seen.t_ns, f"runs with {level_nl} nL", "empty")
            return


@invariant("a_refill_that_does_not_agree_is_told", "RES-06")
def a_refill_that_does_not_agree_is_told(life: Life) -> Iterator[Found]:
    """Where the volume withdrawn differs from the one expected by more than the allowance, REFILL_MISMATCH is raised;
    with its sign, and with what the sign suggests.
    """
    if life.had(*_SPOILT):
        return
    for seen in life.record.log:
        if seen.name == "REFILL_MISMATCH" and (seen.a > 0) != (seen.b == _MORE_LEFT):
            yield Found(seen.t_ns, f"{seen.a} nL, hint {seen.b}", "hint")
    for answer, action in asked(life, "refill", "enter_withdrawn"):
        if answer.reason != "OK" or is_deaf(life, answer.t_ns - NS_PER_MINUTE, answer.t_ns + _SOON_NS):
            continue
        withdrawn_nl = action.arguments.get("withdrawn", action.arguments.get("volume", 0))
        before = [status for status in life.record.statuses if status.t_ns <= answer.t_ns]
        if not before or "REFILL_CONFIRMED" not in before[-1].fields["flags"]:
            continue
        span_ns = answer.t_ns - before[-1].t_ns
        if has_restart(life, before[-1].t_ns, answer.t_ns) or _was_refilled(life, before[-1].t_ns, answer.t_ns):
            continue
        most_given_nl = (before[-1].fields["rate_nl_per_h"] + 2_000_000) * span_ns / (3_600 * NS_PER_S)
        differs_nl = abs(withdrawn_nl - before[-1].fields["reservoir_nl"]) - most_given_nl
        if differs_nl > _SURE_NL and not any(
            entry.name == "REFILL_MISMATCH" and abs(entry.t_ns - answer.t_ns) < _SOON_NS for entry in life.record.log
        ):
            yield Found(answer.t_ns, f"{differs_nl:.0f} nL more or less than expected", "untold")


_MORE_LEFT = 1


def _was_refilled(life: Life, begin_ns: int, end_ns: int) -> bool:
    """Between the two moments, or so close before the second that an entry of it was corrected."""
    return any(seen.name == "REFILL" and begin_ns - _SOON_NS <= seen.t_ns < end_ns - 1 for seen in life.record.log)
