"""A rotor that does not follow: found, told, waited for, never made up (DET-01, DET-02, THR-20)."""

from __future__ import annotations

import pytest

from emulator.bench.config import BenchConfig
from emulator.plant import PlantConfig
from tests.pump.detection import RATES, interval_s, warm_pump


@pytest.mark.requirement("DET-01")
@pytest.mark.parametrize("rate", RATES)
def test_a_stalled_rotor_is_told_after_three_attempts(pump, rate):
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    stall = rig.inject("motor.stall")
    rig.wait_for_alarm("MOTOR_STALL", 2 * interval_s(rate) + 30.0)
    attempts = rig.bursts_after(fault_s)
    assert len(attempts) == 3
    assert rig.now_s - attempts[0].at_s <= interval_s(rate) + 30.0
    assert stall.took_effect
    assert rig.delivered_nl(fault_s) == 0.0
    rig.run_for(1.0)
    (event,) = rig.events("STALL")
    assert event.a == attempts[0].microsteps * 18.75
    assert abs(event.b) < 45  # three counts of the rotor sensor
    assert rig.level("EN") == 1
    assert rig.is_lamp_used()


@pytest.mark.requirement("DET-01")
def test_one_failed_attempt_is_no_stall(pump):
    rig = warm_pump(pump)
    next_stroke_s = rig.bursts[-1].at_s + interval_s(20_000)
    rig.run_until(next_stroke_s - 1.0)
    fault_s, turned_nl = rig.now_s, rig.turned_nl()
    stall = rig.inject("motor.stall", duration=3.0)
    rig.run_for(60.0)
    assert stall.took_effect
    assert rig.alarms == []
    attempts = rig.bursts_after(fault_s)
    assert attempts[1].at_s - attempts[0].at_s == pytest.approx(5.0, abs=0.1)
    assert rig.turned_nl() - turned_nl == pytest.approx(600.0, abs=1.0)  # this stroke and the next


@pytest.mark.requirement("DET-02")
def test_a_stall_is_probed_every_ten_minutes_with_one_stroke(pump):
    rig = warm_pump(pump)
    rig.inject("motor.stall")
    rig.wait_for_alarm("MOTOR_STALL", 120.0)
    alarm_s = rig.now_s
    rig.run_for(3600.0)
    probes = [burst.at_s for burst in rig.bursts_after(alarm_s)]
    assert len(probes) >= 5
    gaps_s = [later - earlier for earlier, later in zip([alarm_s, *probes], probes, strict=False)]
    assert all(599.0 <= gap_s <= 602.0 for gap_s in gaps_s)
    assert rig.raised() == ["MOTOR_STALL"]  # told once, not with every probe
    assert rig.delivered_nl(alarm_s) == 0.0


@pytest.mark.requirement("DET-02")
@pytest.mark.parametrize("rate", RATES)
def test_delivery_resumes_after_a_magnetic_stall_without_making_up(pump, rate):
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    stall = rig.inject("motor.magnetic_field", duration=600.0, lag=900.0)
    rig.wait_for_alarm("MOTOR_STALL", 2 * interval_s(rate) + 30.0)
    first_failed_s = rig.bursts_after(fault_s)[0].at_s
    rig.wait_for_alarm("STALL_RECOVERED", 1500.0 + 605.0)
    assert stall.took_effect
    free_s = fault_s + 1500.0
    recovered_s = rig.now_s
    assert free_s <= recovered_s <= free_s + 605.0
    rig.run_for(1.0)
    (event,) = rig.events("STALL_RECOVERED")
    assert event.a == pytest.approx(recovered_s - first_failed_s, abs=12.0)
    missed_nl = rate * (recovered_s - first_failed_s) / 3600.0
    assert event.b == pytest.approx(missed_nl, rel=0.01, abs=600.0)
    assert rig.active() - {"REFILL_DUE"} == {"MOTOR_STALL"}  # released: no bolus until a person has seen it
    assert rig.status.action == "CONTINUE"
    rig.client.acknowledge("MOTOR_STALL")
    assert rig.active() - {"REFILL_DUE"} == set()
    rig.run_for(max(300.0, 4 * interval_s(rate)))
    # The probing stroke and the programme; no trace of what was missed.
    owed_nl = rate * (rig.now_s - recovered_s) / 3600.0
    assert rig.delivered_nl(free_s) == pytest.approx(owed_nl, abs=700.0)


@pytest.mark.requirement("DET-02", "INT-04")
def test_a_power_cut_in_a_stall_forgets_neither_its_begin_nor_what_was_missed(pump):
    rig = warm_pump(pump, 20_000)
    fault_s = rig.now_s
    stall = rig.inject("motor.stall")
    rig.wait_for_alarm("MOTOR_STALL", 120.0)
    first_failed_s = rig.bursts_after(fault_s)[0].at_s
    rig.run_for(7_200.0)
    rig.cycle_power()
    assert "MOTOR_STALL" in rig.active()
    assert rig.status.mode == "RUNNING"
    rig.run_for(1_800.0)
    stall.clear()
    rig.wait_for_alarm("STALL_RECOVERED", 605.0)
    recovered_s = rig.now_s
    rig.run_for(1.0)
    (event,) = rig.events("STALL_RECOVERED")
    assert event.a == pytest.approx(recovered_s - first_failed_s, abs=12.0)
    # It is stored every ten minutes: so much of it at most is lost with the power.
    missed_nl = 20_000 * (recovered_s - first_failed_s) / 3_600.0
    assert missed_nl - 20_000 / 6 - 600.0 <= event.b <= missed_nl + 600.0


@pytest.mark.requirement("DET-01", "DET-02")
@pytest.mark.parametrize("rate", RATES)
def test_a_rotor_that_follows_is_no_stall(pump, rate):
    rig = warm_pump(pump, rate)
    rig.run_for(min(10 * interval_s(rate), 3600.0))
    assert rig.alarms == []
    assert rig.events("STALL") == []


@pytest.mark.requirement("DET-01", "DET-08")
@pytest.mark.parametrize("seed", range(4))
def test_a_stall_while_the_patient_breathes_deeply_is_no_stuck_sensor(pump, seed):
    """Between two attempts the line may rise by more than a stroke adds."""
    deep = BenchConfig(plant=PlantConfig(breath_kpa=1.0, heartbeat_kpa=1.0))
    rig = warm_pump(pump, bench=deep, seed=seed)
    stall = rig.inject("motor.stall")
    rig.wait_for_alarm("MOTOR_STALL", 120.0)
    assert stall.took_effect
    assert rig.raised() == ["MOTOR_STALL"]
