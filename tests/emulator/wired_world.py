"""A world whose processor does nothing, so that a test moves the pins itself."""

from emulator.bench import BenchConfig
from emulator.faults import FaultInjector
from emulator.nets import PulseTrain
from emulator.world import World

PERIOD_NS = 625_000
SECOND = 1_000_000_000
IDLE_FIRMWARE = {"/main.py": b""}
REVOLUTION = 200  # strokes of 16 microsteps


class HandDrivenWorld(World):
    """Strokes by hand on the nets of an idle board, with faults. An ideal bench unless configured otherwise."""

    def __init__(self, config: BenchConfig | None = None, seed: int = 0) -> None:
        super().__init__(config or BenchConfig.ideal(), IDLE_FIRMWARE, seed)
        self.faults = FaultInjector(self)
        self.power_on()
        self.drive("EN", 0)
        self.drive("DIR", 1)

    def drive(self, name: str, level: int) -> None:
        """Set a pin."""
        self.nets.digital(name).drive(level, self.env.now)

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.env.run(until=self.env.now + round(seconds * SECOND))
        self.plant.advance(self.env.now)

    def stroke(self, count: int = 1) -> None:
        """Strokes of 16 microsteps, one a second."""
        for _ in range(count):
            self.nets.digital("STEP").emit(PulseTrain(self.env.now, 16, PERIOD_NS // 2, PERIOD_NS))
            self.wait(1.0)

    def pulse_kpa(self) -> float:
        """Rise of the line pressure at the end of one stroke."""
        before = self.plant.line.pressure_kpa
        self.nets.digital("STEP").emit(PulseTrain(self.env.now, 16, PERIOD_NS // 2, PERIOD_NS))
        self.wait(15 * PERIOD_NS / SECOND)
        rise = self.plant.line.pressure_kpa - before
        self.wait(1.0)
        return rise

    def read_rotor(self) -> tuple[int, int] | None:
        """(status, angle) over the bus, None when nobody answers."""
        sensor = self.bench.rotor_sensor
        if not sensor.write(b"\x0b", self.env.now):
            return None
        data = sensor.read(3, self.env.now)
        return None if data is None else (data[0], data[1] << 8 | data[2])
