"""What is to be done and when, in order of time; at one time in the order in which it was entered."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count


class Schedule:
    """Times in nanoseconds since the start of the scenario."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()

    def add(self, t_ns: int, action: Callable[[], None]) -> None:
        heappush(self._heap, (t_ns, next(self._order), action))

    @property
    def next_ns(self) -> int | None:
        return self._heap[0][0] if self._heap else None

    def pop(self) -> Callable[[], None]:
        return heappop(self._heap)[2]
