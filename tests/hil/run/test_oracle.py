"""The oracle against sums done by hand, and against itself for any split of time."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.run.oracle import Act, Oracle, Plan
from hil.scenario.model import Programme
from hil.words.quantity import NS_PER_DAY, NS_PER_H, NS_PER_MINUTE

MONDAY_8 = datetime(2026, 3, 2, 8)
FLEX = Programme(days=(((0, 15_000), (390, 30_000), (1320, 15_000)),) * 5 + (((0, 20_000),),) * 2)
FLAT = Programme(days=(((0, 20_000),),) * 7)


def plan(programme: Programme, *acts: Act, days: int = 14, start: datetime = MONDAY_8) -> Plan:
    oracle = Oracle(start)
    for act in (Act(0, "programme", programme=programme), Act(0, "start"), *acts):
        oracle.note(act)
    return oracle.plan(days * NS_PER_DAY)


@pytest.mark.requirement("THR-02")
def test_a_whole_week_is_the_sum_of_its_days_wherever_it_begins():
    weekday = Fraction(15_000 * 17, 2) + Fraction(30_000 * 31, 2)
    week = 5 * weekday + 2 * 20_000 * 24
    course = plan(FLEX)
    for begin in (0, 3 * NS_PER_H + 1, 5 * NS_PER_DAY):
        assert course.volume_between(begin, begin + 7 * NS_PER_DAY) == week


def test_until_its_first_segment_a_day_goes_on_with_the_day_before():
    late = Programme(days=(((360, 10_000), (1200, 40_000)),) * 7)
    course = plan(late, start=datetime(2026, 3, 2, 0))
    assert course.volume_between(0, 6 * NS_PER_H) == 6 * 40_000
    assert course.rate_at(6 * NS_PER_H) == 10_000


@pytest.mark.requirement("THR-04")
@given(
    st.lists(st.integers(0, 14 * NS_PER_DAY), min_size=3, max_size=3).map(sorted),
    st.sampled_from([FLEX, FLAT]),
)
def test_no_volume_is_lost_or_doubled_by_splitting_time(cuts, programme):
    course = plan(programme)
    a, b, c = cuts
    assert course.volume_between(a, b) + course.volume_between(b, c) == course.volume_between(a, c)


def test_nothing_is_owed_while_stopped_and_nothing_made_up():
    course = plan(FLAT, Act(NS_PER_H, "stop"), Act(3 * NS_PER_H, "start"))
    assert course.volume_between(0, 4 * NS_PER_H) == 2 * 20_000


def test_nothing_is_owed_without_power():
    course = plan(FLAT, Act(NS_PER_H, "power_off"), Act(2 * NS_PER_H, "boot"))
    assert course.volume_between(0, 3 * NS_PER_H) == 2 * 20_000


@pytest.mark.requirement("THR-17")
def test_the_minimum_rate_is_owed_from_the_moment_it_is_asked_for():
    course = plan(FLAT, Act(NS_PER_H, "minimum_rate"))
    assert course.volume_between(0, 3 * NS_PER_H) == 20_000 + 2 * 2_000


def test_a_clock_that_is_set_moves_the_programme():
    course = plan(FLEX, Act(NS_PER_H, "clock", shift_ns=14 * NS_PER_H))
    assert course.rate_at(NS_PER_H - 1) == 30_000
    assert course.rate_at(NS_PER_H) == 15_000


@pytest.mark.requirement("THR-09")
def test_a_clinician_bolus_is_owed_on_top_of_basal():
    bolus = Act(NS_PER_H, "bolus", bolus="clinician", volume_nl=60_000, duration_ns=30 * NS_PER_MINUTE)
    course = plan(FLAT, bolus)
    assert course.volume_between(NS_PER_H, NS_PER_H + 30 * NS_PER_MINUTE) == 60_000 + 10_000
    assert course.rate_at(NS_PER_H + 30 * NS_PER_MINUTE) == 20_000


@pytest.mark.requirement("THR-12")
def test_a_patient_bolus_suspends_the_clinicians_which_keeps_its_volume():
    course = plan(
        FLAT,
        Act(0, "bolus", bolus="clinician", volume_nl=60_000, duration_ns=NS_PER_H),
        Act(30 * NS_PER_MINUTE, "bolus", bolus="patient", volume_nl=10_000, duration_ns=6 * NS_PER_MINUTE),
    )
    assert course.rate_at(33 * NS_PER_MINUTE) == 20_000 + 100_000
    assert course.rate_at(65 * NS_PER_MINUTE) == 20_000 + 60_000
    assert course.volume_between(0, 66 * NS_PER_MINUTE) == 22_000 + 70_000
    assert course.rate_at(66 * NS_PER_MINUTE) == 20_000


def test_a_bolus_that_asks_for_too_much_is_stretched_and_keeps_its_volume():
    course = plan(FLAT, Act(0, "bolus", bolus="clinician", volume_nl=1_000_000, duration_ns=NS_PER_MINUTE // 2))
    assert course.rate_at(0) == 60_000_000
    assert course.volume_between(0, NS_PER_H) == 1_020_000


@pytest.mark.requirement("THR-14")
def test_start_brings_back_basal_and_never_the_rest_of_a_bolus():
    course = plan(
        FLAT,
        Act(0, "bolus", bolus="clinician", volume_nl=60_000, duration_ns=NS_PER_H),
        Act(30 * NS_PER_MINUTE, "stop"),
        Act(NS_PER_H, "start"),
    )
    assert course.volume_between(0, 2 * NS_PER_H) == 10_000 + 30_000 + 20_000


def test_a_bridge_bolus_runs_instead_of_basal():
    course = plan(FLAT, Act(0, "bolus", bolus="bridge", volume_nl=40_000, rate_nl_per_h=80_000))
    assert course.rate_at(0) == 80_000
    assert course.volume_between(0, NS_PER_H) == 40_000 + 10_000
