"""What is missing or too much is told although the pump restarts before 15 min are over (DET-04)."""

from __future__ import annotations

import pytest

RHYTHM_S = 600.0


def restarted_every_10_min(rig, hours):
    for _ in range(round(hours * 6)):
        rig.run_for(RHYTHM_S)
        rig.cycle_power(1.0)


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize(("direction", "alarm"), [("backward", "UNDER_DELIVERY"), ("forward", "OVER_DELIVERY")])
@pytest.mark.parametrize("rate_nl_per_h", [20_000, 60_000])
def test_poles_that_slip_between_restarts_are_told(pump, rate_nl_per_h, direction, alarm):
    """A cycle of 1200 nL is lost or gained for each 3600 nL."""
    rig = pump(rate_nl_per_h)
    since_s = rig.now_s
    slip = rig.inject("motor.slip", mean_between=3_600 / rate_nl_per_h * 3_600, direction=direction, seed=3)
    restarted_every_10_min(rig, 1.0)
    assert slip.took_effect
    assert alarm in rig.raised(since_s)


@pytest.mark.requirement("DET-04", "THR-04")
@pytest.mark.parametrize("rate_nl_per_h", [2_000, 20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_restarts_alone_are_neither_too_little_nor_too_much(pump, rate_nl_per_h):
    rig = pump(rate_nl_per_h)
    restarted_every_10_min(rig, 4.0)
    assert not {"UNDER_DELIVERY", "OVER_DELIVERY", "SYSTEM_FAULT"} & set(rig.raised(0.0))


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize(
    ("rate_nl_per_h", "rhythm_s"), [(20_000, 280.0), pytest.param(200_000, 120.0, marks=pytest.mark.slow)]
)
def test_restarts_that_come_before_the_next_entry_of_the_journal_hide_nothing(pump, rate_nl_per_h, rhythm_s):
    rig = pump(rate_nl_per_h)
    rig.run_for(600.0)
    rig.inject("motor.slip", mean_between=4_000 / rate_nl_per_h * 3_600, seed=3)
    for _ in range(round(3_000 / rhythm_s)):
        rig.run_for(rhythm_s)
        rig.cycle_power()
    assert "UNDER_DELIVERY" in rig.active()
    assert "OVER_DELIVERY" not in rig.active()


@pytest.mark.slow
@pytest.mark.requirement("DET-04", "THR-04")
@pytest.mark.parametrize(
    ("rate_nl_per_h", "rhythm_s", "restarts"),
    [(20_000, 8.0, 150), (2_000, 300.0, 40), (60_000, 130.0, 40), (1_000_000, 20.0, 60)],
)
def test_restarts_of_any_rhythm_are_no_deviation(pump, rate_nl_per_h, rhythm_s, restarts):
    rig = pump(rate_nl_per_h)
    for _ in range(restarts):
        rig.run_for(rhythm_s)
        rig.cycle_power()
    assert not {"UNDER_DELIVERY", "OVER_DELIVERY"} & rig.active()
