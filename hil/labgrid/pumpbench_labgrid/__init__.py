"""A pump and its bench in labgrid. `imports: [pumpbench_labgrid]` in an environment file registers all of it."""

from pumpbench_labgrid.bench import PumpBenchControl, PumpBenchDriver
from pumpbench_labgrid.strategy import PumpStrategy, Status

__all__ = ["PumpBenchControl", "PumpBenchDriver", "PumpStrategy", "Status"]
