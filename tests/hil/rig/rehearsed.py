"""A pump whose plant is an emulated rig, in `sim`: spoken to as on a real bench."""

from __future__ import annotations

from emulator.bench.config import BenchConfig
from emulator.plant.config import PlantConfig
from emulator.world import World
from hil.pump.client import Client
from hil.targets.rigged import RiggedTarget, rigged_sim
from tests.therapy import give_therapy

STROKE_NL = 300.0
SECOND_NS = 10**9


def steady_world() -> World:
    """A plant of what the rig plays, too: rollers that do not pulse, a patient who lies still."""
    return World(BenchConfig.ideal(PlantConfig.ideal(pulsation=0.0, back_pressure_per_kpa=0.003)))


class Rehearsed:
    """Booted, with the host's two lines: `client` to the pump, `rig` to the rig."""

    def __init__(self, target: RiggedTarget | None = None) -> None:
        if target is None:
            world = steady_world()
            target = RiggedTarget(world, rigged_sim(world))
        self.target = target
        self.rig = self.target.bench
        self.client = Client(self.target.serial, self.target.clock)

    def __enter__(self) -> Rehearsed:
        self.target.__enter__()
        self.run_for(8)
        self.client.hello()
        return self

    def __exit__(self, *_error: object) -> None:
        self.target.__exit__(None, None, None)

    def run_for(self, seconds: float) -> None:
        self.target.clock.run_until(self.target.clock.now_ns + round(seconds * SECOND_NS))
        self.client.poll()
        assert self.target.trouble() is None, self.target.trouble()
        rig = self.target.rigged.mcu
        assert rig.crash is None, rig.crash

    def deliver(self, rate_nl_per_h: int, patient: tuple[int, int, int, int] | None = None) -> None:
        """Programme, refill, start."""
        give_therapy(self.client, rate_nl_per_h, patient)

    def run_until_alarm(self, name: str, limit_s: float) -> float:
        """Seconds until the pump tells of it."""
        begin_ns = self.target.clock.now_ns
        while self.target.clock.now_ns - begin_ns < limit_s * SECOND_NS:
            self.run_for(0.5)
            if name in self.raised():
                return (self.target.clock.now_ns - begin_ns) / SECOND_NS
        raise AssertionError(f"{name} not raised in {limit_s} s; raised: {self.raised()}")

    def raised(self) -> list[str]:
        return [event.alarm for event in self.client.events if event.code == "ALARM" and event.alarm_event == "RAISED"]

    def rigs_delivered_nl(self) -> float:
        return self.rig.truth_now()["displaced_pl"] / 1_000

    def plants_delivered_nl(self) -> float:
        return self.target.world.truth().delivered_nl

    def heard(self, signal: str) -> list[int]:
        """Values of a signal of the rig so far."""
        self.rig.poll()
        return [value for _, found, value in self.rig.events() if found == signal]
