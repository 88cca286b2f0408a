"""Thinning keeps the picture: within the tolerance, with its steps and its spikes."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.report.figure import interpolated
from hil.report.thinning import cap, straighten, thin
from hil.run.result import Series


def staircase(strokes: int) -> Series:
    """300 nL every 36 s, each stroke a vertical step."""
    times = [36.0 * (i // 2) for i in range(1, 2 * strokes + 1)]
    return Series(times, [300.0 * (i // 2) for i in range(2 * strokes)])


def test_a_straight_curve_needs_two_points():
    line = Series([float(i) for i in range(1000)], [2.0 * i for i in range(1000)])
    assert straighten(line, 0.01) == Series([0.0, 999.0], [0.0, 1998.0])


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=60), st.floats(0.01, 20))
def test_every_dropped_point_lies_within_the_tolerance_of_the_drawn_line(values, tolerance):
    series = Series([float(i) for i in range(len(values))], values)
    drawn = straighten(series, tolerance)
    assert drawn.t_s[0] == 0.0 and drawn.t_s[-1] == series.t_s[-1]
    for t, y in zip(series.t_s, series.y, strict=True):
        assert abs(interpolated(drawn, t) - y) <= tolerance * (1 + 1e-9) + 1e-9


def test_a_step_stays_vertical():
    step = Series([0.0, 10.0, 10.0, 20.0], [1.0, 1.0, 5.0, 5.0])
    assert straighten(step, 0.1) == step


@pytest.mark.parametrize("most", [4, 5, 100, 999])
def test_a_spike_of_one_sample_survives_any_cap(most):
    values = [0.0] * 1000
    values[617] = 60.0
    capped = cap(Series([float(i) for i in range(1000)], values), most)
    assert len(capped.y) <= most
    assert max(capped.y) == 60.0
    assert (capped.t_s[0], capped.t_s[-1]) == (0.0, 999.0)
    assert capped.t_s == sorted(capped.t_s)


def test_a_month_of_strokes_becomes_a_few_points_and_noise_is_capped():
    assert len(thin(staircase(70_000), 6000).y) < 200
    noise = random.Random(1)
    rough = Series([float(i) for i in range(50_000)], [noise.gauss(0, 1) for _ in range(50_000)])
    thinned = thin(rough, 500)
    assert len(thinned.y) <= 500
    assert math.isclose(max(thinned.y), max(rough.y)) and math.isclose(min(thinned.y), min(rough.y))


def test_an_empty_curve_stays_empty():
    assert thin(Series([], []), 100) == Series([], [])
