"""A plant with its motor switched on, and a pump's worth of step trains."""

import pytest

from emulator.nets import PulseTrain
from emulator.plant import Plant, PlantConfig

MS = 1_000_000
SECOND = 1_000_000_000
PERIOD_NS = 625_000


class Driven:
    """A plant at the end of a step line. `stroke` puts out microsteps and waits, as a pump does."""

    def __init__(self, config: PlantConfig | None = None) -> None:
        self.plant = Plant(config or PlantConfig.ideal())
        self.plant.motor.set_enabled(True)

    def begin(self, microsteps: int = 16, period_ns: int = PERIOD_NS) -> PulseTrain:
        """A train that starts now."""
        train = PulseTrain(self.plant.now_ns, microsteps, period_ns // 2, period_ns)
        self.plant.begin_train(train)
        return train

    def stroke(self, microsteps: int = 16, wait_ns: int = SECOND) -> None:
        """A whole stroke, then time for the line to settle."""
        train = self.begin(microsteps)
        self.plant.advance(train.end_ns + wait_ns)

    def strokes(self, count: int, microsteps: int = 16, wait_ns: int = SECOND) -> None:
        """Several of them."""
        for _ in range(count):
            self.stroke(microsteps, wait_ns)

    def unaccounted_nl(self) -> float:
        """What conservation of volume leaves over; 0 but for rounding."""
        plant = self.plant
        return plant.displaced_nl - plant.in_csf_nl - plant.leaked_nl - plant.line.trapped_nl


@pytest.fixture
def driven():
    """The reference plant, steady on purpose."""
    return Driven()


@pytest.fixture
def make_driven():
    """A plant of one's own configuration."""
    return Driven
