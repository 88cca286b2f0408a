"""Trumpet curve, start-up graph and scatter against volumes whose errors are known."""

from __future__ import annotations

import pytest

from hil.measure.flow import SAMPLE_S, Samples, accuracy, sampled
from hil.measure.scatter import scatter, strokes_of

RATE = 60_000  # 500 nL in each sample of 30 s
SAMPLE_NL = 500.0
HOUR = 120  # samples


def running(flows: list[float]) -> Samples:
    volumes = [0.0]
    for flow in flows:
        volumes.append(volumes[-1] + flow)
    return Samples(volumes)


def test_an_even_flow_has_no_error_in_any_window():
    flow = accuracy(running([SAMPLE_NL] * 2 * HOUR), RATE, 3600, 300.0)
    assert flow.analysis_s == 3600
    assert flow.mean_error_percent == pytest.approx(0.0)
    assert [point.window_s for point in flow.trumpet] == [60, 120, 300, 660, 1140, 1860, 3600]
    assert all(abs(point.highest_percent) < 1e-9 and abs(point.lowest_percent) < 1e-9 for point in flow.trumpet)
    assert flow.steady_s == 0.0


def test_one_sample_too_many_and_one_missing_show_by_the_length_of_the_window():
    flows = [SAMPLE_NL] * 2 * HOUR
    flows[HOUR + 20] *= 2
    flows[HOUR + 70] = 0.0
    flow = accuracy(running(flows), RATE, 3600, 300.0)
    for point in flow.trumpet[:5]:
        samples = point.window_s // SAMPLE_S
        assert point.highest_percent == pytest.approx(100 / samples)
        assert point.lowest_percent == pytest.approx(-100 / samples)
    assert flow.trumpet[-1].highest_percent == pytest.approx(0.0)


def test_what_happens_before_the_analysis_counts_in_the_startup_only():
    flow = accuracy(running([0.0] * 40 + [SAMPLE_NL] * 200), RATE, 3600, 300.0)
    assert flow.mean_error_percent == pytest.approx(0.0)
    assert flow.first_s == 41 * SAMPLE_S
    assert flow.steady_s is not None and 38 * SAMPLE_S <= flow.steady_s <= 41 * SAMPLE_S
    assert flow.startup[39] == (1200, 0.0)
    assert flow.startup[40] == (1230, RATE)


def test_a_flow_that_never_settles_is_never_steady():
    flow = accuracy(running([SAMPLE_NL * 4, 0.0, 0.0, 0.0] * 60), RATE, 3600, 100.0)
    assert flow.steady_s is None


def test_samples_that_end_in_the_stabilisation_are_refused():
    with pytest.raises(ValueError, match="within the stabilisation time"):
        accuracy(running([SAMPLE_NL] * HOUR), RATE, 3600, 300.0)


def test_a_total_holds_until_its_next_row():
    assert sampled([-5.0, 10.0, 45.0, 60.0], [100.0, 400.0, 700.0, 1000.0], 90).volume_nl == [0, 300, 900, 900]


def test_strokes_are_the_steps_of_the_total_and_a_row_inside_a_burst_makes_no_two():
    t_s = [0.0, 10.0, 10.02, 15.0, 20.0, 30.0]
    total = [0.0, 200.0, 300.0, 300.0, 610.0, 900.0]
    assert strokes_of(t_s, total, 0.0) == [300.0, 310.0, 290.0]
    assert strokes_of(t_s, total, 15.0) == [310.0, 290.0]


def test_a_roller_that_differs_is_a_hill_that_ends_with_the_turn():
    strokes = ([330.0] * 5 + [270.0] * 5) * 60
    rows = {row.strokes: row for row in scatter(strokes)}
    assert rows[1].cv_percent == pytest.approx(10.0, rel=0.01)
    assert rows[5].one_stroke_cv_percent == pytest.approx(10.0 * 5**0.5, rel=0.02)
    assert rows[10].one_stroke_cv_percent == pytest.approx(0.0, abs=1e-9)


def test_too_few_collections_give_no_figure():
    assert [row.strokes for row in scatter([300.0, 301.0] * 5)] == [1, 2]
