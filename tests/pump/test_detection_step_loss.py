"""A rotor that loses its pole, and delivery below or above the programme (DET-03, DET-04)."""

from __future__ import annotations

import pytest

from tests.pump.detection import RATES, interval_s, warm_pump
from tests.pump.pump_rig import READING_NL, STROKE_NL


def window_s(rate: int) -> float:
    """The span of DET-04: 15 min or 3 stroke intervals, whichever is longer, and the stroke that tells."""
    return max(900.0, 3 * interval_s(rate)) + interval_s(rate)


# A cycle of 1 200 nL is lost now and then: 30 % of the volume at each rate.
LOSS_S = {2_000: 7_200.0, 20_000: 720.0, 1_000_000: 14.4}
CYCLE_NL = 1_200.0


@pytest.mark.requirement("DET-03", "RES-01", "THR-20")
@pytest.mark.parametrize("direction", ["backward", "forward"])
@pytest.mark.parametrize("rate", RATES)
def test_a_slip_of_whole_cycles_is_told_at_once_and_booked_as_what_it_was(pump, rate, direction):
    rig = warm_pump(pump, rate)
    before, turned_nl, fault_s = rig.status, rig.turned_nl(), rig.now_s
    slip = rig.inject("motor.slip", mean_between=1.0, direction=direction, duration=interval_s(rate))
    rig.wait_for_alarm("STEP_LOSS", 2 * interval_s(rate))
    assert slip.took_effect
    rig.run_for(5.0)
    strokes = len(rig.bursts_after(fault_s))
    slipped_nl = rig.turned_nl() - turned_nl - strokes * STROKE_NL
    assert abs(slipped_nl) == pytest.approx(CYCLE_NL, abs=20.0)
    after = rig.status
    assert after.mode == "RUNNING"  # medium: delivery goes on
    assert before.reservoir_nl - after.reservoir_nl == pytest.approx(rig.turned_nl() - turned_nl, abs=READING_NL)
    assert "SYSTEM_FAULT" not in rig.raised()


@pytest.mark.requirement("DET-03", "DET-04")
@pytest.mark.parametrize(
    ("rate", "apart_s", "is_too_much"),
    [(2_000, 3 * 3_600.0, True), (20_000, 2_400.0, False), (20_000, 600.0, True)],
    ids=["6 uL apart", "13 uL apart", "3 uL apart"],
)
def test_a_slip_forward_ends_no_therapy_but_a_second_within_ten_times_its_volume(pump, rate, apart_s, is_too_much):
    """Rarely, it is a small part of the dose. Again and again it is an overdose, whatever it is called."""
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    for _ in range(2):
        assert rig.status.mode == "RUNNING"
        slip = rig.inject("motor.slip", mean_between=1.0, direction="forward", duration=interval_s(rate))
        rig.run_for(apart_s)
        assert slip.took_effect
    assert "STEP_LOSS" in rig.raised(fault_s)
    rig.run_for(3 * interval_s(rate))
    assert ("OVER_DELIVERY" in rig.raised(fault_s)) == is_too_much
    assert "SYSTEM_FAULT" not in rig.raised(fault_s)


@pytest.mark.requirement("DET-03", "DET-04", "RES-01")
@pytest.mark.parametrize("rate", RATES)
def test_a_motor_that_slips_again_and_again_is_told_and_booked_and_is_no_system_fault(pump, rate):
    rig = warm_pump(pump, rate)
    before, turned_nl, fault_s = rig.status, rig.turned_nl(), rig.now_s
    slip = rig.inject("motor.slip", mean_between=LOSS_S[rate], seed=3)
    rig.run_for(max(1_800.0, 12 * interval_s(rate)))
    assert slip.took_effect
    assert {"STEP_LOSS", "UNDER_DELIVERY"} & set(rig.raised(fault_s))
    assert not {"SYSTEM_FAULT", "OVER_DELIVERY", "SENSOR_FAULT_ROTOR"} & set(rig.raised(fault_s))
    after = rig.status
    rest_nl = before.reservoir_nl - after.reservoir_nl - (rig.turned_nl() - turned_nl)
    assert abs(rest_nl) <= READING_NL
    assert after.mode == "RUNNING"


@pytest.mark.requirement("DET-03", "DET-13")
def test_a_slipping_coupling_is_silent_to_the_sensor_on_the_shaft_and_the_refill_tells(pump):
    rig = warm_pump(pump, 1_000_000)
    before, fault_s = rig.status, rig.now_s
    slip = rig.inject("motor.coupling", fraction=0.3)
    rig.run_for(600.0)
    assert slip.took_effect
    assert set(rig.raised(fault_s)) <= {"REFILL_DUE"}
    booked_nl = rig.status.delivered_nl - before.delivered_nl
    assert rig.delivered_nl(fault_s) == pytest.approx(0.7 * booked_nl, rel=0.02)


@pytest.mark.requirement("DET-04")
def test_three_strokes_in_a_row_that_end_behind_their_beginning_are_a_stall(pump):
    rig = warm_pump(pump, 20_000)
    fault_s = rig.now_s
    slip = rig.inject("motor.slip", mean_between=1.0, duration=600.0)
    rig.wait_for_alarm("MOTOR_STALL", 4 * interval_s(20_000))
    assert slip.took_effect
    assert rig.delivered_nl(fault_s) > -3.5 * CYCLE_NL
    rig.wait_for_alarm("STALL_RECOVERED", 1_205.0)
    assert "SYSTEM_FAULT" not in rig.raised()


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
