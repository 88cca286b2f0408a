"""`make power-cuts`: sweep power cuts over flash operations and print how many of which kind were tried.

Example: python -m tests.power_cuts --total 20000 --jobs 2
Exit code 0 when every restarted pump was whole, 1 when one was not, 3 when a planned cut never happened.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.power_cuts.stories import STORIES
from tests.power_cuts.sweep import recovery_cuts, sample
from tests.power_cuts.trial import Cut, Trial

_TASK_CUTS = 100


@dataclass
class Share:
    """What one task tried: counts by kind of cut, and complaints with the cut that made them."""

    story: str
    operations: int = 0
    tried: Counter[str] = field(default_factory=Counter)
    points: set[str] = field(default_factory=set)
    failures: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def run_share(number: int, kind: str, count: int, seed: int) -> Share:
    """`count` cuts of story `number`, in a process of its own."""
    story = STORIES[number]
    trial = Trial(story)
    rng = random.Random(f"{story.name} {kind} {seed}")
    share = Share(story.name, trial.operations)
    cuts: Sequence[Cut] = sample(trial, rng, count) if kind == "act" else list(recovery_cuts(trial, rng, count))
    for cut in cuts:
        outcome = trial.run(cut)
        if not outcome.has_cut:
            continue
        share.tried[kind if cut.again else cut.place[0]] += 1
        share.points.add(str(cut))
        if outcome.complaints:
            share.failures.append((str(cut), outcome.complaints))
    trial.close()
    return share


def main() -> int:
    parser = argparse.ArgumentParser(prog="make power-cuts", description=__doc__)
    parser.add_argument("--total", type=int, default=20_000, help="about how many cuts to try")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console()
    each = max(1, options.total // (2 * len(STORIES) * _TASK_CUTS))
    tasks = [
        (number, kind, options.seed + part)
        for part in range(each)
        for number in range(len(STORIES))
        for kind in ("act", "recovery")
    ]
    shares: list[Share] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(options.jobs) as pool, Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("power cuts", total=len(tasks) * _TASK_CUTS)
        try:
            futures = [pool.submit(run_share, number, kind, _TASK_CUTS, seed) for number, kind, seed in tasks]
            for future in as_completed(futures):
                shares.append(future.result())
                progress.advance(bar, _TASK_CUTS)
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            console.print("interrupted; what was tried until then:")
    return _report(console, shares)


def _report(console: Console, shares: list[Share]) -> int:
    kinds = ("before", "inside", "after", "recovery")
    table = Table("story", "flash operations", *kinds, "different points", "failed", title="Power cuts")
    total = 0
    failed = 0
    for story in STORIES:
        mine = [share for share in shares if share.story == story.name]
        tried = sum((share.tried for share in mine), Counter())
        points = set().union(*(share.points for share in mine)) if mine else set()
        failures = [failure for share in mine for failure in share.failures]
        total += len(points)
        failed += len(failures)
        operations = max((share.operations for share in mine), default=0)
        counts = [str(tried[kind]) for kind in kinds]
        table.add_row(story.name, str(operations), *counts, str(len(points)), str(len(failures)))
    console.print(table)
    for share in shares:
        for cut, complaints in share.failures[:3]:
            console.print(f"{share.story}: {cut}: {'; '.join(complaints)}", markup=False)
    console.print(f"{total} different cut points, {failed} failures")
    if failed:
        return 1
    return 0 if total else 3


if __name__ == "__main__":
    sys.exit(main())
