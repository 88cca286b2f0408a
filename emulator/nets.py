"""Named nets: the only connection between the device's pins and the bench's parts.

A burst of step pulses is one `PulseTrain`. Parts that count pulses take the train as a whole; edges are
made of it only for those who listen to edges, and then when it has ended (or is settled by a reader), so
that a train that is cut never shows an edge that did not happen.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from emulator.errors import NotModelled

EdgeListener = Callable[["DigitalNet", int, int], None]
TrainListener = Callable[["DigitalNet", "PulseTrain"], None]
ToneListener = Callable[["DigitalNet", int, int, int], None]


@dataclass(slots=True)
class PulseTrain:
    """`count` pulses; pulse k rises at `start_ns + k * period_ns` and is high for `high_ns`.

    `cut_ns` is set when the train was ended early: edges up to and including that time happened.
    """

    start_ns: int
    count: int
    high_ns: int
    period_ns: int
    cut_ns: int | None = None

    @property
    def end_ns(self) -> int:
        """Time of the last falling edge, or of the cut."""
        end = self.start_ns + (self.count - 1) * self.period_ns + self.high_ns
        return end if self.cut_ns is None else min(end, self.cut_ns)

    def rises_until(self, t_ns: int) -> int:
        """Rising edges at or before `t_ns`."""
        if self.cut_ns is not None and self.cut_ns < t_ns:
            t_ns = self.cut_ns
        if t_ns < self.start_ns:
            return 0
        rises = (t_ns - self.start_ns) // self.period_ns + 1
        return rises if rises < self.count else self.count

    def level_at(self, t_ns: int) -> int:
        """1 inside a pulse; a train that was cut stays at the level of its cut."""
        rises = self.rises_until(t_ns)
        if rises == 0:
            return 0
        if self.cut_ns is not None and self.cut_ns < t_ns:
            t_ns = self.cut_ns
        return 1 if t_ns < self.start_ns + (rises - 1) * self.period_ns + self.high_ns else 0

    def edges(self) -> Iterator[tuple[int, int]]:
        """(t_ns, level) of every edge that happens, in order."""
        last_ns = self.end_ns
        rise_ns = self.start_ns
        for _ in range(self.count):
            if rise_ns > last_ns:
                return
            yield rise_ns, 1
            if rise_ns + self.high_ns > last_ns:
                return
            yield rise_ns + self.high_ns, 0
            rise_ns += self.period_ns


class DigitalNet:
    """One wire. `idle_level` is the level that the pull resistors give while nobody drives it.

    Listeners are called in the order of registration. `level` is that of the last settled edge: while
    a train runs, `level_at` tells more.
    """

    __slots__ = (
        "name", "level", "idle_level", "is_driven", "by_trains_only", "tone_hz", "tone_duty_u16", "_train", "_told_ns",
        "_edge_listeners", "_train_listeners", "_cut_listeners", "_tone_listeners", "_live_listeners", "is_held",
        "_driven_level",
    )  # fmt: skip

    def __init__(self, name: str, level: int = 0) -> None:
        self.name = name
        self.level = level
        self.idle_level = level
        self.is_driven = False
        self.by_trains_only = False  # who counts its pulses sees trains, and no edge made by hand
        self.tone_hz = 0
        self.tone_duty_u16 = 0
        self._train: PulseTrain | None = None
        self._told_ns = -1
        self.is_held = False
        self._driven_level = level
        self._edge_listeners: tuple[EdgeListener, ...] = ()
        self._train_listeners: tuple[TrainListener, ...] = ()
        self._cut_listeners: tuple[TrainListener, ...] = ()
        self._tone_listeners: tuple[ToneListener, ...] = ()
        self._live_listeners: tuple[EdgeListener, ...] = ()

    def on_edge(self, listener: EdgeListener) -> None:
        """`listener(net, level, t_ns)` on every change; edges of a train come when it is settled."""
        self._edge_listeners += (listener,)

    def off_edge(self, listener: EdgeListener) -> None:
        self._edge_listeners = tuple(known for known in self._edge_listeners if known != listener)

    def on_train(self, listener: TrainListener) -> None:
        """`listener(net, train)` when a train begins; `train.start_ns` may lie a little ahead."""
        self._train_listeners += (listener,)

    def on_cut(self, listener: TrainListener) -> None:
        """`listener(net, train)` when the running train was ended early; `train.cut_ns` is set."""
        self._cut_listeners += (listener,)

    def on_tone(self, listener: ToneListener) -> None:
        """`listener(net, freq_hz, duty_u16, t_ns)` when the square wave on the net changes."""
        self._tone_listeners += (listener,)

    def on_live_edge(self, listener: EdgeListener) -> None:
        """`listener(net, level, t_ns)` as each edge of a growing train comes out (a chip's PIO), not when it ends."""
        self._live_listeners += (listener,)

    def tell_live(self, level: int, t_ns: int) -> None:
        """One more edge of a train that grows."""
        for listener in self._live_listeners:
            listener(self, level, t_ns)

    def drive(self, level: int, t_ns: int) -> None:
        """Set the level. A running train must have ended or been cut. Raises NotModelled for a pulse made by hand on a
        wire that takes trains only.
        """
        if self.by_trains_only and level and not self.level:
            raise NotModelled(f"a rising edge on {self.name} made by hand", "the bench counts trains of the PIO only")
        self.is_driven = True
        self._driven_level = level
        if self._train is not None:
            self.settle(t_ns)
        if level != self.level and not self.is_held:
            self._set_level(level, t_ns)

    def release(self, t_ns: int) -> None:
        """Nobody drives: the pull resistors decide."""
        self.is_driven = False
        if self._train is not None:
            self.settle(t_ns)
        if self.idle_level != self.level and not self.is_held:
            self._set_level(self.idle_level, t_ns)

    def hold(self, t_ns: int) -> None:
        """Low until `let_go`, whoever drives or releases the wire meanwhile."""
        self.is_held = True
        if self.level:
            self._set_level(0, t_ns)

    def let_go(self, t_ns: int) -> None:
        """The level is again that of the driver, or of the pull resistors."""
        self.is_held = False
        level = self._driven_level if self.is_driven else self.idle_level
        if level != self.level:
            self._set_level(level, t_ns)

    def tone(self, freq_hz: int, duty_u16: int, t_ns: int) -> None:
        """A square wave, duty 0 to 65 535; duty 0 is silence. Raises NotModelled where trains only are taken."""
        if self.by_trains_only and freq_hz and duty_u16:
            raise NotModelled(f"a square wave on {self.name}", "the bench counts trains of the PIO only")
        if freq_hz == self.tone_hz and duty_u16 == self.tone_duty_u16:
            return
        self.tone_hz = freq_hz
        self.tone_duty_u16 = duty_u16
        for listener in self._tone_listeners:
            listener(self, freq_hz, duty_u16, t_ns)

    def emit(self, train: PulseTrain) -> None:
        """Begin a train. Raises ValueError while another one runs."""
        if self._train is not None:
            self.settle(train.start_ns)
            if self._train is not None:
                raise ValueError(f"a train on {self.name} still runs at {train.start_ns} ns")
        self.is_driven = True
        self._train = train
        self._told_ns = -1
        for listener in self._train_listeners:
            listener(self, train)

    def cut_train(self, t_ns: int) -> None:
        """End the running train now; nothing happens when it is over."""
        train = self._train
        if train is None:
            return
        if t_ns < train.end_ns:
            train.cut_ns = t_ns
            for listener in self._cut_listeners:
                listener(self, train)
        self.settle(t_ns)

    def settle(self, t_ns: int) -> None:
        """Pass the edges of the running train up to `t_ns` to the edge listeners."""
        train = self._train
        if train is None:
            return
        is_over = t_ns >= train.end_ns
        if self._edge_listeners:
            told_ns = self._told_ns
            for edge_ns, level in train.edges():
                if edge_ns > t_ns:
                    break
                if edge_ns > told_ns:
                    self._told_ns = edge_ns
                    self._set_level(level, edge_ns)
        self.level = 0 if is_over and train.cut_ns is None else train.level_at(t_ns)
        if is_over:
            self._train = None

    def level_at(self, t_ns: int) -> int:
        """The level now, also in the middle of a train."""
        return self.level if self._train is None else self._train.level_at(t_ns)

    def _set_level(self, level: int, t_ns: int) -> None:
        self.level = level
        for listener in self._edge_listeners:
            listener(self, level, t_ns)


class AnalogNet:
    """A voltage. `source(t_ns)` gives it in mV; reading a net without a source raises NotModelled."""

    __slots__ = ("name", "source")

    def __init__(self, name: str) -> None:
        self.name = name
        self.source: Callable[[int], int] = self._nothing

    def read_mv(self, t_ns: int) -> int:
        return self.source(t_ns)

    def _nothing(self, t_ns: int) -> int:
        raise NotModelled(f"voltage on {self.name}", "nothing drives this net")


class Nets:
    """All wires of one bench, made when first named. Iterates over the digital ones, in that order."""

    def __init__(self) -> None:
        self._digital: dict[str, DigitalNet] = {}
        self._analog: dict[str, AnalogNet] = {}

    def digital(self, name: str, level: int | None = None) -> DigitalNet:
        """The net of this name. `level` is its idle level, and its level while nobody drives it."""
        net = self._digital.get(name)
        if net is None:
            net = self._digital[name] = DigitalNet(name, level or 0)
        elif level is not None:
            net.idle_level = level
            if not (net.is_driven or net.is_held):
                net.level = level
        return net

    def analog(self, name: str) -> AnalogNet:
        net = self._analog.get(name)
        if net is None:
            net = self._analog[name] = AnalogNet(name)
        return net

    def __iter__(self) -> Iterator[DigitalNet]:
        return iter(self._digital.values())


class Recorder:
    """Keeps every edge of some nets, for waveforms. 9 bytes per edge."""

    def __init__(self, nets: Nets, names: Iterable[str]) -> None:
        self._nets = {name: nets.digital(name) for name in names}
        self.initial_levels = {name: net.level for name, net in self._nets.items()}
        self._times_ns = {name: array("q") for name in self._nets}
        self._levels = {name: bytearray() for name in self._nets}
        for net in self._nets.values():
            net.on_edge(self._keep)

    def edges(self, name: str, until_ns: int) -> list[tuple[int, int]]:
        """(t_ns, level) of every edge up to `until_ns`, which must not lie ahead of the clock."""
        self._nets[name].settle(until_ns)
        times_ns = self._times_ns[name]
        end = bisect_right(times_ns, until_ns)
        return list(zip(times_ns[:end], self._levels[name][:end], strict=True))

    def _keep(self, net: DigitalNet, level: int, t_ns: int) -> None:
        self._times_ns[net.name].append(t_ns)
        self._levels[net.name].append(level)
