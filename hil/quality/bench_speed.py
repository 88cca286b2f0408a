"""Measures the speed of the emulated pump: 30 days of a flex programme, beside a bare SimPy timeout loop in the
same process.

The bare loop says how fast this machine is today, so that two measurements on two machines can be compared.
Each run of the pump has one of its own right behind it. The fastest pair counts: other work on the machine can
only slow a run down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator

import msgspec
import simpy

from hil.run.execution import run_scenario
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.model import Scenario
from hil.scenario.reader import read_text

SCENARIO = """
name = "Speed: 30 days of a flex programme"
duration = "30 d"

[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "20 mL"
basal = [
  { days = "mon-fri", segments = [["00:00", "15 uL/h"], ["06:30", "30 uL/h"], ["22:00", "15 uL/h"]] },
  { days = "sat,sun", segments = [["00:00", "20 uL/h"]] },
]

[[expect]]
truth = "delivered"
equals_programme_within = "5 %"
"""

LEAST_SPEED = 200_000  # simulated seconds per second, on the 2 cores of the reference machine
_LOOP_EVENTS = 300_000


class Speed(msgspec.Struct):
    """One run of the pump, and the bare SimPy loop behind it."""

    result: RunResult
    loop_events_per_s: float

    @property
    def times_real(self) -> float:
        return self.result.simulated_s / self.result.wall_s

    @property
    def simulated_s_per_event(self) -> float:
        """What the pump simulates while the bare loop has one event: the figure for two machines."""
        return self.times_real / self.loop_events_per_s

    def line(self) -> str:
        return (
            f"pump: {self.result.simulated_s:,.0f} s simulated in {self.result.wall_s:.2f} s: "
            f"{self.times_real:,.0f} x real time, {self.result.strokes / self.result.wall_s:,.0f} strokes/s, "
            f"verdict {self.result.verdict}; bare SimPy timeout loop: {self.loop_events_per_s:,.0f} events/s"
        )


def measure(scenario: Scenario, progress: Callable[[int, int], None]) -> Speed:
    """One pair. `progress(now_ns, end_ns)` is told how far the pump is."""
    result, _ = run_scenario(scenario, "sim", Options(progress=progress))
    return Speed(result, bare_loop_events_per_s())


def speed_scenario() -> Scenario:
    return read_text(SCENARIO, "bench_speed")[0]


def summary(speeds: list[Speed]) -> str:
    best = max(speeds, key=lambda speed: speed.times_real)
    verdict = "reached" if best.times_real >= LEAST_SPEED else "NOT reached"
    return (
        f"fastest of {len(speeds)}: {best.times_real:,.0f} x real time, {best.simulated_s_per_event:.2f} s simulated "
        f"per event of the bare loop; demanded at this stage: {LEAST_SPEED:,} x real time: {verdict}"
    )


def bare_loop_events_per_s() -> float:
    """Timeouts per wall second of a SimPy process that does nothing else."""
    env = simpy.Environment()

    def loop() -> Generator[simpy.Event, None, None]:
        while True:
            yield env.timeout(1)

    env.process(loop())
    started_s = time.perf_counter()
    env.run(until=_LOOP_EVENTS)
    return _LOOP_EVENTS / (time.perf_counter() - started_s)
