"""Which cuts are tried: all of a story's act, or a seeded sample; and cuts in the recovery from a cut."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.power_cuts.trial import PLACES, Cut, Trial

# A restart writes some entries of log and journal: measured for each first cut, this is only a bound.
_RECOVERY_OPERATIONS = 60


def all_cuts(trial: Trial) -> Iterator[Cut]:
    """Every operation of the act, at every place."""
    for operation in range(trial.operations):
        for place in PLACES:
            yield Cut(operation, place)


def recovery_cuts(trial: Trial, rng: random.Random, count: int) -> Iterator[Cut]:
    """`count` cuts of the act, each with a second cut in the recovery from it."""
    for _ in range(count):
        again = Cut(rng.randrange(_RECOVERY_OPERATIONS), rng.choice(PLACES))
        yield Cut(rng.randrange(trial.operations), rng.choice(PLACES), again)


def sample(trial: Trial, rng: random.Random, count: int) -> list[Cut]:
    """`count` different cuts of the act."""
    return rng.sample(list(all_cuts(trial)), min(count, trial.operations * len(PLACES)))
