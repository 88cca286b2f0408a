"""Scatter from stroke to stroke: the spread of single strokes, told from collections of several.

A balance cannot weigh one stroke, so N are collected. Where strokes are independent, the spread of one is that of
a collection times the square root of N. When the product rises with N, strokes of one roller belong together, and
it falls back where N strokes are a whole turn: a plateau, or a hill, is a roller that differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import mean, stdev

import msgspec

COLLECTIONS = (1, 2, 5, 10, 20, 50, 67, 100, 200)
LEAST_COLLECTIONS = 5
SAME_STROKE_S = 0.1  # a row of the truth in the middle of a burst does not make two strokes of it


class Collected(msgspec.Struct):
    """`cv_percent` of collections of `strokes`, and of one stroke by the square root."""

    strokes: int
    collections: int
    cv_percent: float
    one_stroke_cv_percent: float


def strokes_of(t_s: Sequence[float], volume_nl: Sequence[float], from_s: float) -> list[float]:
    """Volume of each stroke after `from_s`, from the rows of a running total."""
    found: list[float] = []
    last_s = float("-inf")
    for row in range(1, len(t_s)):
        delta_nl = volume_nl[row] - volume_nl[row - 1]
        if delta_nl == 0 or t_s[row] <= from_s:
            continue
        if t_s[row] - last_s < SAME_STROKE_S and found:
            found[-1] += delta_nl
        else:
            found.append(delta_nl)
        last_s = t_s[row]
    return found


def scatter(strokes: Sequence[float]) -> list[Collected]:
    """One row for each number of strokes of which there are enough collections."""
    rows = []
    for number in COLLECTIONS:
        sums = [sum(strokes[i : i + number]) for i in range(0, len(strokes) - number + 1, number)]
        if len(sums) < LEAST_COLLECTIONS or mean(sums) <= 0:
            continue
        cv_percent = 100 * stdev(sums) / mean(sums)
        rows.append(Collected(number, len(sums), cv_percent, cv_percent * sqrt(number)))
    return rows
