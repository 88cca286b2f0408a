"""Gaussian noise for sensors: cheap, seeded, the same on every machine.

One table of normal deviates serves all sensors; each begins at a place of its own that its seed decides, so
two sensors repeat each other only with a shift, and one of them repeats itself after 4096 readings.
"""

from collections.abc import Iterator
from functools import cache
from itertools import cycle
from random import Random

_DEVIATES = 4_096


@cache
def _table() -> tuple[float, ...]:
    random = Random("noise of the bench")
    return tuple(random.gauss(0.0, 1.0) for _ in range(_DEVIATES))


def deviates(seed: str) -> Iterator[float]:
    """Without end; mean 0, standard deviation 1."""
    table = _table()
    begin = Random(seed).randrange(_DEVIATES)
    return cycle(table[begin:] + table[:begin])
