"""An emulated pump whose plant is played by an emulated rig: what a real bench without fluid is, rehearsed.

`--target sim` or `chip` with `--rig`: runner, plugin and command line see a target as any other; its bench and its
power are those of a rig behind a serial line. The emulated plant stays at the motor's lines, for comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Self

from emulator.bench.config import BenchConfig
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.mcu.gpio import Wiring
from emulator.rigged_world import RiggedWorld
from emulator.world import World
from hil.board.rig_files import rig_source_files
from hil.scenario.model import Scenario
from hil.targets.rig_bench import RigBench
from hil.targets.sim import SimTarget
from hil.targets.sim_serial import SimClock, SimSerial

RIG_BOOT_S = 8  # sim compiles the rig's sources for 6 s
_US_PER_S = 1e6


class PolledClock(SimClock):
    """Virtual time that calls `poll` every `every_ns()` on its way."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.poll: Callable[[], None] = lambda: None
        self.every_ns: Callable[[], int] = lambda: 1 << 62
        self._is_polling = False
        self._is_called = False
        self._polled_ns = self.now_ns

    def run_until(self, t_ns: int) -> None:
        if self._is_polling:
            super().run_until(t_ns)
            return
        self._is_called = False
        while self.now_ns < t_ns and not self._is_called:
            due_ns = self._polled_ns + self.every_ns()
            super().run_until(min(due_ns, t_ns))
            if self.now_ns < min(due_ns, t_ns):
                return  # woken
            if due_ns < t_ns:
                self._poll()

    def wake(self) -> None:
        if self._stop is None:
            self._is_called = True  # by a listener of the poll
        super().wake()

    def _poll(self) -> None:
        # The poll itself waits for the rig's answers on this clock.
        self._is_polling = True
        try:
            self.poll()
        finally:
            self._is_polling = False
            self._polled_ns = self.now_ns


class RiggedTarget(SimTarget):
    """`rigged` is off; the rig is switched on here and boots before the clock starts. The pump is off until `power.on`.

    bench, power: the rig. Raises `BenchBroken` when it does not answer.
    """

    def __init__(self, world: World, rigged: RiggedWorld, start: datetime, nets: tuple[str, ...] = ()) -> None:
        rigged.power_on()
        world.env.run(world.env.now + RIG_BOOT_S * 10**9)
        super().__init__(world, nets)
        clock = self.clock = PolledClock(world)
        self.rigged = rigged
        self.rig_serial = SimSerial(rigged, clock)  # type: ignore[arg-type]  # the rig's end of things
        self.serial = SimSerial(world, clock)
        rig = RigBench(self.rig_serial, clock, lambda: clock.now_ns)
        rig.setup(start, **settings_of(world.config))
        clock.poll, clock.every_ns = rig.poll, lambda: rig.poll_every_ns
        self.bench = self.power = rig

    @classmethod
    def around(cls, world: World, start: datetime | None = None, nets: tuple[str, ...] = ()) -> Self:
        """The pump of this world with an emulated Pico as its rig."""
        return cls(world, RiggedWorld(world, _sim_rig), start or world.config.start_clock, nets)

    @classmethod
    def of_scenario(cls, scenario: Scenario, nets: tuple[str, ...] = ()) -> Self:
        """As SimTarget: the bench that the scenario asks for, as far as a rig can be it."""
        target = SimTarget.of_scenario(scenario)
        return cls.around(target.world, nets=nets)

    def __enter__(self) -> Self:
        self.power.on()
        return self

    def __exit__(self, *_error: Any) -> None:
        super().__exit__(None, None, None)
        self.rigged.power_off()


def settings_of(config: BenchConfig) -> dict[str, int]:
    """What of a bench a rig can be told, by the names of protocols/rig.py."""
    plant = config.plant
    decay_s = plant.compliance_nl_per_kpa * plant.resistance_kpa_s_per_nl
    return {
        "volume_per_rev_nl": round(plant.volume_per_rev_nl * (1.0 + plant.calibration_error)),
        "compliance_nl_per_kpa": round(plant.compliance_nl_per_kpa),
        "decay_us": max(1, round(decay_s * _US_PER_S)),
        "patient_pa": round(plant.patient_kpa * 1e3),
        "posture_pa": round(plant.posture_kpa * 1e3),
        "posture_ms": round(plant.posture_period_s * 1e3) if plant.posture_kpa else 0,
        "capacity_nl": round(plant.capacity_nl),
        "reservoir_nl": round(plant.fill_nl),
        "concentration_ug_per_ml": round(plant.concentration_ug_per_ml),
        "supply_mv": round(plant.supply_mv),
        "rotor_phase_millisteps": round(plant.rotor_phase_microsteps * 1e3),
        "magnet_offset_counts": round(config.magnet_offset_counts),
        "back_pressure_ppm_per_kpa": round(plant.back_pressure_per_kpa * 1e6),
    }


def _sim_rig(world: World, wiring: Wiring) -> Mcu:
    rig = Mcu(
        world.env, world.nets, wiring, Flash(image=FlashImage.build(rig_source_files())), seed=world.seed, name="rig"
    )
    # Both of its controllers are on the pump's one bus.
    rig.i2c = (world.mcu.i2c[0], world.mcu.i2c[0])
    return rig
