"""An emulated pump whose plant is played by an emulated rig: what a real bench without fluid is, rehearsed.

`--target sim` or `chip` with `--rig`: runner, plugin and command line see a target as any other; its bench and its
power are those of a rig behind a serial line. The emulated plant stays at the motor's lines, for comparison.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

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


class RiggedPump(SimTarget):
    """Pump and rig behind their serial lines, and no host: who asks on them switches the pump on, as on a real bench.

    `rigged` is off; the rig is switched on here and boots before the clock starts.
    """

    bench = power = None  # type: ignore[assignment]  # they are the rig's

    def __init__(self, world: World, rigged: RiggedWorld, nets: tuple[str, ...] = ()) -> None:
        rigged.power_on()
        world.env.run(world.env.now + RIG_BOOT_S * 10**9)
        super().__init__(world, nets)
        self.rigged = rigged
        self.clock = PolledClock(world)
        self.serial = SimSerial(world, self.clock)
        self.rig_serial = SimSerial(rigged, self.clock)  # type: ignore[arg-type]  # the rig's end of things
        self.bench = self.power = None  # type: ignore[assignment]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        self.rigged.power_off()

    def trouble(self) -> str | None:
        """The traceback with which the pump's firmware ended, or the rig's."""
        rig = self.rigged.mcu.crash
        return f"the rig's firmware has ended:\n{rig.strip()}" if rig is not None else super().trouble()


class RiggedTarget(RiggedPump):
    """The same with a host at the rig: bench and power are a `RigBench`. The pump is off until `power.on`, which
    entering does. Raises `BenchBroken` when the rig does not answer.
    """

    measured_by = "rig"
    bench: RigBench  # type: ignore[assignment]
    power: RigBench  # type: ignore[assignment]

    def __init__(self, world: World, rigged: RiggedWorld, nets: tuple[str, ...] = ()) -> None:
        super().__init__(world, rigged, nets)
        clock = self.clock
        rig = RigBench(self.rig_serial, clock, lambda: clock.now_ns)
        rig.setup(world.config.start_clock, **settings_of(world.config))
        clock.poll, clock.every_ns = rig.poll, lambda: rig.poll_every_ns
        self.bench = self.power = rig

    def __enter__(self) -> Self:
        self.power.on()
        return self


def rigged_sim(world: World) -> RiggedWorld:
    """With an emulated Pico as the rig of an emulated Pico."""
    return RiggedWorld(world, _sim_rig)


def rigged_target(word: str, scenario: Scenario | None, nets: tuple[str, ...] = (), seed: int = 0) -> RiggedTarget:
    """`word`: sim or chip, for both boards. The bench that the scenario asks for, as far as a rig can be it."""
    return RiggedTarget(*_boards(word, scenario, seed), nets)


def rigged_pump(word: str, seed: int = 0) -> RiggedPump:
    """`word`: sim or chip, for both boards. The reference bench, for whoever asks on the two lines."""
    return RiggedPump(*_boards(word, None, seed))


def _boards(word: str, scenario: Scenario | None, seed: int) -> tuple[World, RiggedWorld]:
    if word == "chip":
        from hil.targets.rigged_chip import two_chips

        return two_chips(scenario, seed)
    target = SimTarget.as_delivered(seed) if scenario is None else SimTarget.of_scenario(scenario)
    return target.world, rigged_sim(target.world)


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
