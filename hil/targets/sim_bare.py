"""A pump as it comes from the factory, on the reference bench, without a scenario."""

from __future__ import annotations

from emulator.world import World
from hil.targets.sim import SimTarget


def bare_target(seed: int = 0) -> SimTarget:
    """Not yet entered, as all targets. The seed is that of noise and of the chip's own number."""
    return SimTarget(World(seed=seed))
