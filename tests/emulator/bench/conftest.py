"""A bench on its nets, and a hand that moves its lines."""

import pytest

from emulator.bench import Bench, BenchConfig
from emulator.env import WorldEnvironment
from emulator.nets import Nets, PulseTrain
from emulator.plant import Plant

PERIOD_NS = 625_000
SECOND = 1_000_000_000


class Wired:
    """Nets, plant and bench without a processor; time passes when told."""

    def __init__(self, config: BenchConfig | None = None, seed: int = 0) -> None:
        self.env = WorldEnvironment()
        self.nets = Nets()
        self.config = config or BenchConfig()
        self.plant = Plant(self.config.plant)
        self.bench = Bench(self.env, self.nets, self.plant, self.config, seed)

    @property
    def now_ns(self) -> int:
        """The time."""
        return self.env.now

    def drive(self, name: str, level: int) -> None:
        """The processor sets a pin."""
        self.nets.digital(name).drive(level, self.env.now)

    def enable(self) -> None:
        """Driver on, forward."""
        self.drive("EN", 0)
        self.drive("DIR", 1)

    def burst(self, microsteps: int = 16) -> PulseTrain:
        """The step generator begins a burst."""
        train = PulseTrain(self.env.now, microsteps, PERIOD_NS // 2, PERIOD_NS)
        self.nets.digital("STEP").emit(train)
        return train

    def wait(self, span_ns: int = SECOND) -> None:
        """Time passes, and the plant with it."""
        self.env.run(until=self.env.now + span_ns)
        self.plant.advance(self.env.now)

    def stroke(self, microsteps: int = 16) -> None:
        """A burst and time to settle."""
        train = self.burst(microsteps)
        self.wait(train.end_ns - self.env.now + SECOND)


@pytest.fixture
def wired():
    """The reference bench."""
    return Wired()


@pytest.fixture
def make_wired():
    """A bench of one's own configuration."""
    return Wired
