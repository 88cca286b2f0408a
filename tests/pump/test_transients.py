"""Disturbances of a moment: the alarm stays for a person, delivery comes back by itself (DET-05, DET-08)."""

from __future__ import annotations

import pytest

from tests.pump.prescribing import HOUR_S, PULSATION_NL, prescribe, reason
from tests.pump.pump_rig import STROKE_NL

RATE_NL_PER_H = 20_000
INTERVAL_S = 54.0
NEAR_NL = STROKE_NL + PULSATION_NL


def to_next_stroke(rig, lead_s):
    rig.run_for(INTERVAL_S * 20)
    rig.run_until(rig.bursts[-1].at_s + INTERVAL_S - lead_s)


@pytest.mark.requirement("DET-08", "ALM-06")
@pytest.mark.parametrize("lead_s", [0.09, 0.05, 0.02, 0.0])
def test_a_tenth_of_a_second_of_noise_at_a_stroke_takes_no_therapy_away(pump, lead_s):
    rig = pump(RATE_NL_PER_H)
    to_next_stroke(rig, lead_s)
    rig.inject("sensor.rotor_noisy", duration=0.1)
    rig.run_for(HOUR_S)
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert rig.status.mode == "RUNNING"
    assert rig.delivered_nl(since_s) == pytest.approx(RATE_NL_PER_H, abs=NEAR_NL)


@pytest.mark.requirement("DET-08", "DET-12", "THR-14")
def test_a_sensor_comes_back_twice_an_hour_basal_only_and_then_waits_for_a_person(pump):
    rig = pump(100_000)
    prescribe(rig, patient=(20_000, 600, 600, 20))
    for _ in range(2):
        rig.inject("sensor.rotor_dead", duration=40.0)
        rig.wait_for_alarm("SENSOR_FAULT_ROTOR", 60.0)
        rig.run_for(29 * 60.0)
        assert rig.status.action == "CONTINUE" and "SENSOR_FAULT_ROTOR" in rig.active()
        assert reason(rig.client.patient_bolus) == "ALARM_ACTIVE"
    rig.inject("sensor.rotor_dead", duration=40.0)
    rig.run_for(25 * 60.0)
    assert rig.status.action == "HOLD_MIN_RATE"
    rig.client.acknowledge("SENSOR_FAULT_ROTOR")
    assert rig.status.action == "CONTINUE"


@pytest.mark.requirement("DET-08", "INT-05")
def test_a_change_of_battery_does_not_hold_a_sensor_back_that_has_proven_itself(pump):
    """At the minimum rate four strokes take 36 min."""
    rig = pump(1_000_000)
    rig.inject("sensor.rotor_dead", duration=5.0)
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", 10.0)
    rig.run_for(5.0)  # with a dead sensor the self-test would fail
    rig.cycle_power(1.0)
    rig.run_for(40 * 60.0)
    assert rig.status.action == "CONTINUE" and "SENSOR_FAULT_ROTOR" in rig.active()


@pytest.mark.requirement("DET-05", "DET-06")
def test_an_occlusion_that_opens_again_waits_for_a_person(pump):
    rig = pump(300_000)
    rig.run_for(600)
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 60.0)
    closed.clear()
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert rig.status.mode == "STOPPED"
    assert rig.delivered_nl(since_s) == 0.0


@pytest.mark.requirement("DET-05", "THR-15")
def test_a_person_who_says_stop_during_a_spike_is_obeyed(pump):
    rig = pump(300_000)
    rig.run_for(600)
    rig.inject("sensor.pressure_offset", offset=80.0, duration=4.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 10.0)
    rig.client.stop()
    rig.run_for(HOUR_S)
    assert rig.status.mode == "STOPPED"


@pytest.mark.requirement("DET-05", "INT-05")
def test_a_released_alarm_is_released_after_a_change_of_battery_too(pump):
    rig = pump(300_000)
    rig.run_for(600)
    rig.inject("sensor.pressure_offset", offset=80.0, duration=4.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 10.0)
    rig.run_for(120)
    assert rig.status.mode == "RUNNING"
    rig.cycle_power(10)
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert "CATHETER_OCCLUSION" in rig.active()
    assert rig.delivered_nl(since_s) == pytest.approx(300_000, rel=0.01)


@pytest.mark.requirement("DET-05", "INT-04")
def test_a_change_of_battery_does_not_give_two_more_returns(pump):
    rig = pump(300_000)
    rig.run_for(600)
    for spikes in range(3):
        rig.inject("sensor.pressure_offset", offset=80.0, duration=4.0)
        rig.run_for(120)
        rig.cycle_power(10)
        assert rig.status.mode == ("RUNNING" if spikes < 2 else "STOPPED")
    rig.run_for(HOUR_S)
    assert rig.status.mode == "STOPPED"


@pytest.mark.requirement("DET-05", "INT-05")
def test_a_restart_does_not_keep_delivery_from_coming_back(pump):
    rig = pump(300_000)
    rig.cycle_power(10)
    rig.run_for(600)
    rig.inject("sensor.pressure_offset", offset=80.0, duration=4.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 10.0)
    rig.run_for(120)
    assert rig.status.mode == "RUNNING"
