"""A rotor that follows in part: steps lost, delivery below or above the programme (DET-03, DET-04)."""

from __future__ import annotations

import pytest

from tests.pump.detection import RATES, interval_s, warm_pump


def window_s(rate: int) -> float:
    """The span of DET-04: 15 min or 3 stroke intervals, whichever is longer, and the stroke that tells."""
    return max(900.0, 3 * interval_s(rate)) + interval_s(rate)


@pytest.mark.requirement("DET-03")
@pytest.mark.parametrize("rate", RATES)
def test_lost_steps_are_told(pump, rate):
    rig = warm_pump(pump, rate)
    fault_s, turned_nl = rig.now_s, rig.turned_nl()
    slip = rig.inject("motor.slip", fraction=0.3)
    within_s = min(3600.0, 50 * interval_s(rate)) + interval_s(rate)
    rig.wait_for_alarm("STEP_LOSS", within_s)
    assert slip.took_effect
    rig.run_for(10 * interval_s(rate))
    assert rig.status.mode == "RUNNING"  # medium: delivery goes on
    told_nl = sum(burst.microsteps for burst in rig.bursts_after(fault_s)) * 18.75
    assert rig.turned_nl() - turned_nl == pytest.approx(0.7 * told_nl, rel=0.001)


@pytest.mark.requirement("DET-03", "RES-01")
def test_what_is_booked_is_what_turned(pump):
    rig = warm_pump(pump, 1_000_000)
    before = rig.status
    fault_s = rig.now_s
    rig.inject("motor.slip", fraction=0.3)
    rig.run_for(600.0)
    after = rig.status
    true_nl = rig.delivered_nl(fault_s)
    assert after.delivered_nl - before.delivered_nl == pytest.approx(true_nl, rel=0.01)
    assert before.reservoir_nl - after.reservoir_nl == pytest.approx(true_nl, rel=0.01)
    assert after.commanded_nl - before.commanded_nl > 1.3 * true_nl


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize("rate", RATES)
def test_under_delivery_is_told(pump, rate):
    rig = warm_pump(pump, rate)
    slip = rig.inject("motor.slip", fraction=0.3)
    rig.wait_for_alarm("UNDER_DELIVERY", window_s(rate))
    assert slip.took_effect


@pytest.mark.requirement("DET-03", "DET-04")
@pytest.mark.parametrize("rate", RATES)
def test_a_loss_of_five_percent_is_tolerated(pump, rate):
    rig = warm_pump(pump, rate)
    slip = rig.inject("motor.slip", fraction=0.05)
    rig.run_for(1.5 * window_s(rate))
    assert slip.took_effect
    assert set(rig.raised()) <= {"REFILL_DUE"}


@pytest.mark.requirement("DET-04")
def test_a_loss_that_is_soon_over_is_tolerated(pump):
    rig = warm_pump(pump, 1_000_000)
    slip = rig.inject("motor.slip", fraction=0.15, duration=30.0)
    rig.run_for(600.0)
    assert slip.took_effect
    assert "UNDER_DELIVERY" not in rig.raised()
    assert "STEP_LOSS" not in rig.raised()


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize("rate", RATES)
def test_strokes_that_turn_too_far_are_over_delivery(pump, rate):
    """The driver adds steps of its own while it is enabled: a fifth more per stroke, no single one absurd."""
    rig = warm_pump(pump, rate)
    fault_s, turned_nl = rig.now_s, rig.turned_nl()
    runaway = rig.inject("motor.runaway", rate=11_000_000.0)
    rig.wait_for_alarm("OVER_DELIVERY", window_s(rate))
    assert runaway.took_effect
    told_nl = sum(burst.microsteps for burst in rig.bursts_after(fault_s)) * 18.75
    assert rig.turned_nl() - turned_nl > 1.1 * told_nl
    alarm_s = rig.now_s
    rig.run_for(600.0)
    assert rig.level("EN") == 1
    assert rig.delivered_nl(alarm_s) == 0.0
    assert rig.status.mode == "FAULT"
