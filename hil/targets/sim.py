"""Target `sim`: the unmodified firmware inside the SimPy world, in this process, in virtual time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

from emulator.bench.config import BenchConfig
from emulator.mcu import Flash, FlashImage
from emulator.nets import Recorder
from emulator.plant.config import DRUGS
from emulator.world import REPOSITORY, World
from hil.scenario.model import Programme, Scenario
from hil.targets.base import LEAD_IN_NS
from hil.targets.sim_bench import SimBench
from hil.targets.sim_serial import SimClock, SimSerial, translated
from hil.targets.stranger import Stranger
from hil.targets.truth import Edges
from hil.words.bench import bench_config, pump_settings
from hil.words.quantity import NS_PER_S

_CONSOLE_LINES = 200
_TRACEBACK = "Traceback (most recent call last)"


class SimPower:
    """The power switch of the emulated bench."""

    def __init__(self, world: World) -> None:
        self._world = world

    def on(self) -> None:
        with translated():
            self._world.power_on()

    def off(self) -> None:
        with translated():
            self._world.power_off()

    def on_boot(self, listener: Callable[[], None]) -> None:
        def told(event: str, t_ns: int) -> None:
            if event in ("on", "reset"):
                listener()

        self._world.mcu.on_power(told)

    def on_loss(self, listener: Callable[[], None]) -> None:
        self._world.on_power_loss(listener)


class SimTarget:
    """One pump in a world of its own. Entering switches it on, leaving switches it off."""

    name = "sim"
    is_fresh = True
    measured_by = "plant"

    def __init__(self, world: World, nets: tuple[str, ...] = ()) -> None:
        self.world = world
        self.clock = SimClock(world)
        self.serial = SimSerial(world, self.clock)
        self.bench = SimBench(world, self.clock)
        self.power = SimPower(world)
        world.stranger = Stranger
        self._nets = nets
        self._recorder = Recorder(world.nets, nets) if nets else None

    @classmethod
    def of_scenario(cls, scenario: Scenario, nets: tuple[str, ...] = ()) -> SimTarget:
        """The bench that the scenario asks for, with the firmware of this repository on its flash."""
        settings = pump_settings(scenario.bench)
        extra = {"/config.json": json.dumps(settings).encode()} if settings else {}
        flash = Flash(image=FlashImage.from_tree(REPOSITORY, extra))
        return cls(World(bench_of(scenario), seed=scenario.seed, flash=flash), nets)

    @classmethod
    def as_delivered(cls, seed: int = 0) -> SimTarget:
        """The reference bench, with the firmware of this repository on its flash and nothing entered."""
        return cls(World(seed=seed, flash=Flash(image=FlashImage.from_tree(REPOSITORY))))

    def erases(self) -> list[int]:
        """Erases of each block of the flash by the device, so far."""
        return list(self.world.flash.erases)

    def __enter__(self) -> Self:
        self.power.on()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.world.mcu.power_off()

    def on_receive(self, listener: Callable[[], None]) -> None:
        self.serial.on_receive(listener)

    def set_connected(self, is_connected: bool) -> None:
        self.serial.set_connected(is_connected)

    def trouble(self) -> str | None:
        """The traceback with which the firmware ended, also when the watchdog has restarted it since."""
        if self.world.mcu.crash is not None:
            return self.world.mcu.crash.strip()
        console = self.world.mcu.console
        at = console.find(_TRACEBACK)
        return None if at < 0 else console[at : at + 2_000].strip()

    def waves(self) -> dict[str, Edges]:
        if self._recorder is None:
            return {}
        waves: dict[str, Edges] = {}
        for name in self._nets:
            first = (-LEAD_IN_NS, self._recorder.initial_levels[name])
            edges = self._recorder.edges(name, self.world.env.now)
            waves[name] = [first, *((self.clock.of_world(t_ns), level) for t_ns, level in edges)]
        return waves

    def log(self) -> list[str]:
        """What the firmware printed."""
        return [f"console: {line}" for line in self.world.mcu.console.splitlines()[-_CONSOLE_LINES:]]

    def event_log_sha256(self) -> str:
        """Every byte on the line, power, faults and hands, and each burst of the plant, with their times."""
        digest = hashlib.sha256(self.world.trace.sha256().encode())
        series = self.world.series
        for column in (series.t_ns, series.delivered_nl, series.peak_kpa):
            digest.update(column.tobytes())
        return digest.hexdigest()

    def versions(self) -> dict[str, str]:
        files = hashlib.sha256(FlashImage.from_tree(REPOSITORY)).hexdigest()
        return {"firmware_image": files[:16]}


def bench_of(scenario: Scenario) -> BenchConfig:
    """The bench of the scenario: what was truly filled is what was entered, unless [bench] says otherwise."""
    therapy, values = scenario.therapy, dict(scenario.bench)
    if therapy.fill_nl is not None:
        values.setdefault("fill", float(therapy.fill_nl))
    if therapy.drug is not None:
        values.setdefault("concentration", float(therapy.drug.concentration_ug_per_ml))
    config = bench_config(values)
    if therapy.drug is not None and therapy.drug.name in DRUGS:
        config = config.with_drug(therapy.drug.name, _usual_daily_ug(therapy.basal, values["concentration"]))
    start_clock = scenario.start_clock - timedelta(seconds=LEAD_IN_NS // NS_PER_S)
    return replace(config, start_clock=start_clock)


def _usual_daily_ug(programme: Programme | None, concentration_ug_per_ml: float) -> float | None:
    """The patient is used to what the programme gives; None leaves the usual dose of the drug."""
    if programme is None:
        return None
    nl_minutes = 0
    for day, segments in enumerate(programme.days):
        starts = [minute for minute, _ in segments]
        rates = [rate for _, rate in segments]
        nl_minutes += starts[0] * programme.days[day - 1][-1][1]
        for start, end, rate in zip(starts, [*starts[1:], 1440], rates, strict=True):
            nl_minutes += (end - start) * rate
    daily_nl = nl_minutes / 60 / 7
    return daily_nl * 1e-6 * concentration_ug_per_ml or None
