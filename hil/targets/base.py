"""A target, seen from the host: the only way in which runner, plugin and command line reach a pump.

A target is a context manager. Times are nanoseconds since the zero of the scenario, negative before it.
`bench` and `power` are None where there is nothing of the kind: a wet bench knows no truth.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from hil.errors import PumpbenchError
from hil.pump.exchange import Stream
from hil.scenario.model import Condition
from hil.targets.truth import Edges, TruthSeries

BALANCE = "balance"  # what a result rests on where a balance weighs what is delivered, and nothing else is measured
OWN_WORD = "pump"  # what a result rests on where nothing measures: what the pump says of itself
LEAD_IN_NS = 20_000_000_000  # for boot and for entering the therapy, before time zero
# From power-on until a pump is spoken to. The interpreter reads the firmware for some seconds, and until it has, a
# byte 3 on the link is Ctrl-C to it and ends the boot. Ours; sim and mpy boot in less than 6 s.
BOOT_S = 8
BOOT_NS = BOOT_S * 10**9


class FirmwareBroken(PumpbenchError):
    """The firmware itself ended or hangs: a failure of the pump, not of the bench."""


class TargetClock(Protocol):
    """Time of the target: virtual where the pump is emulated. It starts at -LEAD_IN_NS when the pump gets
    power.
    """

    @property
    def now_ns(self) -> int: ...

    def now_s(self) -> float: ...

    def run_until(self, t_ns: int) -> None:
        """Let time pass until `t_ns`, or until `wake` is called."""
        ...

    def wake(self) -> None:
        """End a `run_until` at the moment that it has reached."""
        ...


class Injection(Protocol):
    """One fault on a bench."""

    @property
    def took_effect(self) -> bool:
        """Physical evidence, not the fact that somebody asked for it."""
        ...

    @property
    def cleared_at_ns(self) -> int | None: ...

    def clear(self) -> None:
        """End it; ending twice is harmless."""
        ...


class TargetBench(Protocol):
    """The bench around the pump: what it can do to it, and what it knows about it."""

    def inject(self, fault: str, parameters: dict[str, Any]) -> Injection:
        """Begin a fault now. ValueError when it cannot be there as asked, `BenchBroken` when this bench
        cannot.
        """
        ...

    def press(self, button: str, hold_ns: int | None) -> None: ...

    def release(self, button: str) -> None: ...

    def withdraw(self, volume_nl: int) -> None:
        """What truly leaves the reservoir at a refill."""
        ...

    def fill(self, volume_nl: int, port: str, concentration_ug_per_ml: int | None = None) -> None:
        """What truly goes into the port at a refill; None: of the concentration that was there."""
        ...

    def watch(self, condition: Condition, met: Callable[[], None]) -> None:
        """Call `met` once, when a condition about the bench (delivered, stroke, flash) comes true."""
        ...

    def sample(self) -> None:
        """Keep a row of the truth for this moment."""
        ...

    def truth(self) -> TruthSeries: ...

    def patient(self) -> dict[str, float] | None:
        """Hours below and above the thresholds; None where there is no model of a patient."""
        ...

    def buzzer(self) -> Edges: ...


class TargetPower(Protocol):
    """The supply of the pump, and what became of it whoever took it: a hand, a fault, a flat battery."""

    def on(self) -> None: ...

    def off(self) -> None: ...

    def on_boot(self, listener: Callable[[], None]) -> None:
        """Call `listener` at each start of the firmware."""
        ...

    def on_loss(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever the processor has lost its supply."""
        ...


class Target(Protocol):
    """What the runner needs."""

    @property
    def name(self) -> str: ...

    @property
    def is_fresh(self) -> bool:
        """The pump comes with nothing entered. A real one has what earlier runs left in it."""
        ...

    @property
    def measured_by(self) -> str:
        """What the truth of this target rests on, in a few words for a result."""
        ...

    @property
    def serial(self) -> Stream: ...

    @property
    def clock(self) -> TargetClock: ...

    @property
    def bench(self) -> TargetBench | None: ...

    @property
    def power(self) -> TargetPower | None: ...

    def __enter__(self) -> Target: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def on_receive(self, listener: Callable[[], None]) -> None:
        """Call `listener` when bytes of the pump have arrived."""
        ...

    def set_connected(self, is_connected: bool) -> None:
        """Plug the host link in or out."""
        ...

    def trouble(self) -> str | None:
        """What the target knows about a firmware that ended by an error; None when it knows of none."""
        ...

    def waves(self) -> dict[str, Edges]:
        """Edges of the nets that this target was told to record; the first row is the level at the start."""
        ...

    def log(self) -> list[str]: ...

    def event_log_sha256(self) -> str: ...

    def versions(self) -> dict[str, str]: ...


class UsedTarget(Target, Protocol):
    """A target that is not fresh."""

    def begin_again(self) -> None:
        """Time zero comes LEAD_IN_NS from now, and what was delivered so far was before the run."""
        ...
