"""The same scenario on several targets: do they tell the same story, and if not, where do they part?

Three timelines are compared with those of the first target, entry by entry: what the pump logged, its alarms,
and the strokes on the step line. TOLERANCES is the one place that says what still counts as the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from hil.run.execution import run_scenario
from hil.run.record import Record
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.model import Scenario
from hil.targets.truth import Edges
from hil.words.quantity import format_duration

STEP_NET = "STEP"
ENABLE_NET = "EN"  # low: the driver has current, and an edge is a step; else the indexer alone counts it
# Four periods of the step clock. Bursts are apart by the time that the rotor takes to settle, 11 ms at least.
_SAME_STROKE_NS = 2_500_000
_MS = 1_000_000


class Tolerance(msgspec.Struct, frozen=True):
    """`time_ns` between the two entries; `share` of a number, and `number` if that is more."""

    time_ns: int
    number: int = 0
    share: float = 0.0

    def same_number(self, left: int, right: int) -> bool:
        return abs(left - right) <= max(self.number, self.share * max(abs(left), abs(right)))


# Processors differ in how long a turn takes, and so in when a stroke begins and what noise it meets. An entry
# that the host missed is dated by the pump's own count of seconds. A stroke makes up for what the one before was
# measured to lack, so that noise moves one microstep from one to the other.
TOLERANCES = {
    "event": Tolerance(time_ns=1_500 * _MS, number=60, share=0.02),
    "alarm": Tolerance(time_ns=1_500 * _MS),
    "stroke": Tolerance(time_ns=250 * _MS, number=1),
}
SIGNALS = tuple(TOLERANCES)


class Entry(msgspec.Struct, frozen=True):
    """One entry of a timeline. `source` is where it stands on its target."""

    t_ns: int
    what: str
    source: str
    numbers: tuple[int, ...] = ()


class Divergence(msgspec.Struct, frozen=True):
    """Where two targets part: None stands for an entry that one of them does not have."""

    signal: str
    targets: tuple[str, str]
    entries: tuple[Entry | None, Entry | None]
    why: str

    @property
    def t_ns(self) -> int:
        return min(entry.t_ns for entry in self.entries if entry is not None)


class Comparison(msgspec.Struct, frozen=True):
    """One target beside the first one. `entries` and the largest `shift_ns` by signal, as far as they agree."""

    target: str
    entries: dict[str, int]
    shift_ns: dict[str, int]
    divergence: Divergence | None


def run_on(scenario: Scenario, target: str, options: Options) -> tuple[RunResult, Record | None]:
    """One run with its step line recorded. Expectations are left out: nothing is judged here."""
    return run_scenario(msgspec.structs.replace(scenario, expectations=()), target, options, (STEP_NET, ENABLE_NET))


def shortened(scenario: Scenario, duration_ns: int) -> Scenario:
    """The first `duration_ns` of a scenario, for a target that is slow."""
    steps = tuple(step for step in scenario.steps if step.at_ns is None or step.at_ns < duration_ns)
    return msgspec.structs.replace(
        scenario, duration_ns=min(duration_ns, scenario.duration_ns), steps=steps, expectations=()
    )


def compare(targets: tuple[str, str], left: Record, right: Record) -> Comparison:
    """`right` beside `left`, both of the same scenario."""
    entries: dict[str, int] = {}
    shifts: dict[str, int] = {}
    divergences: list[Divergence] = []
    end_ns = min(left.end_ns, right.end_ns)
    for signal in SIGNALS:
        lines = timeline(left, signal), timeline(right, signal)
        count, shifts[signal], found = _walk(signal, targets, lines, end_ns)
        entries[signal] = count
        if found is not None:
            divergences.append(found)
    first = min(divergences, key=lambda divergence: divergence.t_ns, default=None)
    return Comparison(targets[1], entries, shifts, first)


def timeline(record: Record, signal: str) -> list[Entry]:
    """What a record says of one signal, in order, from the scenario's zero to its end."""
    if signal == "event":
        entries = [Entry(seen.t_ns, seen.name, f"log entry {seen.seq}", (seen.a, seen.b)) for seen in record.log]
    elif signal == "alarm":
        entries = [
            Entry(seen.t_ns, f"{seen.name} {seen.event}", f"alarm {index}")
            for index, seen in enumerate(record.alarms, 1)
        ]
    else:
        waves = record.waves or {}
        found = bursts(waves.get(STEP_NET, []), waves.get(ENABLE_NET, []))
        entries = [Entry(t_ns, "burst", f"stroke {index}", (steps,)) for index, (t_ns, steps) in enumerate(found, 1)]
    return [entry for entry in entries if 0 <= entry.t_ns <= record.end_ns]


def bursts(edges: Edges, enable: Edges) -> list[tuple[int, int]]:
    """(time of the first rising edge, number of rising edges) of each burst that came to a driver with current."""
    found: list[tuple[int, int]] = []
    last_ns: int | None = None
    for t_ns in steps_ns(edges, enable):
        if last_ns is not None and t_ns - last_ns < _SAME_STROKE_NS:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((t_ns, 1))
        last_ns = t_ns
    return found


def steps_ns(edges: Edges, enable: Edges) -> list[int]:
    """Times of the rising edges that came to a driver with current."""
    times_ns = [t_ns for t_ns, _ in enable]
    return [t_ns for t_ns, level in edges[1:] if level and not enable[max(bisect_right(times_ns, t_ns) - 1, 0)][1]]


def _walk(
    signal: str, targets: tuple[str, str], lines: tuple[Sequence[Entry], Sequence[Entry]], end_ns: int
) -> tuple[int, int, Divergence | None]:
    """(entries that agree, largest shift between them, where they part)."""
    tolerance = TOLERANCES[signal]
    shift_ns = 0
    for index in range(max(map(len, lines))):
        left, right = (line[index] if index < len(line) else None for line in lines)
        why = _difference(tolerance, left, right, end_ns)
        if why:
            return index, shift_ns, Divergence(signal, targets, (left, right), why)
        if left is not None and right is not None:
            shift_ns = max(shift_ns, abs(left.t_ns - right.t_ns))
    return min(map(len, lines)), shift_ns, None


def _difference(tolerance: Tolerance, left: Entry | None, right: Entry | None, end_ns: int) -> str:
    """What is not the same, in words; empty when the two entries agree."""
    if left is None or right is None:
        only = left or right
        # What the end of the run cuts off on one target may just have happened on the other.
        is_cut_off = only is not None and only.t_ns > end_ns - tolerance.time_ns
        return "" if is_cut_off else "only one of them has it"
    if left.what != right.what:
        return "not the same thing"
    shift_ns = abs(left.t_ns - right.t_ns)
    if shift_ns > tolerance.time_ns:
        return f"{shift_ns / _MS:.1f} ms apart, allowed {format_duration(tolerance.time_ns)}"
    for a, b in zip(left.numbers, right.numbers, strict=True):
        if not tolerance.same_number(a, b):
            return f"{a} against {b}"
    return ""
