"""Pulses as they come out of a pin: a train that grows, for parts that take trains as a whole.

In the emulated Pico a burst is known when it begins. The chip's PIO puts out edge after edge; whoever asks
in the middle sees those that have come.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from emulator.env import FOREVER_NS
from emulator.nets import DigitalNet, PulseTrain

# Before the second pulse has come; a pause longer than some periods ends the train.
_FIRST_PERIOD_NS = 1_000_000
_PAUSE_PERIODS = 4
_SAME_PERIOD_NS = 100  # one instruction of the PIO at its slowest useful clock and some rounding


class LiveTrain(PulseTrain):
    """`count` is endless while more may come, then the number of pulses that came."""

    __slots__ = ("_edges", "_rises_ns")

    def __init__(self, start_ns: int, period_ns: int) -> None:
        super().__init__(start_ns, FOREVER_NS, period_ns // 2, period_ns)
        self._edges: list[tuple[int, int]] = []
        self._rises_ns: list[int] = []

    @property
    def rises(self) -> int:
        """Pulses so far."""
        return len(self._rises_ns)

    def keep(self, t_ns: int, level: int) -> None:
        """One more edge."""
        self._edges.append((t_ns, level))
        if level:
            self._rises_ns.append(t_ns)
            if len(self._rises_ns) == 2:
                self.period_ns = t_ns - self.start_ns

    def close(self) -> None:
        """No more edges come."""
        self.count = self.rises

    @property
    def end_ns(self) -> int:
        return self._edges[-1][0] if self.count < FOREVER_NS and self._edges else FOREVER_NS

    def rises_until(self, t_ns: int) -> int:
        return bisect_right(self._rises_ns, t_ns)

    def level_at(self, t_ns: int) -> int:
        level = 0
        for edge_ns, edge_level in reversed(self._edges):
            if edge_ns <= t_ns:
                level = edge_level
                break
        return level

    def edges(self) -> Iterator[tuple[int, int]]:
        yield from self._edges


class PulseOutput:
    """Edges of one pin as trains on its net. `arm(delay_ns)` must lead to a `close` that much later."""

    def __init__(self, net: DigitalNet, arm: Callable[[float], None]) -> None:
        self._net = net
        self._arm = arm
        self._train: LiveTrain | None = None
        self._last_rise_ns = 0

    def edge(self, level: int, t_ns: int) -> None:
        self._net.tell_live(level, t_ns)
        train = self._train
        if level and train is not None and not self._continues(train, t_ns):
            self.close(t_ns)
            train = None
        if train is None:
            if not level:
                self._net.drive(0, t_ns)
                return
            train = self._train = LiveTrain(t_ns, _FIRST_PERIOD_NS)
            train.keep(t_ns, level)
            self._net.emit(train)
        else:
            train.keep(t_ns, level)
        if level:
            self._last_rise_ns = t_ns
        self._arm(_PAUSE_PERIODS * train.period_ns)

    def close(self, t_ns: int) -> None:
        """The pause has come, or the chip has lost its power or restarts."""
        train, self._train = self._train, None
        if train is not None:
            train.close()
            self._net.settle(t_ns)

    def _continues(self, train: LiveTrain, t_ns: int) -> bool:
        gap_ns = t_ns - self._last_rise_ns
        if train.rises == 1:
            return gap_ns < _PAUSE_PERIODS * train.period_ns
        return abs(gap_ns - train.period_ns) <= _SAME_PERIOD_NS
