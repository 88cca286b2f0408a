"""SUPPLY_LOW and SUPPLY_CRITICAL by the mean of 10 readings (DET-09)."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import core

module = core("supply_watch")
LOW_MV, CRITICAL_MV, NOMINAL_MV = 3400, 3200, 3700


def watch(readings_mv=10):
    one = module.SupplyWatch(LOW_MV, CRITICAL_MV)
    for _ in range(readings_mv):
        one.read(NOMINAL_MV)
    return one


def seconds_until(one, supply_mv, verdict, limit_s=120):
    """Seconds of reading at the asked intervals until the verdict, the first reading at the end of one."""
    spent_ms = one.interval_ms()
    while one.read(supply_mv) != verdict:
        spent_ms += one.interval_ms()
        assert spent_ms <= limit_s * 1000, "never"
    return spent_ms / 1000


@pytest.mark.requirement("ALM-06")
def test_twin_thirty_days_of_a_good_supply_with_noise_raise_nothing():
    one, random = watch(0), Random(1)
    for _ in range(30 * 5_760):
        assert one.read(round(random.gauss(NOMINAL_MV, 12))) == module.SUPPLY_GOOD


@pytest.mark.requirement("DET-09")
@given(st.integers(0, 6600), st.integers(0, 9))
def test_one_bad_reading_never_alarms(bad_mv, before):
    one = watch(10 + before)
    assert one.read(bad_mv) == module.SUPPLY_GOOD
    assert all(one.read(NOMINAL_MV) == module.SUPPLY_GOOD for _ in range(20))


@pytest.mark.requirement("DET-09")
@pytest.mark.parametrize(
    ("supply_mv", "verdict"),
    [
        pytest.param(3350, "SUPPLY_LOW", id="low"),
        pytest.param(3000, "SUPPLY_CRITICAL", id="critical"),
        pytest.param(0, "SUPPLY_IMPLAUSIBLE", id="no processor runs on 0 V"),
        pytest.param(6600, "SUPPLY_IMPLAUSIBLE", id="nor on 6.6 V"),
    ],
)
def test_a_supply_that_stays_bad_is_known_within_40_s(supply_mv, verdict):
    assert seconds_until(watch(), supply_mv, getattr(module, verdict)) <= 40


@pytest.mark.requirement("DET-09")
def test_a_low_supply_that_sinks_on_becomes_critical_within_40_s():
    one = watch()
    seconds_until(one, 3350, module.SUPPLY_LOW)
    assert seconds_until(one, 3100, module.SUPPLY_CRITICAL) <= 40


@pytest.mark.requirement("DET-09")
def test_readings_are_never_more_than_3_min_apart():
    one = watch()
    for supply_mv in (3700, 3390, 3300, 3100, 3000, 0, 3700) * 5:
        one.read(supply_mv)
        assert 0 < one.interval_ms() <= 180_000


@pytest.mark.requirement("DET-09")
def test_the_alarm_ends_above_the_level_by_a_margin_and_does_not_flutter():
    one = watch()
    seconds_until(one, 3390, module.SUPPLY_LOW)
    assert {one.read(3390 + 20 * (n & 1)) for n in range(100)} == {module.SUPPLY_LOW}
    assert seconds_until(one, 3550, module.SUPPLY_GOOD, 600) > 0


@pytest.mark.requirement("DET-09")
def test_before_ten_readings_there_is_no_verdict():
    one = module.SupplyWatch(LOW_MV, CRITICAL_MV)
    verdicts = [one.read(3000) for _ in range(10)]
    assert verdicts == [module.SUPPLY_GOOD] * 9 + [module.SUPPLY_CRITICAL]


@pytest.mark.requirement("DET-08")
def test_a_sensor_that_comes_back_is_believed_again():
    one = watch()
    seconds_until(one, 0, module.SUPPLY_IMPLAUSIBLE)
    assert seconds_until(one, NOMINAL_MV, module.SUPPLY_GOOD) <= 40
