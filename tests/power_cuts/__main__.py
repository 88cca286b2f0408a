"""`make power-cuts`: sweep power cuts over flash operations and print how many of which kind were tried.

Example: python -m tests.power_cuts --total 20000 --jobs 2
Exit code 0 when every restarted pump was whole, 1 when one was not, 3 when fewer cuts were tried than asked for.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tests.power_cuts.copies import Found
from tests.power_cuts.cut_series import CutSeries
from tests.power_cuts.stories import STORIES
from tests.power_cuts.sweep import part_of, sample_of

_PART_CUTS = 250
_MARGIN = 1.06  # each point has its own lot: a few more are drawn than wanted, or a few less
_LEAST_SHARE = 0.97
_WIDTH = 180  # of a report that goes to a file
_RECOVERY = "recovery"
_KINDS = ("before", "write torn", "write garbled", "erase torn", "erase garbled", "after", _RECOVERY)


@dataclass
class Share:
    """What one task tried, all of it different points of one story."""

    story: str
    operations: int = 0
    recovery_operations: int = 0
    found: list[Found] = field(default_factory=list)


def run_share(number: int, part: int, parts: int, count: int, seed: int) -> Share:
    """One part of some `count` cuts of story `number`, in a process of its own."""
    series = CutSeries(STORIES[number])
    gc.freeze()  # what is there is not looked at again, and so not duplicated in every copy
    found = series.sweep(part_of(sample_of(series, count, str(seed)), part, parts))
    share = Share(series.story.name, series.operations, series.recovery_operations, found)
    series.close()
    return share


def main() -> int:
    parser = argparse.ArgumentParser(prog="make power-cuts", description=__doc__)
    parser.add_argument("--total", type=int, default=20_000, help="about how many cuts to try")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    each = round(_MARGIN * options.total / len(STORIES))
    parts = max(1, round(each / _PART_CUTS))
    tasks = [(number, part, parts, each, options.seed) for part in range(parts) for number in range(len(STORIES))]
    shares: list[Share] = []
    began_s = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(options.jobs) as pool, Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("power cuts", total=each * len(STORIES))
        try:
            futures = [pool.submit(run_share, *task) for task in tasks]
            for future in as_completed(futures):
                shares.append(future.result())
                progress.advance(bar, len(shares[-1].found))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            console.print("interrupted; what was tried until then:")
    return _report(console, shares, options.total, time.monotonic() - began_s)


def _kind(found: Found) -> str:
    return _RECOVERY if found.cut.again else found.kind


def _report(console: Console, shares: list[Share], wanted: int, seconds: float) -> int:
    table = Table(
        "story",
        "operations",
        *_KINDS,
        "points",
        "failed",
        title="Power cuts; operations on flash of the act and of the restart",
    )
    again: Counter[str] = Counter()
    total: Counter[str] = Counter()
    failed: list[tuple[str, Found]] = []
    for story in STORIES:
        mine = [share for share in shares if share.story == story.name]
        found = [each for share in mine for each in share.found]
        kinds = Counter(_kind(each) for each in found)
        points = len({str(each.cut) for each in found})
        wrong = [(story.name, each) for each in found if each.complaints]
        operations = (
            f"{max((s.operations for s in mine), default=0)}, {max((s.recovery_operations for s in mine), default=0)}"
        )
        table.add_row(story.name, operations, *(str(kinds[kind]) for kind in _KINDS), str(points), str(len(wrong)))
        total += kinds + Counter(points=points)
        again += Counter(each.kind for each in found if each.cut.again)
        failed += wrong
    table.add_section()
    table.add_row("all", "", *(str(total[kind]) for kind in _KINDS), str(total["points"]), str(len(failed)))
    console.print(table)
    console.print(
        "second cuts: " + ", ".join(f"{kind.removeprefix('recovery, ')} {n}" for kind, n in sorted(again.items()))
    )
    for name, each in failed[:40]:
        console.print(f"{name}: {each.cut}: {'; '.join(each.complaints)}", markup=False)
    console.print(f"{total['points']} different cut points in {seconds / 60:.1f} min, {len(failed)} failures")
    if failed:
        return 1
    return 0 if total["points"] >= _LEAST_SHARE * wanted else 3


if __name__ == "__main__":
    sys.exit(main())
