"""How fast the emulated pump runs: 30 days of a flex programme, beside a bare SimPy timeout loop in the
same process.

The bare loop says how fast this machine is today, so that two measurements on two machines can be compared.
"""

from __future__ import annotations

import time
from collections.abc import Generator

import msgspec
import simpy

from hil.execution import run_scenario
from hil.result import RunResult
from hil.runner import Options
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
    """`loop_events_per_s` is the bare SimPy loop, the rest is the pump."""

    result: RunResult
    loop_events_per_s: float

    @property
    def times_real(self) -> float:
        return self.result.simulated_s / self.result.wall_s

    def lines(self) -> list[str]:
        strokes_per_s = self.result.strokes / self.result.wall_s
        return [
            f"pump: {self.result.simulated_s:,.0f} s simulated in {self.result.wall_s:.2f} s: "
            f"{self.times_real:,.0f} x real time, {strokes_per_s:,.0f} strokes/s, "
            f"verdict {self.result.verdict}",
            f"bare SimPy timeout loop in the same process: {self.loop_events_per_s:,.0f} events/s",
            f"demanded at this stage: {LEAST_SPEED:,} x real time: "
            + ("reached" if self.times_real >= LEAST_SPEED else "NOT reached"),
        ]


def measure() -> Speed:
    scenario = read_text(SCENARIO, "bench_speed")[0]
    result, _ = run_scenario(scenario, "sim", Options())
    return Speed(result, bare_loop_events_per_s())


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
