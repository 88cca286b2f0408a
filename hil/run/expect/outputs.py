"""Expectations about what the pins do: the sound of the buzzer, edges and levels of named nets.

Pulse lengths are those of IEC 60601-1-8 as collected in requirement ALM-03, with 5 ms for the ear of the
bench.
"""

from __future__ import annotations

from hil.run.record import Record
from hil.run.result import ExpectationResult, judged, nothing_to_look_at
from hil.scenario import model
from hil.targets.truth import Edges
from hil.words.quantity import format_duration

_MS = 1_000_000
_SLACK_MS = 5
_BETWEEN_BURSTS_NS = 2_000 * _MS

# Pulses in a burst, shortest and longest pulse in ms.
_BURSTS = {"HIGH": ((10,), 75, 200), "MEDIUM": ((3,), 125, 250), "LOW": ((1, 2), 125, 250)}


def bursts(edges: Edges) -> list[list[tuple[int, int]]]:
    """Pulses as (start_ns, length_ns), grouped where the silence between them is shorter than two bursts'
    gap.
    """
    groups: list[list[tuple[int, int]]] = []
    on_since_ns: int | None = None
    for t_ns, level in edges:
        if level and on_since_ns is None:
            on_since_ns = t_ns
        elif not level and on_since_ns is not None:
            pulse = (on_since_ns, t_ns - on_since_ns)
            if groups and on_since_ns - sum(groups[-1][-1]) < _BETWEEN_BURSTS_NS:
                groups[-1].append(pulse)
            else:
                groups.append([pulse])
            on_since_ns = None
    return groups


def pattern_of(burst: list[tuple[int, int]]) -> str | None:
    """The priority that a burst sounds like; None when it is none of them."""
    for name, (counts, shortest_ms, longest_ms) in _BURSTS.items():
        low_ns, high_ns = (shortest_ms - _SLACK_MS) * _MS, (longest_ms + _SLACK_MS) * _MS
        if len(burst) in counts and all(low_ns <= length_ns <= high_ns for _, length_ns in burst):
            return name
    return None


def buzzer(expectation: model.BuzzerExpectation, record: Record) -> ExpectationResult:
    if record.buzzer is None:
        return nothing_to_look_at(expectation, "this target does not hear the buzzer")
    heard = [burst for burst in bursts(record.buzzer) if expectation.start_ns <= burst[0][0] <= expectation.end_ns]
    if expectation.pattern == "SILENT":
        seen = f"sound at {format_duration(heard[0][0][0])}" if heard else "silent"
        return judged(expectation, not heard, seen)
    named = [(burst[0][0], pattern_of(burst) or f"{len(burst)} pulses") for burst in heard]
    for t_ns, name in named:
        if name == expectation.pattern:
            return judged(expectation, True, f"{name} at {format_duration(t_ns)}")
    seen = ", ".join(f"{name} at {format_duration(t_ns)}" for t_ns, name in named[:5])
    return judged(expectation, False, seen or "silent")


def wave(expectation: model.WaveExpectation, record: Record) -> ExpectationResult:
    edges = None if record.waves is None else record.waves.get(expectation.net)
    if edges is None:
        return nothing_to_look_at(expectation, f"this target does not record {expectation.net}")
    if expectation.level is not None:
        before = [level for t_ns, level in edges if t_ns <= expectation.end_ns]
        if not before:
            return nothing_to_look_at(expectation, f"{expectation.net} was not driven before that time")
        return judged(expectation, before[-1] == expectation.level, f"level {before[-1]}")
    # The first row of a net is the level it starts with, not an edge.
    count = sum(1 for t_ns, _ in edges[1:] if expectation.start_ns <= t_ns <= expectation.end_ns)
    holds = expectation.bound is not None and expectation.bound.holds(count)
    return judged(expectation, holds, f"{count} edges")
