"""Occlusion and disconnection by line pressure: trapped volume and delay at every rate (DET-05 to 07)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import (
    NEVER,
    RATES_UL_PER_H,
    STROKE_NL,
    Line,
    core,
    interval_s,
)

module = core("line_watch")
CLOSED, DISCONNECTED = 1e9, 1e-3
BOLUS_RATES = (6_000, 60_000)


def stroke_nl_at(rate):
    """As firmware/core/stroke.py chooses it: one stroke in 300 ms, 300 nL to 5 uL."""
    return int(min(5000, max(STROKE_NL, rate / 12)))


def watch():
    return module.LineWatch(module.LIMIT_PA, STROKE_NL)


def pumped(line_watch, line, rate, strokes):
    """(verdict, strokes until it), the first that is not 'open'."""
    stroke_nl = stroke_nl_at(rate)
    for number in range(1, strokes + 1):
        burst_s = stroke_nl / 30_000
        line.rest(interval_s(rate, stroke_nl) - burst_s)
        before_pa = line.read_pa()
        line.pump(stroke_nl)
        line.rest(0.001)
        verdict = line_watch.stroke(before_pa, line.read_pa(), stroke_nl)
        if verdict != module.LINE_OPEN:
            return verdict, number
    return module.LINE_OPEN, NEVER


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("rate", RATES_UL_PER_H + BOLUS_RATES)
@pytest.mark.parametrize("noise_kpa", [0.0, 0.3])
def test_twin_an_open_line_is_open_stroke_after_stroke(rate, noise_kpa):
    assert pumped(watch(), Line(rate, noise_kpa), rate, 10_000) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("ALM-06")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([2, 20, 300, 1000, 6_000, 60_000]), max_size=30), st.integers(0, 10_000))
def test_twin_no_mixture_of_basal_and_boluses_looks_like_a_closed_or_open_line(rates, seed):
    line_watch, line = watch(), Line(seed)
    for rate in rates:
        assert pumped(line_watch, line, rate, 25) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("rate", RATES_UL_PER_H + BOLUS_RATES)
@pytest.mark.parametrize("strokes_before", [0, 1, 200])
def test_a_closed_line_is_known_after_5_strokes_with_at_most_15_ul_behind_it(rate, strokes_before):
    line_watch, line = watch(), Line(rate)
    assert pumped(line_watch, line, rate, strokes_before)[1] == NEVER
    line.resistance = CLOSED
    verdict, strokes = pumped(line_watch, line, rate, 50)
    assert verdict == module.LINE_OCCLUDED
    assert strokes <= 6
    assert strokes * stroke_nl_at(rate) <= 15_000
    assert line.trapped_nl <= 15_100
    assert line_watch.held_nl <= strokes * stroke_nl_at(rate) + stroke_nl_at(rate)


@pytest.mark.requirement("DET-05")
def test_the_volume_since_onset_is_what_went_into_the_closed_line():
    line_watch, line = watch(), Line(1, 0)
    pumped(line_watch, line, 20, 100)
    line.rest(1)  # it closes between two strokes, the last pulse gone
    line.resistance = CLOSED
    _, strokes = pumped(line_watch, line, 20, 50)
    assert line_watch.held_nl == strokes * STROKE_NL


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("onset_strokes", [5, 50, 500])
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
def test_a_line_that_closes_slowly_is_known_before_20_ul_are_trapped(rate, onset_strokes):
    line_watch, line = watch(), Line(rate)
    pumped(line_watch, line, rate, 50)
    verdict = module.LINE_OPEN
    for _ in range(20 * onset_strokes):
        line.resistance *= 2.718 ** (1 / onset_strokes)
        verdict, _ = pumped(line_watch, line, rate, 1)
        if verdict == module.LINE_OCCLUDED:
            break
    assert verdict == module.LINE_OCCLUDED
    assert line.excess_kpa < 75
    assert line.trapped_nl <= 20_000


@pytest.mark.requirement("DET-06")
@pytest.mark.parametrize("stroke_nl", [300, 1000, 2400, 3300, 5000])
def test_a_soft_line_that_never_reaches_the_limit_traps_at_most_15_ul(stroke_nl):
    line_watch, volume_nl, excess_pa = watch(), 0, 0
    for _ in range(50):
        before_pa = 1300 + excess_pa
        volume_nl += stroke_nl
        excess_pa += stroke_nl * 6  # 0.17 uL/kPa: the limit is 10 uL away
        if line_watch.stroke(before_pa, 1300 + excess_pa, stroke_nl) == module.LINE_OCCLUDED:
            break
    else:
        pytest.fail("never occluded")
    assert volume_nl <= 15_000


@pytest.mark.requirement("DET-05")
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize("kink", [3, 30, 100])
def test_a_kink_that_settles_below_the_limit_is_left_alone(rate, kink):
    for seed in range(5):
        line_watch, line = watch(), Line(seed)
        pumped(line_watch, line, rate, 50)
        line.resistance = kink
        assert pumped(line_watch, line, rate, 500) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("DET-05")
def test_a_kink_whose_pressure_passes_the_limit_is_an_occlusion():
    line_watch, line = watch(), Line(9)
    line.resistance = 400  # settles at 0.3 kPa a stroke of 1.08 s: 120 kPa
    assert pumped(line_watch, line, 1000, 500)[0] == module.LINE_OCCLUDED


@pytest.mark.requirement("DET-05")
@pytest.mark.parametrize(
    ("pressure_pa", "verdict"),
    [(module.LIMIT_PA - 1, module.LINE_OPEN), (module.LIMIT_PA, module.LINE_OCCLUDED)],
)
def test_the_level_is_judged_at_once_also_between_strokes(pressure_pa, verdict):
    assert watch().level(pressure_pa) == verdict
    assert watch().stroke(1300, pressure_pa, 5000) == verdict


@pytest.mark.requirement("DET-05")
def test_the_limit_cannot_be_set_above_the_hard_limit():
    assert module.LineWatch(500_000, STROKE_NL).level(module.HARD_LIMIT_PA) == module.LINE_OCCLUDED


@pytest.mark.requirement("DET-05")
def test_an_occlusion_lasts_until_the_line_has_let_go_of_its_pressure():
    line_watch, line = watch(), Line(4)
    pumped(line_watch, line, 20, 20)
    line.resistance = CLOSED
    pumped(line_watch, line, 20, 20)
    line.rest(3600)
    assert line_watch.level(line.read_pa()) == module.LINE_OCCLUDED
    line.resistance = 1
    line.rest(1)
    assert line_watch.level(line.read_pa()) == module.LINE_OPEN
    assert pumped(line_watch, line, 20, 200) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("DET-07")
@pytest.mark.parametrize("rate", RATES_UL_PER_H + (6_000,))
@pytest.mark.parametrize("noise_kpa", [0.0, 0.3])
def test_ten_strokes_without_a_pulse_are_a_disconnection_and_its_end_is_seen_at_once(rate, noise_kpa):
    line_watch, line = watch(), Line(rate, noise_kpa)
    pumped(line_watch, line, 20, 100)
    line.resistance = DISCONNECTED
    assert pumped(line_watch, line, rate, 40) == (module.LINE_DISCONNECTED, 10)
    line.resistance = 1
    assert pumped(line_watch, line, rate, 40) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("DET-07")
@pytest.mark.parametrize("seed", range(5))
def test_a_line_that_was_never_connected_is_known_within_20_strokes(seed):
    line = Line(seed)
    line.resistance = DISCONNECTED
    verdict, strokes = pumped(watch(), line, 20, 60)
    assert verdict == module.LINE_DISCONNECTED
    assert strokes <= 20


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-15_000, 230_000), st.integers(-15_000, 230_000), st.integers(1, 5000)),
        max_size=60,
    ),
    st.integers(1, 138_000),
)
def test_any_readings_stay_within_small_integers(strokes, limit_pa):
    line_watch = module.LineWatch(limit_pa, STROKE_NL)
    for before_pa, peak_pa, stroke_nl in strokes:
        verdict = line_watch.stroke(before_pa, peak_pa, stroke_nl)
        assert verdict == module.LINE_OCCLUDED or max(before_pa, peak_pa) < limit_pa


@pytest.mark.requirement("DET-05")
def test_one_stroke_that_passes_the_limit_counts_as_delivered_since_onset():
    watch = module.LineWatch(module.LIMIT_PA, STROKE_NL)
    assert watch.stroke(1_300, 105_000, 5_000) == module.LINE_OCCLUDED
    assert watch.held_nl == 5_000
