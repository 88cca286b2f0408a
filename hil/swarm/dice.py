"""Draws of one story. A kind that is switched off for a story does not come up in it at all, as in swarm testing: what
needs much of one kind and none of another would hardly ever be drawn from all kinds alike (Groce and others, 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log
from random import Random
from typing import TypeVar

_T = TypeVar("_T")


class Dice:
    """All draws follow from `seed` and `purpose` alone, in the order in which they are asked for."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._random = Random(f"pumpbench swarm {purpose} {seed}")

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def uniform(self, low: float, high: float) -> float:
        return self._random.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return self._random.randint(low, high)

    def spread(self, low: float, high: float) -> float:
        """As likely from 1 to 2 as from 100 to 200."""
        return exp(self._random.uniform(log(low), log(high)))

    def of(self, choices: Sequence[_T]) -> _T:
        return self._random.choice(choices)

    def swarm(self, kinds: Sequence[_T], share: float) -> dict[_T, float]:
        """The kinds that are on, each with its weight; at least one. `share` of them are on, on the average."""
        on = [kind for kind in kinds if self.chance(share)] or [self.of(kinds)]
        return {kind: self._random.expovariate(1.0) + 0.01 for kind in on}

    def weighted(self, weights: dict[_T, float]) -> _T:
        return self._random.choices(list(weights), list(weights.values()))[0]


def seconds(value: float) -> str:
    """A time as a scenario has it, to three digits from 10 ms up."""
    rounded = float(f"{max(value, 0.01):.3g}")
    for unit, length in (("d", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if rounded >= length and (rounded / length * 4).is_integer():
            return f"{rounded / length:g} {unit}"
    return f"{rounded:g} s"


def moment(value: float) -> str:
    """A point of time, to 10 ms."""
    return f"{value:.2f} s"


def volume(nl: float) -> str:
    return f"{float(f'{nl / 1000:.3g}'):g} uL"


def rate(nl_per_h: float) -> str:
    return f"{float(f'{nl_per_h / 1000:.3g}'):g} uL/h"
