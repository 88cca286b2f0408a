"""A stroke is 150 to 600 nL with any head, as far as the angle sensor resolves it (THR-04, THR-09)."""

from __future__ import annotations

import pytest

from tests.firmware.core.core_modules import core

COUNTS_PER_REV = 4_096


def plan_of(nl_per_rev, microsteps_per_rev=3_200):
    return core.stroke.StrokePlan(nl_per_rev * 1_000 // microsteps_per_rev, microsteps_per_rev)


@pytest.mark.requirement("THR-04")
@pytest.mark.parametrize("microsteps_per_rev", [200, 400, 3_200, 51_200])
@pytest.mark.parametrize("nl_per_rev", [3_000, 10_000, 20_000, 40_000, 60_000, 100_000, 120_000])
def test_the_shortest_stroke_is_150_to_600_nl_and_seen_by_the_sensor(nl_per_rev, microsteps_per_rev):
    plan = plan_of(nl_per_rev, microsteps_per_rev)
    assert 150 <= plan.volume_nl(plan.shortest) <= 600
    assert plan.shortest * COUNTS_PER_REV // microsteps_per_rev >= 20


@pytest.mark.requirement("THR-04")
@pytest.mark.parametrize("nl_per_rev", [200_000, 500_000])
def test_above_120_ul_a_revolution_the_sensor_decides(nl_per_rev):
    plan = plan_of(nl_per_rev)
    assert plan.shortest * COUNTS_PER_REV // 3_200 == 20


@pytest.mark.requirement("INT-04")
@pytest.mark.parametrize("nl_per_rev", [3_000, 10_000, 25_000, 60_000, 500_000])
def test_no_stroke_turns_so_far_that_a_power_cut_hides_it(nl_per_rev):
    plan = plan_of(nl_per_rev)
    plan.plan(60_000_000)
    assert plan.microsteps * 5 <= 3_200
    assert plan.volume_nl(plan.microsteps) <= 5_000


@pytest.mark.requirement("THR-09")
@pytest.mark.parametrize(("nl_per_rev", "least"), [(3_000, 4_000_000), (10_000, 15_000_000), (60_000, 60_000_000)])
def test_a_small_head_has_a_lower_highest_rate_and_boluses_keep_to_it(nl_per_rev, least):
    highest = plan_of(nl_per_rev).highest_nl_per_h
    assert least <= highest <= 60_000_000
    duration_s = core.bolus_checks.stretched_s(1_000_000, 1, highest)
    assert 1_000_000 * 3_600 / duration_s + 1_000_000 <= highest
    assert 1_000_000 * 3_600 / (duration_s - 1) + 1_000_000 > highest
