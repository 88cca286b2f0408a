"""The parts on the pins: register models, edges and volts. They know the plant and the nets, no firmware."""

from emulator.bench.bench import Bench
from emulator.bench.config import SCENARIO_KEYS, BenchConfig

__all__ = ["SCENARIO_KEYS", "Bench", "BenchConfig"]
