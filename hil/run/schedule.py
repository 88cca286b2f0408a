"""A queue of actions ordered by time, then rank, then insertion.

Looking at the truth takes no time and comes first, asking the pump takes some and comes last: a step happens
when the scenario says, whatever else is looked at then.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

LOOK = 0
STEP = 1
ASK = 2


class Schedule:
    """Times in nanoseconds since the start of the scenario."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._order = count()

    def add(self, t_ns: int, action: Callable[[], None], rank: int = STEP) -> None:
        heappush(self._heap, (t_ns, rank, next(self._order), action))

    @property
    def next_ns(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    @property
    def next(self) -> tuple[int, int, Callable[[], None]] | None:
        """Time, rank and action of what comes first; None when nothing is left."""
        return (self._heap[0][0], self._heap[0][1], self._heap[0][3]) if self._heap else None

    def pop(self) -> Callable[[], None]:
        return heappop(self._heap)[3]
