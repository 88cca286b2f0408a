"""Exact for any cut of time, and a stroke falls due at the very millisecond (THR-04, THR-06)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import core

PL_PER_MICROSTEP = 18_750
rates = st.one_of(
    st.integers(0, 60_000_000),
    st.sampled_from([2_000, 3_599, 3_600, 3_239_999, 3_240_000, 1_000_000, 60_000_000]),
)
pieces = st.lists(st.integers(0, 600_000), max_size=30)


def total_of(dosing):
    return Fraction(dosing.due_pl) + Fraction(dosing.parts, 3600)


@pytest.mark.requirement("THR-04")
@given(st.lists(st.tuples(rates, st.integers(0, 25_000)), max_size=40))
def test_demand_is_the_exact_integral_for_any_cut_of_time(slices):
    dosing = core.dosing.Dosing()
    ideal_pl = Fraction(0)
    for rate, dt_ms in slices:
        if ideal_pl > 50_000_000:
            dosing.take(50_000_000)
            ideal_pl -= 50_000_000
        if ideal_pl + Fraction(rate * dt_ms, 3600) >= core.dosing.DUE_CEILING_PL:
            continue
        dosing.accrue(rate, dt_ms)
        ideal_pl += Fraction(rate * dt_ms, 3600)
        assert total_of(dosing) == ideal_pl


@pytest.mark.requirement("THR-04")
@given(st.integers(0, 1_000_000), pieces)
def test_one_long_wait_and_many_short_ones_demand_the_same(rate, cuts):
    whole, cut = core.dosing.Dosing(), core.dosing.Dosing()
    whole.accrue(rate, sum(cuts))
    for dt_ms in cuts:
        cut.accrue(rate, dt_ms)
    if whole.due_pl < core.dosing.DUE_CEILING_PL:
        assert total_of(cut) == total_of(whole) == Fraction(rate * sum(cuts), 3600)


@pytest.mark.requirement("THR-04")
@given(st.integers(2_000, 60_000_000), st.integers(0, 400_000), st.integers(-150_000, 5_000_000))
def test_a_threshold_is_reached_at_the_millisecond_foretold_and_not_before(rate, before_ms, threshold_pl):
    dosing = core.dosing.Dosing()
    dosing.accrue(rate, before_ms % 3_000)
    wait_ms = dosing.ms_until(threshold_pl, rate)
    if wait_ms:
        dosing.accrue(rate, wait_ms - 1)
        assert dosing.due_pl < threshold_pl
        dosing.accrue(rate, 1)
    assert dosing.due_pl >= threshold_pl


@given(st.integers(1, 3_599), st.integers(0, 3_599), st.integers(1, 300_000))
def test_rates_below_a_part_per_millisecond_are_foretold_too(rate, parts, threshold_pl):
    dosing = core.dosing.Dosing()
    dosing.parts = parts
    wait_ms = dosing.ms_until(threshold_pl, rate)
    exact = -((parts - 3600 * threshold_pl) // rate)
    assert wait_ms == (exact if threshold_pl // rate < 149_000 else core.units.NEVER_MS)


def test_without_a_rate_no_stroke_is_foreseen():
    assert core.dosing.Dosing().ms_until(1, 0) == core.units.NEVER_MS


def test_demand_that_nobody_delivers_is_not_kept_to_be_made_up():
    dosing = core.dosing.Dosing()
    dosing.accrue(60_000_000, 3_600_000)
    assert dosing.due_pl == core.dosing.DUE_CEILING_PL
    dosing.forfeit_above(150_000)
    assert dosing.due_pl == 150_000


@pytest.mark.requirement("INT-04")
@given(st.integers(0, 1_000_000), st.integers(0, 500_000))
def test_the_remainder_survives_storage(rate, dt_ms):
    dosing, other = core.dosing.Dosing(), core.dosing.Dosing()
    dosing.accrue(rate, dt_ms)
    dosing.take(300_000)
    buffer = bytearray(core.dosing.PACKED_BYTES)
    assert dosing.pack_into(buffer, 0) == other.unpack_from(buffer, 0) == len(buffer)
    assert total_of(other) == total_of(dosing)


@pytest.mark.requirement("THR-06")
@pytest.mark.parametrize(
    ("rate", "microsteps"),
    [
        (0, 16),
        (2_000, 16),
        (3_600_000, 16),
        (3_600_012, 17),
        (7_200_000, 32),
        (59_000_000, 263),
        (60_000_000, 266),
    ],
)
def test_strokes_grow_with_the_rate_up_to_5_ul(rate, microsteps):
    plan = core.stroke.StrokePlan(PL_PER_MICROSTEP)
    plan.plan(rate)
    assert plan.microsteps == microsteps
    assert microsteps * PL_PER_MICROSTEP <= 5_000_000


@pytest.mark.requirement("THR-06")
@given(st.integers(1, 60_000_000), st.integers(10_000, 40_000))
def test_at_most_four_strokes_a_second_fall_due(rate, pl_per_microstep):
    plan = core.stroke.StrokePlan(pl_per_microstep)
    plan.plan(rate)
    assert Fraction(rate * 1000, 3600) / (plan.microsteps * pl_per_microstep) < 4


@pytest.mark.requirement("THR-04")
@given(rates, st.integers(-150_000, 20_000_000))
def test_a_stroke_never_leads_the_demand_by_more_than_half_a_shortest_stroke(rate, due_pl):
    plan = core.stroke.StrokePlan(PL_PER_MICROSTEP)
    plan.plan(rate)
    taken_pl = plan.due_microsteps(due_pl) * PL_PER_MICROSTEP
    assert taken_pl == 0 or taken_pl >= plan.shortest * PL_PER_MICROSTEP
    assert taken_pl <= 5_000_000
    assert taken_pl == 0 or due_pl - taken_pl >= -plan.lead_pl
    assert due_pl - taken_pl < plan.threshold_pl or taken_pl > 5_000_000 - PL_PER_MICROSTEP


@pytest.mark.requirement("THR-04")
@given(st.integers(150_000, 4_800_000))
def test_when_a_high_rate_ends_one_stroke_brings_the_volume_back(due_pl):
    plan = core.stroke.StrokePlan(PL_PER_MICROSTEP)
    plan.plan(2_000)
    left_pl = due_pl - plan.due_microsteps(due_pl) * PL_PER_MICROSTEP
    assert -plan.lead_pl <= left_pl < plan.lead_pl
