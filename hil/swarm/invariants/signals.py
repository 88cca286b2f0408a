"""Lamp and buzzer are those of the alarm that governs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from hil.run.expect.outputs import bursts, pattern_of
from hil.swarm.judging import Found, invariant
from hil.swarm.life import Life
from hil.swarm.spans import READ_BACK_NS, alarms, has_restart, is_deaf, unsure_since_ns
from hil.words import vocabulary
from hil.words.quantity import NS_PER_S

_RANKS = ("NOTICE", "LOW", "MEDIUM", "HIGH")
# From one lighting of the lamp to the next (ALM-03), with 0.2 s for a write to flash between.
_PERIODS_S = {"HIGH": (1 / 2.8, 1 / 1.4 + 0.2), "MEDIUM": (1 / 0.8 - 0.2, 1 / 0.4 + 0.2)}
_MOST_SILENT_S = {"HIGH": 120.0 + 20.0, "MEDIUM": 120.0 + 35.0, "LOW": 120.0 + 610.0}
_UNSOUND = ("ram.", "cpu.")
_NEAR_NS = 2 * NS_PER_S


def governed(life: Life) -> Iterator[tuple[str, int, int]]:
    """(priority, begin, end) of the spans in which the most urgent signal is the same, "" for none.

    Left out is what lies near a restart, a hang, spoilt memory, or an entry whose time is not sure.
    """
    spans = alarms(life)
    moments = sorted({0, life.end_ns, *(t for span in spans for t in (span.begin_ns, span.end_ns, span.released_ns))})
    moments = [t_ns for t_ns in moments if 0 <= t_ns <= life.end_ns]
    unsure_ns = unsure_since_ns(life)
    for begin_ns, end_ns in zip(moments, moments[1:], strict=False):
        begin_ns, end_ns = begin_ns + READ_BACK_NS, min(end_ns, unsure_ns) - READ_BACK_NS
        if end_ns - begin_ns < _NEAR_NS or has_restart(life, begin_ns - 30 * NS_PER_S, end_ns):
            continue
        if is_deaf(life, begin_ns - 30 * NS_PER_S, end_ns):
            continue
        if life.faults_in(0, end_ns, "flash."):
            continue  # what flash does not take is in no log
        if life.faults_in(begin_ns - 30 * NS_PER_S, end_ns, *_UNSOUND) or life.had("flash.bit_flip", "ram.bit_flip"):
            continue
        active = [
            "LOW" if span.released_ns <= begin_ns else vocabulary.PRIORITIES[span.name]
            for span in spans
            if span.begin_ns <= begin_ns and span.end_ns >= end_ns
        ]
        yield max(active, key=_RANKS.index, default=""), begin_ns, end_ns


@invariant("lamp_is_that_of_the_alarm", "ALM-03")
def lamp_is_that_of_the_alarm(life: Life) -> Iterator[Found]:
    """The lamp flashes as the most urgent alarm has it, is lit steadily for a low one, and dark without."""
    edges = (life.record.waves or {}).get("ALARM_LAMP")
    if not edges:
        return
    times_ns = [t_ns for t_ns, _level in edges]
    for priority, begin_ns, end_ns in governed(life):
        inside = edges[bisect_right(times_ns, begin_ns) : bisect_right(times_ns, end_ns)]
        level = edges[max(bisect_right(times_ns, begin_ns) - 1, 0)][1]
        if priority not in _PERIODS_S:
            wanted = 1 if priority else 0
            if inside or level != wanted:
                seen = f"{len(inside)} edges from level {level} with {priority or 'no'} alarm"
                yield Found(begin_ns, seen, priority or "none")
            continue
        low_s, high_s = _PERIODS_S[priority]
        lit = [begin_ns, *(t_ns for t_ns, is_lit in inside if is_lit), end_ns]
        for before_ns, t_ns in zip(lit, lit[1:], strict=False):
            gap_s = (t_ns - before_ns) / NS_PER_S
            is_edge = before_ns != begin_ns and t_ns != end_ns
            if gap_s > high_s or (is_edge and gap_s < low_s):
                yield Found(t_ns, f"{gap_s:.2f} s between flashes with {priority} alarm", priority)
                break


@invariant("buzzer_is_that_of_the_alarm", "ALM-03")
def buzzer_is_that_of_the_alarm(life: Life) -> Iterator[Found]:
    """The buzzer sounds as the most urgent alarm has it, is never silent for longer than a silence and a pause, and
    without an alarm it makes no sound.
    """
    if life.record.buzzer is None or life.had("buzzer."):
        return
    heard = [(burst[0][0], sum(burst[-1]), pattern_of(burst)) for burst in bursts(life.record.buzzer)]
    for priority, begin_ns, end_ns in governed(life):
        inside = [row for row in heard if begin_ns < row[0] and row[1] < end_ns]
        if not priority:
            if inside and not _is_excused(life, inside[0][0], inside[0][1]):
                yield Found(inside[0][0], "sound without an alarm", "none")
            continue
        wrong = [row for row in inside if row[2] != priority and not _is_excused(life, row[0], row[1])]
        if wrong:
            yield Found(wrong[0][0], f"{wrong[0][2] or 'another sound'} with {priority} alarm", priority)
        moments = [begin_ns, *(row[0] for row in inside), end_ns]
        longest_s = max((b - a for a, b in zip(moments, moments[1:], strict=False)), default=0) / NS_PER_S
        if longest_s > _MOST_SILENT_S[priority]:
            yield Found(end_ns, f"silent for {longest_s:.0f} s with {priority} alarm", f"{priority} silent")


def _is_excused(life: Life, begin_ns: int, end_ns: int) -> bool:
    """A self-test sounds the buzzer, and a silence may cut a burst short."""
    is_test = any(
        abs(answer.t_ns - begin_ns) < 5 * NS_PER_S
        for answer in life.record.answers
        if answer.verb in ("self_test", "follow_alarm_texts")
    )
    return is_test or any(
        begin_ns <= seen.t_ns <= end_ns + NS_PER_S for seen in life.record.alarms if seen.event == "SILENCED"
    )
