"""CLOCK_FAULT: lost, stopped, jumped, drifting, silent (DET-10)."""

from __future__ import annotations

from math import floor
from random import Random

import pytest

from tests.firmware.core_detectors.bench_figures import NEVER, core

module = core("clock_watch")
EPOCH_S = 194_000_000
RUN_S = 5_000


def checked(watch, minutes, rate=1.0, offset_s=0.0, start_s=0.0, phase_s=0.4):
    """(verdict, minutes until it), the first that is not 'good', with an RTC of this rate from start_s on."""
    for minute in range(1, minutes + 1):
        true_s = start_s + minute * module.CHECK_S
        rtc_s = EPOCH_S + floor(start_s + offset_s + (true_s - start_s) * rate + phase_s)
        verdict = watch.read(rtc_s, RUN_S + floor(true_s))
        if verdict != module.CLOCK_GOOD:
            return verdict, minute
    return module.CLOCK_GOOD, NEVER


def settled():
    watch = module.ClockWatch()
    assert checked(watch, 60) == (module.CLOCK_GOOD, NEVER)
    return watch


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("ppm", [0, 2, -100, 10_000, -15_000], ids=lambda ppm: f"{ppm} ppm")
def test_twin_a_clock_within_its_tolerance_is_good_for_thirty_days(ppm):
    assert checked(module.ClockWatch(), 30 * 1440, 1 + ppm / 1e6)[1] == NEVER


@pytest.mark.requirement("ALM-06")
def test_twin_checks_at_any_interval_are_good():
    watch, random, now_s = module.ClockWatch(), Random(1), 0.0
    for _ in range(20_000):
        now_s += random.uniform(0.1, 600)
        assert watch.read(EPOCH_S + floor(now_s + 0.7), RUN_S + floor(now_s)) == module.CLOCK_GOOD


@pytest.mark.requirement("DET-10")
def test_a_stopped_clock_is_known_at_the_next_check():
    assert checked(settled(), 5, rate=0.0, start_s=3600) in [
        (module.CLOCK_STOPPED, 1),
        (module.CLOCK_STOPPED, 2),
    ]


@pytest.mark.requirement("DET-10")
@pytest.mark.parametrize("offset_s", [65, 3600, 10**8, -65, -3600, -(10**8)])
def test_a_jump_of_more_than_60_s_is_known_at_the_next_check(offset_s):
    assert checked(settled(), 5, offset_s=offset_s, start_s=3600) == (module.CLOCK_JUMPED, 1)


@pytest.mark.requirement("DET-10", "ALM-06")
@pytest.mark.parametrize("offset_s", [-58, -30, 30, 58])
def test_twin_a_single_jump_of_less_is_neither_jump_nor_drift(offset_s):
    assert checked(settled(), 300, offset_s=offset_s, start_s=3600)[1] == NEVER


@pytest.mark.requirement("DET-10")
@pytest.mark.parametrize("rate", [1.03, 0.97, 1.5, 0.5])
def test_a_drift_of_3_percent_or_more_is_known_within_30_min(rate):
    verdict, minutes = checked(settled(), 60, rate=rate, start_s=3600)
    assert verdict == module.CLOCK_DRIFTING
    assert minutes <= 30


@pytest.mark.requirement("DET-10")
def test_a_lost_clock_says_so_at_once():
    assert settled().lost() == module.CLOCK_LOST
    assert module.ClockWatch().lost() == module.CLOCK_LOST


@pytest.mark.requirement("DET-08")
def test_the_third_check_without_an_answer_is_a_fault_and_the_next_answer_ends_it():
    watch = settled()
    assert [watch.silent() for _ in range(3)] == [module.CLOCK_GOOD] * 2 + [module.CLOCK_SILENT]
    assert checked(watch, 5, start_s=3600 + 180)[1] == NEVER


@pytest.mark.requirement("DET-10")
def test_a_clock_that_jumped_while_silent_has_jumped():
    watch = settled()
    for _ in range(3):
        watch.silent()
    assert checked(watch, 5, offset_s=600, start_s=3600 + 180) == (module.CLOCK_JUMPED, 1)


@pytest.mark.requirement("DET-10")
def test_a_wrong_clock_stays_wrong_until_it_is_set():
    watch = settled()
    checked(watch, 5, offset_s=3600, start_s=3600)
    assert checked(watch, 5, offset_s=3600, start_s=7200) == (module.CLOCK_JUMPED, 1)
    assert watch.lost() == module.CLOCK_JUMPED
    watch.clear()
    assert checked(watch, 120, offset_s=3600, start_s=7200)[1] == NEVER


@pytest.mark.requirement("DET-10")
def test_a_clock_that_was_set_is_judged_as_a_new_one():
    fresh = checked(module.ClockWatch(), 120, rate=1.03)
    watch = settled()
    checked(watch, 120, rate=1.03, start_s=3600)
    watch.clear()
    assert checked(watch, 120, rate=1.03) == fresh
    assert fresh[0] == module.CLOCK_DRIFTING
