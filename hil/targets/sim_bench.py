"""The emulated bench as the host sees it: faults, hands, and the truth of the plant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.errors import NotModelled
from emulator.faults import Fault, FaultInjector
from emulator.nets import DigitalNet, PulseTrain
from emulator.plant.refill_site import Port
from emulator.world import World
from hil.errors import BenchBroken
from hil.scenario.model import Condition
from hil.targets.sim_serial import SimClock
from hil.targets.truth import Edges, TruthSeries
from hil.targets.truth_rows import Row, TruthRows

_PORTS = {"reservoir": Port.RESERVOIR, "catheter_access": Port.CATHETER, "pocket": Port.POCKET}


class SimInjection:
    """One fault in the emulated world."""

    def __init__(self, fault: Fault, clock: SimClock) -> None:
        self._fault = fault
        self._clock = clock

    @property
    def took_effect(self) -> bool:
        return self._fault.took_effect

    @property
    def cleared_at_ns(self) -> int | None:
        at_ns = self._fault.cleared_at_ns
        return None if at_ns is None else self._clock.of_world(at_ns)

    def clear(self) -> None:
        self._fault.clear()


class SimBench:
    """Bench and plant of one world. Rows of the truth are kept at each burst and at each `sample`."""

    def __init__(self, world: World, clock: SimClock) -> None:
        self._world = world
        self._faults = FaultInjector(world)
        self._clock = clock
        self._samples: list[Row] = []
        self._rows = TruthRows()

    def inject(self, fault: str, parameters: dict[str, Any]) -> SimInjection:
        try:
            return SimInjection(self._faults.inject(fault, **parameters), self._clock)
        except NotModelled as error:
            raise BenchBroken(str(error)) from error

    # Hands

    def press(self, button: str, hold_ns: int | None) -> None:
        self._world.trace.add(self._world.env.now, "press", button)
        if hold_ns is None:
            self._button(button).press()
        else:
            self._button(button).press_for(hold_ns)

    def release(self, button: str) -> None:
        self._world.trace.add(self._world.env.now, "release", button)
        self._button(button).release()

    def _button(self, name: str) -> Any:
        bench = self._world.bench
        return bench.patient_button if name == "patient" else bench.silence_button

    def withdraw(self, volume_nl: int) -> None:
        self._world.plant.advance(self._world.env.now)
        out_nl = self._world.refill_site.withdraw(volume_nl)
        self._refilled(f"withdrawn {out_nl:.0f} nL")

    def fill(self, volume_nl: int, port: str, concentration_ug_per_ml: int | None = None) -> None:
        self._world.plant.advance(self._world.env.now)
        in_nl = self._world.refill_site.fill(volume_nl, concentration_ug_per_ml, _PORTS[port])
        self._refilled(f"filled {in_nl:.0f} nL through {port}")

    def _refilled(self, text: str) -> None:
        self._world.plant.mark()
        self._world.trace.add(self._world.env.now, "refill", text)

    # Conditions

    def watch(self, condition: Condition, met: Callable[[], None]) -> None:
        once = _Once(condition.number, met)
        if condition.kind == "delivered":
            plant = self._world.plant
            base_nl = plant.displaced_nl
            plant.on_burst(lambda t_ns, before_kpa, peak_kpa: once.reach(plant.displaced_nl - base_nl))
        elif condition.kind == "stroke":
            self._world.nets.digital("STEP").on_train(_StrokeCount(once, self._world.nets.digital("EN")))
        else:
            self._watch_flash(once)

    def _watch_flash(self, once: _Once) -> None:
        """The chip has no listeners: stand before its counter."""
        flash = self._world.flash
        begin, first = flash.begin, flash.operations

        def counted() -> Any:
            cut = begin()
            once.reach(flash.operations - first)
            return cut

        flash.begin = counted

    # Truth

    def sample(self) -> None:
        truth = self._world.truth()
        row = (
            self._clock.of_world(truth.t_ns),
            truth.delivered_nl,
            truth.in_csf_nl,
            truth.reservoir_nl,
            truth.line_pressure_kpa,
            truth.rotor_rev,
            truth.line_pressure_kpa,
            truth.trapped_nl,
        )
        self._samples.append(row)
        self._rows.take_bursts(self._world.series, self._clock)
        self._rows.add(row)

    def truth(self) -> TruthSeries:
        """Rows of bursts and samples in order of time. What is trapped is known at samples only."""
        if not self._rows.is_whole(self._world.series):
            self._rows = TruthRows()
            self._rows.take_bursts(self._world.series, self._clock)
            self._rows.insert(self._samples)
        self._rows.take_bursts(self._world.series, self._clock)
        return self._rows.series()

    def patient(self) -> dict[str, float]:
        truth = self._world.truth()
        return {"hours_below": truth.hours_below, "hours_above": truth.hours_above}

    def buzzer(self) -> Edges:
        heard = self._world.bench.buzzer.heard.between(0, self._world.env.now + 1)
        return [(self._clock.of_world(t_ns), 1 if pitch_hz else 0) for t_ns, pitch_hz in heard]


class _Once:
    """Calls `met` at the first value that reaches the threshold."""

    def __init__(self, threshold: int, met: Callable[[], None]) -> None:
        self._threshold = threshold
        self._met: Callable[[], None] | None = met

    def reach(self, value: float) -> None:
        if self._met is not None and value >= self._threshold:
            met, self._met = self._met, None
            met()


class _StrokeCount:
    """Counts trains on the step line that come to a driver with current."""

    def __init__(self, once: _Once, enable: DigitalNet) -> None:
        self._once = once
        self._enable = enable
        self._count = 0

    def __call__(self, net: DigitalNet, train: PulseTrain) -> None:
        if self._enable.level_at(train.start_ns) == 0:
            self._count += 1
            self._once.reach(self._count)
