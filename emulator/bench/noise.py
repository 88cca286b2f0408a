"""Gaussian noise for sensors: seeded, the same on every machine, independent for each part and seed.

A counter is hashed with the part's own name and seed (SHAKE128), and the words of the hash are made normal
deviates in pairs (Box and Muller 1958). Nothing is shared between two parts, and nothing repeats.
"""

from array import array
from cmath import rect
from collections.abc import Iterator
from hashlib import shake_128
from itertools import chain, count
from math import log, pi, sqrt

_BLOCK_BYTES = 2_048
_STEP = 1.0 / (1 << 32)
_TURN = 2 * pi * _STEP


def deviates(seed: str) -> Iterator[float]:
    """Without end; mean 0, standard deviation 1."""
    return chain.from_iterable(_blocks(seed))


def _blocks(seed: str) -> Iterator[list[float]]:
    for number in count():
        words = array("I", shake_128(f"{seed}/{number}".encode()).digest(_BLOCK_BYTES))
        pairs = [
            rect(sqrt(-2.0 * log((size + 1) * _STEP)), angle * _TURN)
            for size, angle in zip(words[::2], words[1::2], strict=True)
        ]
        yield [pair.real for pair in pairs] + [pair.imag for pair in pairs]
