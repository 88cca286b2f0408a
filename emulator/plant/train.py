"""What the plant needs to know of a row of step edges. The nets' PulseTrain has this shape."""

from typing import Protocol


class StepTrain(Protocol):
    """`count` rising edges, the first at `start_ns`, then one each `period_ns`, unless cut short."""

    @property
    def start_ns(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def period_ns(self) -> int: ...

    @property
    def cut_ns(self) -> int | None: ...

    @property
    def end_ns(self) -> int:
        """When the last edge comes, or the cut."""
        ...

    def rises_until(self, t_ns: int) -> int:
        """Rising edges at or before `t_ns` that really came out."""
        ...


class FreeTrain:
    """Steps that nobody commanded: endless, until the driver's fault is cleared."""

    cut_ns = None

    def __init__(self, start_ns: int, period_ns: int) -> None:
        self.start_ns = start_ns
        self.period_ns = period_ns
        self.count = 1 << 62
        self.consumed = 0

    def rises_until(self, t_ns: int) -> int:
        """Rising edges at or before `t_ns`."""
        return 0 if t_ns < self.start_ns else (t_ns - self.start_ns) // self.period_ns + 1
