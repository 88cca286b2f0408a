"""`pumpbench bench`: how fast the emulated pump runs here."""

from __future__ import annotations

from typing import Annotated

import typer

from hil.console import out

EXAMPLES = """Examples: pumpbench bench
          pumpbench bench --runs 1"""


def bench(
    runs: Annotated[int, typer.Option(min=1, help="Number of runs; the fastest counts.")] = 3,
) -> None:
    """Simulated seconds per wall second for 30 days of a flex programme, beside a bare SimPy loop."""
    from hil.commands.progress import ProgressBar
    from hil.quality.bench_speed import measure, speed_scenario, summary

    scenario = speed_scenario()
    speeds = []
    for _ in range(runs):
        with ProgressBar() as bar:
            bar.begin(scenario)
            speeds.append(measure(scenario, bar.move))
        out.print(speeds[-1].line(), soft_wrap=True)
    out.print(summary(speeds), soft_wrap=True)
    if any(speed.result.verdict != "pass" for speed in speeds):
        raise typer.Exit(1)
