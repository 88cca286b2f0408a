"""Tries a seeded sample of mutants and counts those that some test notices."""

from __future__ import annotations

import random
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import Literal

import msgspec

from hil.quality import edited_run
from hil.quality.mutation.mutator import Mutant, mutants
from hil.quality.mutation.reach import Reach, Reached
from hil.targets import firmware_source

State = Literal["killed", "timeout", "survived", "unreached"]

_LEAST_TIMEOUT_S = 20.0
_TIMEOUT_FACTOR = 10.0
_MOST_TESTS_S = 30.0  # of one mutant, as long as its tests take without it


class Tried(msgspec.Struct):
    """One mutant and what became of it; `by` is the test that noticed."""

    mutant: Mutant
    state: State
    wall_s: float = 0.0
    by: str = ""


class Score(msgspec.Struct):
    """`possible`: mutants of all files; `tried`: those of the sample that the time allowed."""

    possible: int
    tried: list[Tried]

    def count(self, state: State) -> int:
        return sum(each.state == state for each in self.tried)

    @property
    def percent(self) -> float:
        """Mutants noticed, of those tried; one that no test reaches counts as not noticed."""
        noticed = self.count("killed") + self.count("timeout")
        return 100.0 * noticed / len(self.tried) if self.tried else 0.0


def every_mutant(files: Iterable[str]) -> list[Mutant]:
    return [mutant for file in files for mutant in mutants(file, firmware_source.source(file))]


def measure(
    files: Iterable[str], reach: Reach, sample: int, seed: int, limit_s: float, tell: Callable[[Tried], None]
) -> Score:
    """Try at most `sample` mutants, drawn by `seed`, until `limit_s` of wall time are over."""
    possible = every_mutant(files)
    drawn = random.Random(seed).sample(possible, min(sample, len(possible)))
    deadline_s = time.monotonic() + limit_s
    score = Score(len(possible), [])
    for mutant in drawn:
        if time.monotonic() >= deadline_s:
            break
        tried = _try(mutant, reach)
        tell(tried)
        score.tried.append(tried)
    return score


def _try(mutant: Mutant, reach: Reach) -> Tried:
    tests = _affordable(reach.tests_for(mutant.file, mutant.scope))
    if not tests:
        return Tried(mutant, "unreached")
    timeout_s = max(_LEAST_TIMEOUT_S, _TIMEOUT_FACTOR * sum(test.wall_s for test in tests))
    seen = edited_run.run_tests({mutant.file: mutant.text}, [test.name for test in tests], timeout_s)
    if seen.outcome == "passed":
        return Tried(mutant, "survived", seen.wall_s)
    state: State = "timeout" if seen.outcome == "timeout" else "killed"
    return Tried(mutant, state, seen.wall_s, _first_failed(seen.output))


def _affordable(tests: list[Reached]) -> list[Reached]:
    """The first of them that take no longer together than is spent on one mutant, and at least one."""
    sums_s = list(accumulate(test.wall_s for test in tests))
    return tests[: max(1, bisect_right(sums_s, _MOST_TESTS_S))]


def _first_failed(output: str) -> str:
    for line in output.splitlines():
        if line.startswith("FAILED "):
            return line.removeprefix("FAILED ").partition(" - ")[0]
    return ""
