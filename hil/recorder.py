"""The record of one run: what the pump said, what people did, and what truly happened on the bench.

Expectations look at a record and at nothing else, so they can be tested on hand-made ones. All times are
nanoseconds of the target's clock since the start of the scenario; the lists are in order of time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

import msgspec

from hil.oracle import Plan

Edges = list[tuple[int, int]]


class AlarmSeen(msgspec.Struct):
    """One step in the life of an alarm, as the pump told it."""

    t_ns: int
    name: str
    event: str


class LogSeen(msgspec.Struct):
    """One entry of the pump's log; `text` is the whole of it in words."""

    t_ns: int
    name: str
    a: int
    b: int
    seq: int = 0
    text: str = ""


class AnswerSeen(msgspec.Struct):
    """What became of one request: reason OK, a refusal, or UNCERTAIN when no answer came."""

    t_ns: int
    step: int
    verb: str
    reason: str


class StatusSeen(msgspec.Struct):
    """One status by field name."""

    t_ns: int
    fields: dict[str, Any]


class TruthSeries(msgspec.Struct):
    """The plant over time: one row at each burst of strokes and at each moment that was asked for.

    `line_pressure_kpa` is the highest since the row before. A volume holds until the next row.
    """

    t_ns: Sequence[int] = []
    delivered_nl: Sequence[float] = []
    in_csf_nl: Sequence[float] = []
    reservoir_nl: Sequence[float] = []
    line_pressure_kpa: Sequence[float] = []
    rotor_rev: Sequence[float] = []
    trapped_nl: Sequence[float] = []

    def at(self, column: Sequence[float], t_ns: int) -> float | None:
        """The newest value not later than `t_ns`; None before the first row."""
        index = bisect_right(self.t_ns, t_ns) - 1
        return column[index] if index >= 0 else None

    def rows_in(self, start_ns: int, end_ns: int) -> range:
        return range(bisect_left(self.t_ns, start_ns), bisect_right(self.t_ns, end_ns))

    def grown(self, column: Sequence[float], start_ns: int, end_ns: int) -> float:
        """How much a running total grew in the span; it starts from its first row."""
        before, after = self.at(column, start_ns), self.at(column, end_ns)
        if after is None:
            return 0.0
        return after - (column[0] if before is None else before)

    def most_in_any_window(self, column: Sequence[float], window_ns: int, span: range) -> tuple[float, int]:
        """The most that a running total grew in any window (t - window, t], and the end of that window in
        ns.
        """
        most, most_at_ns, behind = 0.0, 0, -1
        for row in span:
            end_ns = self.t_ns[row]
            while self.t_ns[behind + 1] <= end_ns - window_ns:
                behind += 1
            before = column[behind] if behind >= 0 else column[0]
            if column[row] - before > most:
                most, most_at_ns = column[row] - before, end_ns
        return most, most_at_ns


class Record(msgspec.Struct):
    """Everything about one run. None stands for what this target cannot see."""

    end_ns: int
    plan: Plan | None = None
    alarms: list[AlarmSeen] = []
    log: list[LogSeen] = []
    modes: list[tuple[int, str]] = []
    answers: list[AnswerSeen] = []
    statuses: list[StatusSeen] = []
    truth: TruthSeries | None = None
    buzzer: Edges | None = None
    waves: dict[str, Edges] | None = None
    patient: dict[str, float] | None = None
    heard_pump: bool = True

    def mode_at(self, t_ns: int) -> str | None:
        mode = None
        for since_ns, name in self.modes:
            if since_ns > t_ns:
                break
            mode = name
        return mode
