"""A clock chip that is wrong: told, and basal goes on by the pump's own count of time (DET-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from emulator.bench.config import BenchConfig
from tests.pump.detection import RATES, interval_s, warm_pump

CHECK_S = 60.0

WRONG = [
    pytest.param("clock.stop", {}, CHECK_S, id="stopped"),
    pytest.param("clock.stop", {"duration": 30.0}, CHECK_S, id="stopped for 30 s"),
    pytest.param("clock.osf", {}, CHECK_S, id="lost"),
    pytest.param("clock.jump", {"by": 3600.0}, CHECK_S, id="an hour ahead"),
    pytest.param("clock.jump", {"by": -3600.0}, CHECK_S, id="an hour back"),
    pytest.param("clock.jump", {"by": 63.0}, CHECK_S, id="63 s ahead"),
    pytest.param("clock.jump", {"by": -63.0}, CHECK_S, id="63 s back"),
    pytest.param("clock.drift", {"fraction": 0.05}, 1800.0, id="5 percent fast"),
    pytest.param("clock.drift", {"fraction": -0.05}, 1800.0, id="5 percent slow"),
    pytest.param("clock.drift", {"fraction": 0.025}, 1800.0, id="2.5 percent fast"),
]
TOLERATED = [
    pytest.param("clock.jump", {"by": 55.0}, id="55 s ahead"),
    pytest.param("clock.jump", {"by": -55.0}, id="55 s back"),
    pytest.param("clock.drift", {"fraction": 0.015}, id="1.5 percent fast"),
    pytest.param("clock.drift", {"fraction": -0.015}, id="1.5 percent slow"),
]
# 10 uL/h in the first half of each hour, 30 in the second; the test starts at 8:00.
TWO_RATES = [(60 * hour + minute, rate) for hour in range(8, 16) for minute, rate in ((0, 10_000), (30, 30_000))]
EIGHT = replace(BenchConfig(), start_clock=datetime(2026, 3, 2, 7, 59, 40))


@pytest.mark.requirement("DET-10")
@pytest.mark.parametrize(("fault", "parameters", "within_s"), WRONG)
def test_a_clock_that_is_wrong_is_told_and_basal_goes_on(pump, fault, parameters, within_s):
    rig = warm_pump(pump)
    fault_s = rig.now_s
    injection = rig.inject(fault, **parameters)
    rig.wait_for_alarm("CLOCK_FAULT", within_s + 1.0)
    assert injection.took_effect
    rig.run_for(3600.0)
    assert rig.raised(fault_s) == ["CLOCK_FAULT"]
    assert rig.delivered_nl(fault_s) == pytest.approx(20_000.0 * (rig.now_s - fault_s) / 3600.0, abs=400.0)


@pytest.mark.requirement("DET-10")
@pytest.mark.parametrize("rate", RATES)
def test_the_delay_does_not_depend_on_the_rate(pump, rate):
    rig = warm_pump(pump, rate)
    stop = rig.inject("clock.stop")
    rig.wait_for_alarm("CLOCK_FAULT", CHECK_S + 1.0)
    assert stop.took_effect
    turned_nl = rig.turned_nl()
    rig.run_for(10 * interval_s(rate))
    assert rig.turned_nl() - turned_nl == pytest.approx(10 * 300.0, rel=0.2)


@pytest.mark.requirement("DET-10")
@pytest.mark.parametrize(("fault", "parameters"), TOLERATED)
def test_a_clock_that_is_a_little_wrong_is_followed(pump, fault, parameters):
    rig = warm_pump(pump)
    injection = rig.inject(fault, **parameters)
    rig.run_for(7200.0)
    assert injection.took_effect
    assert rig.alarms == []


@pytest.mark.requirement("DET-10", "THR-02")
@pytest.mark.parametrize("by_s", [3 * 3600.0, -3 * 3600.0 + 1800.0])
def test_the_programme_keeps_its_hours_when_the_clock_jumps(pump, by_s):
    """Following the chip would turn the halves of the hours round or skip some."""
    rig = pump([(0, 10_000), *TWO_RATES], bench=EIGHT)
    rig.run_for(600.0)
    jump = rig.inject("clock.jump", by=by_s)
    turned_nl = 0.0
    for half in range(6):
        rig.run_until(1800.0 * (half + 1))
        before_nl, turned_nl = turned_nl, rig.turned_nl()
        assert turned_nl - before_nl == pytest.approx((5_000, 15_000)[half % 2], abs=301.0)
    assert jump.took_effect


@pytest.mark.requirement("DET-10")
def test_setting_the_clock_ends_the_alarm(pump):
    rig = warm_pump(pump)
    rig.inject("clock.jump", by=3600.0)
    rig.wait_for_alarm("CLOCK_FAULT", CHECK_S + 1.0)
    rig.client.set_clock(rig.status.epoch_s)
    rig.run_for(600.0)
    assert rig.active() == set()
