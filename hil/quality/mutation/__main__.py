"""`python -m hil.quality.mutation`: mutation score of the firmware over a seeded sample, and the survivors.

Tests of the core notice what is wrong in the core; the whole pump's are needed for services and drivers. A mutant that
half a minute of tests has not noticed has survived.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import msgspec

from hil.quality import edited_run
from hil.quality.mutation import reach
from hil.quality.mutation.score import Score, Tried, measure
from hil.targets import firmware_source

ROOMS = ("core", "services", "drivers")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hil.quality.mutation", description=__doc__)
    parser.add_argument("files", nargs="*", metavar="FILE", help="only these, e.g. firmware/core/units.py")
    parser.add_argument("--rooms", nargs="+", choices=ROOMS, default=list(ROOMS), help="only these (default all)")
    parser.add_argument("--sample", type=int, default=300, help="mutants to draw (default 300)")
    parser.add_argument("--tests", nargs="+", metavar="PATH", help="only tests of these files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after so much wall time (default 60)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every mutant that was tried")
    parser.add_argument("--least", type=float, default=0.0, metavar="PERCENT", help="exit code 1 below this score")
    chosen = parser.parse_args(arguments)
    files = [path for room in chosen.rooms for path in firmware_source.paths_of(room)]
    unknown = [file for file in chosen.files if file not in files]
    if unknown:
        parser.error(f"not in firmware/{{{','.join(chosen.rooms)}}}: {', '.join(unknown)}")
    needs_pump = any(not file.startswith("firmware/core/") for file in chosen.files or files)
    tests = chosen.tests or (reach.ALL_TESTS if needs_pump else reach.CORE_TESTS)
    started_s = time.monotonic()
    edited_run.prepare()
    reached, failing = reach.measure(tests)
    for name in failing:
        print(f"left out, it fails without a mutant: {name}")
    print(f"{len(reached)} tests in {time.monotonic() - started_s:.0f} s, then the mutants", flush=True)
    score = measure(chosen.files or files, reached, chosen.sample, chosen.seed, chosen.minutes * 60, _tell)
    _show(score, chosen.seed, time.monotonic() - started_s)
    if chosen.json is not None:
        chosen.json.write_text(json.dumps([_plain(each) for each in score.tried], indent=1) + "\n", encoding="utf-8")
    return 1 if score.percent < chosen.least else 0


def _tell(tried: Tried) -> None:
    print(f"{tried.state:>9}  {tried.wall_s:5.1f} s  {tried.mutant.name}  {tried.mutant.after}", flush=True)


def _show(score: Score, seed: int, wall_s: float) -> None:
    print()
    for state in ("survived", "unreached"):
        for each in score.tried:
            if each.state == state:
                print(f"{state}: {each.mutant.name}\n    - {each.mutant.before}\n    + {each.mutant.after}")
    noticed = score.count("killed") + score.count("timeout")
    print(
        f"\nmutation score {score.percent:.1f} %: {noticed} of {len(score.tried)} mutants noticed "
        f"({score.count('timeout')} by time), {score.count('survived')} survived, {score.count('unreached')} not "
        f"reached by any test; sample of {score.possible} possible ones, seed {seed}, {wall_s:.0f} s"
    )


def _plain(tried: Tried) -> dict[str, object]:
    plain = msgspec.to_builtins(tried)
    del plain["mutant"]["text"]
    return plain


if __name__ == "__main__":
    sys.exit(main())
