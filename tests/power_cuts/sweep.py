"""Which cuts are tried: a share of those in the act and of those in the recoveries, chosen by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.power_cuts.copies import PLACES, Cut
from tests.power_cuts.cut_series import CutSeries


@dataclass(frozen=True)
class Sample:
    """`of_act`, `of_recovery`: how many of the points there are tried, 0 to 1. Each point has its own lot, so
    that neither order nor number of processes changes what is chosen.
    """

    of_act: float
    of_recovery: float
    seed: str

    def __contains__(self, cut: Cut) -> bool:
        share = self.of_recovery if cut.again else self.of_act
        return share >= 1.0 or random.Random(f"{self.seed} {cut}").random() < share


def sample_of(series: CutSeries, count: int, seed: str) -> Sample:
    """About `count` points: half of them in the act where it has as many, and the others in recoveries."""
    in_act = len(PLACES) * series.operations
    act = min(in_act, count / 2)
    in_recoveries = act * len(PLACES) * series.recovery_operations
    return Sample(act / in_act, min(1.0, (count - act) / in_recoveries), f"{series.story.name} {seed}")


def part_of(sample: Sample, part: int, parts: int) -> Callable[[Cut], bool]:
    """Every operation of the act belongs to one of `parts`."""
    return lambda cut: cut.operation % parts == part and cut in sample
