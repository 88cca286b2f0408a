"""Occlusion and disconnection by line pressure, in lines of any compliance (DET-05 to 07)."""

from __future__ import annotations

from math import cos, pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import (
    NEVER,
    RATES_UL_PER_H,
    STROKE_MICROSTEPS,
    STROKE_NL,
    Line,
    core,
    interval_s,
)

module = core("line_watch")
CLOSED, DISCONNECTED = 1e9, 5e-3
BOLUS_RATES = (6_000, 60_000)
REV_NL = 60_000
REV_STROKES = 200
COMPLIANCES = (25.0, 190.0, 500.0)
# Strokes of 300 nL until a closed or an open line is told, by nL/kPa, with three times the usual noise.
STROKES_TO_OCCLUSION = {25.0: 7, 190.0: 7, 500.0: 18}
STROKES_TO_DISCONNECTION = {25.0: 20, 190.0: 20, 500.0: 50}
UNKNOWN_STROKES = 60


def stroke_nl_at(rate):
    """As firmware/core/stroke.py chooses it: one stroke in 300 ms, 300 nL to 5 uL."""
    return int(min(5000, max(STROKE_NL, rate / 12)))


def watch():
    return module.LineWatch(module.LIMIT_PA, STROKE_NL, REV_NL, STROKE_MICROSTEPS)


def pumped(line_watch, line, rate, strokes, share_of=lambda number: 1.0):
    """(verdict, strokes until it), the first that is not 'open'. `share_of` gives the volume of a stroke."""
    stroke_nl = stroke_nl_at(rate)
    for number in range(1, strokes + 1):
        burst_s = stroke_nl / 30_000
        line.rest(interval_s(rate, stroke_nl) - burst_s)
        before_pa = line.read_pa()
        line.pump(stroke_nl * share_of(number))
        line.rest(0.001)
        verdict = line_watch.stroke(before_pa, line.read_pa(), stroke_nl)
        if verdict != module.LINE_OPEN:
            return verdict, number
    return module.LINE_OPEN, NEVER


def learned(line, rate=20):
    """A watch that knows the line: a revolution has gone through it."""
    line_watch = watch()
    assert pumped(line_watch, line, rate, REV_STROKES + 10)[1] == NEVER
    return line_watch


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
@pytest.mark.parametrize("rate", RATES_UL_PER_H + BOLUS_RATES)
@pytest.mark.parametrize("noise_kpa", [0.0, 0.3])
def test_twin_an_open_line_is_open_stroke_after_stroke(rate, noise_kpa, nl_per_kpa):
    line = Line(rate, noise_kpa, nl_per_kpa=nl_per_kpa)
    assert pumped(watch(), line, rate, 4_000) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("ALM-06")
@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([2, 20, 300, 1000, 6_000, 60_000]), max_size=30), st.integers(0, 10_000))
def test_twin_no_mixture_of_basal_and_boluses_looks_like_a_closed_or_open_line(rates, seed):
    line_watch, line = watch(), Line(seed)
    for rate in rates:
        assert pumped(line_watch, line, rate, 25) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
@pytest.mark.parametrize("rest_kpa", [-10.0, 25.0])
def test_twin_a_patient_who_sits_up_is_neither_closed_nor_open(rest_kpa, nl_per_kpa):
    line = Line(3, nl_per_kpa=nl_per_kpa, rest_kpa=rest_kpa)
    line_watch = watch()
    for turn in range(60):
        line.rest_kpa = rest_kpa + (8.0 if turn % 2 else 0.0)
        assert pumped(line_watch, line, 2, 13) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("ALM-06", "DET-07")
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
def test_twin_rollers_that_swing_by_all_of_their_flow_are_no_open_line(nl_per_kpa):
    line = Line(5, nl_per_kpa=nl_per_kpa)
    swing = lambda number: 1.0 - cos(2 * pi * number * 3 / REV_STROKES)  # noqa: E731
    assert pumped(watch(), line, 20, 10 * REV_STROKES, swing) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("ALM-06", "DET-06")
def test_twin_a_dry_line_and_a_patient_who_sits_up_are_no_occlusion():
    line_watch, line = watch(), Line(6)
    line.resistance = DISCONNECTED
    assert pumped(line_watch, line, 2, 100)[0] == module.LINE_DISCONNECTED
    for turn in range(20):
        line.rest_kpa = 1.3 + (3.0 if turn % 2 else -3.0)
        assert pumped(line_watch, line, 2, 13)[0] != module.LINE_OCCLUDED


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
@pytest.mark.parametrize("rate", RATES_UL_PER_H + BOLUS_RATES)
@pytest.mark.parametrize("strokes_before", [80, 300])
def test_a_closed_line_is_known_within_its_strokes_and_before_20_ul_are_behind_it(rate, strokes_before, nl_per_kpa):
    line_watch, line = watch(), Line(rate, nl_per_kpa=nl_per_kpa)
    assert pumped(line_watch, line, 20, strokes_before)[1] == NEVER
    line.resistance = CLOSED
    verdict, strokes = pumped(line_watch, line, rate, 50)
    assert verdict == module.LINE_OCCLUDED
    assert strokes <= STROKES_TO_OCCLUSION[nl_per_kpa]
    assert line.trapped_nl <= 20_000
    assert line_watch.held_nl <= (strokes + 4) * stroke_nl_at(rate)


@pytest.mark.requirement("DET-05")
@pytest.mark.parametrize("strokes_before", [0, 1, 5])
def test_a_line_that_is_closed_from_the_first_strokes_on_is_known_too(strokes_before):
    line_watch, line = watch(), Line(2)
    pumped(line_watch, line, 20, strokes_before)
    line.resistance = CLOSED
    verdict, strokes = pumped(line_watch, line, 20, 50)
    assert verdict == module.LINE_OCCLUDED
    assert strokes <= 6


@pytest.mark.requirement("DET-05")
def test_the_volume_since_onset_is_what_went_into_the_closed_line():
    line_watch, line = watch(), Line(1, 0)
    pumped(line_watch, line, 20, 100)
    line.rest(1)  # it closes between two strokes, the last pulse gone
    line.resistance = CLOSED
    _, strokes = pumped(line_watch, line, 20, 50)
    assert line_watch.held_nl == strokes * STROKE_NL


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
@pytest.mark.parametrize("onset_strokes", [5, 50, 500, 3000])
def test_a_line_that_closes_slowly_is_known_before_20_ul_are_trapped(onset_strokes, nl_per_kpa):
    line = Line(onset_strokes, nl_per_kpa=nl_per_kpa)
    line_watch = learned(line)
    verdict = module.LINE_OPEN
    for _ in range(20 * onset_strokes):
        line.resistance *= 2.718 ** (1 / onset_strokes)
        verdict, _ = pumped(line_watch, line, 20, 1)
        if verdict == module.LINE_OCCLUDED:
            break
    assert verdict == module.LINE_OCCLUDED
    assert line.excess_kpa < 75
    assert line.trapped_nl <= 20_000


@pytest.mark.requirement("DET-05")
@pytest.mark.parametrize("nl_per_kpa", [25.0, 190.0])
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize("kink", [3, 30, 300])
def test_a_kink_that_settles_below_the_limit_is_left_alone(rate, kink, nl_per_kpa):
    """At 1000 uL/h the kink of 300 settles at 17 kPa."""
    for seed in range(5):
        line = Line(seed, nl_per_kpa=nl_per_kpa)
        line_watch = learned(line)
        line.resistance = kink
        assert pumped(line_watch, line, rate, 500) == (module.LINE_OPEN, NEVER)


@pytest.mark.requirement("DET-05")
def test_a_kink_whose_pressure_passes_the_limit_is_an_occlusion():
    line = Line(9)
    line_watch = learned(line)
    line.resistance = 2_000  # settles at 110 kPa
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
    assert (
        module.LineWatch(500_000, STROKE_NL, REV_NL, STROKE_MICROSTEPS).level(module.HARD_LIMIT_PA)
        == module.LINE_OCCLUDED
    )


@pytest.mark.requirement("DET-06")
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
@pytest.mark.parametrize("rest_kpa", [-10.0, 1.3, 25.0])
def test_the_working_limit_is_where_the_line_holds_15_ul_or_the_configured_one(nl_per_kpa, rest_kpa):
    line = Line(4, nl_per_kpa=nl_per_kpa, rest_kpa=rest_kpa)
    line_watch = learned(line)
    assert line_watch.limit_pa <= module.LIMIT_PA
    assert (line_watch.limit_pa / 1000 - rest_kpa) * nl_per_kpa <= 15_000
    if nl_per_kpa == 25.0:
        assert line_watch.limit_pa == module.LIMIT_PA


@pytest.mark.requirement("DET-06")
def test_the_rest_level_is_followed_slowly_and_by_no_more_than_a_patient_who_sits_up():
    line = Line(4, rest_kpa=0.0)
    line_watch = learned(line)
    line.rest_kpa = 5.0
    pumped(line_watch, line, 20, 10)
    assert 500 < line_watch.rest_pa < 2_000
    line.rest_kpa = 15.0
    pumped(line_watch, line, 20, 500)
    assert 6_500 < line_watch.rest_pa <= 8_500


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
@pytest.mark.parametrize("nl_per_kpa", COMPLIANCES)
@pytest.mark.parametrize("rate", (*RATES_UL_PER_H, 6_000))
@pytest.mark.parametrize("noise_kpa", [0.0, 0.3])
def test_strokes_without_a_pulse_are_a_disconnection_and_its_end_is_seen_soon(rate, noise_kpa, nl_per_kpa):
    line = Line(rate, noise_kpa, nl_per_kpa=nl_per_kpa)
    line_watch = learned(line)
    line.resistance = DISCONNECTED
    verdict, strokes = pumped(line_watch, line, rate, 80)
    assert verdict == module.LINE_DISCONNECTED
    assert strokes <= STROKES_TO_DISCONNECTION[nl_per_kpa]
    line.resistance = 1
    for _ in range(80):
        verdict, _ = pumped(line_watch, line, 20, 1)
    assert verdict == module.LINE_OPEN


@pytest.mark.requirement("DET-07")
@pytest.mark.parametrize("seed", range(5))
def test_a_line_that_was_never_connected_is_never_learned_and_is_told(seed):
    line_watch, line = watch(), Line(seed)
    line.resistance = DISCONNECTED
    verdict, strokes = pumped(line_watch, line, 20, 80)
    assert verdict == module.LINE_DISCONNECTED
    assert strokes <= UNKNOWN_STROKES
    for _ in range(3 * REV_STROKES):
        verdict, _ = pumped(line_watch, line, 20, 1)
    assert verdict == module.LINE_DISCONNECTED


@pytest.mark.requirement("DET-07")
def test_a_disconnection_that_was_acknowledged_is_told_again_while_the_line_stays_open():
    line = Line(7)
    line_watch = learned(line)
    line.resistance = DISCONNECTED
    assert pumped(line_watch, line, 20, 80)[0] == module.LINE_DISCONNECTED
    line_watch.declare_whole()
    verdict, strokes = pumped(line_watch, line, 20, 80)
    assert verdict == module.LINE_DISCONNECTED
    assert strokes <= UNKNOWN_STROKES


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-15_000, 230_000), st.integers(-15_000, 230_000), st.integers(1, 5000)),
        max_size=60,
    ),
    st.integers(1, 138_000),
)
def test_any_readings_stay_within_small_integers(strokes, limit_pa):
    line_watch = module.LineWatch(limit_pa, STROKE_NL, REV_NL, STROKE_MICROSTEPS)
    for before_pa, peak_pa, stroke_nl in strokes:
        verdict = line_watch.stroke(before_pa, peak_pa, stroke_nl)
        assert verdict == module.LINE_OCCLUDED or max(before_pa, peak_pa) < limit_pa


@pytest.mark.requirement("DET-05")
def test_one_stroke_that_passes_the_limit_counts_as_delivered_since_onset():
    line_watch = watch()
    assert line_watch.stroke(1_300, 105_000, 5_000) == module.LINE_OCCLUDED
    assert line_watch.held_nl == 5_000
