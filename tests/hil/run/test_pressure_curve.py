"""The curve of the line pressure shows each stroke as it was, whatever else was looked at between strokes."""

from __future__ import annotations

import pytest

from hil.run.judging import pressure_curve
from hil.targets.truth import TruthSeries

S = 10**9


def strokes(count: int, looks: int) -> TruthSeries:
    """A stroke every 36 s from 3.3 to 4.6 kPa, and a look at the line at rest behind each `looks`-th of them."""
    rows = []
    for stroke in range(1, count + 1):
        rows.append((36 * S * stroke, 4.6, 3.3))
        if stroke % looks == 0:
            rows.append((36 * S * stroke + 18 * S, 3.3, 3.3))
    times, peaks, before = zip(*rows, strict=True)
    return TruthSeries(t_ns=times, line_pressure_kpa=peaks, before_kpa=before)


def rises(series) -> int:
    return sum(after - before > 1 for before, after in zip(series.y, series.y[1:], strict=False))


@pytest.mark.parametrize("looks", [1, 2, 3, 7])
def test_each_stroke_rises_from_the_pressure_before_it(looks):
    assert rises(pressure_curve(strokes(200, looks), 10_000 * S)) == 200


def test_a_long_run_keeps_the_highest_and_the_lowest_of_each_part():
    truth = strokes(30_000, 3)
    curve = pressure_curve(truth, truth.t_ns[-1])
    assert len(curve.t_s) <= 4_000 and curve.t_s == sorted(curve.t_s)
    assert set(curve.y) == {3.3, 4.6}
    assert rises(curve) > 1_000
