"""The truth of a bench over time: rows of the plant, and edges of a signal. Times are nanoseconds since the start."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import msgspec

Edges = list[tuple[int, int]]


class TruthSeries(msgspec.Struct):
    """The plant over time: one row at each burst of strokes and at each moment that was asked for.

    `line_pressure_kpa` is the highest since the row before, `before_kpa` that before the burst. A volume holds until
    the next row. What nothing measures has no rows. `least_nl`: below it what measures does not tell a volume from its
    own noise.
    """

    t_ns: Sequence[int] = []
    delivered_nl: Sequence[float] = []
    in_csf_nl: Sequence[float] = []
    reservoir_nl: Sequence[float] = []
    line_pressure_kpa: Sequence[float] = []
    rotor_rev: Sequence[float] = []
    before_kpa: Sequence[float] = []
    trapped_nl: Sequence[float] = []
    least_nl: float = 0.0

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
