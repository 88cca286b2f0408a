"""Without a credible rotor angle the pump goes on at minimum rate, open loop, and says so (DET-08)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.bench.config import BenchConfig
from tests.pump.detection import RATES, interval_s, warm_pump
from tests.pump.prescribing import PULSATION_NL
from tests.pump.pump_rig import STROKE_NL

MINIMUM_NL_PER_H = 2_000.0
LOOK_S = 30.0

FAULTS = [
    pytest.param("sensor.rotor_dead", {}, id="no answer"),
    pytest.param("sensor.rotor_magnet_lost", {}, id="magnet lost"),
    pytest.param("sensor.rotor_noisy", {"sigma": 200.0}, id="very noisy"),
    pytest.param("sensor.rotor_noisy", {"sigma": 20.0}, id="noisy"),
]


def assert_minimum_rate_open_loop(rig) -> None:
    since_s = rig.now_s
    rig.run_for(3600.0)
    status = rig.status
    assert status.mode == "RUNNING"
    assert status.action == "HOLD_MIN_RATE"
    assert "OPEN_LOOP" in status.flags
    # The hour begins anywhere between two strokes, and its strokes anywhere between two rollers.
    assert rig.delivered_nl(since_s) == pytest.approx(MINIMUM_NL_PER_H, abs=STROKE_NL + PULSATION_NL)


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize(("fault", "parameters"), FAULTS)
@pytest.mark.parametrize("rate", RATES)
def test_a_rotor_sensor_that_is_no_use_is_told_at_the_next_look(pump, rate, fault, parameters):
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    injection = rig.inject(fault, **parameters)
    # One look is enough, or three where some pairs of noisy readings happen to agree.
    looks = 3 if fault == "sensor.rotor_noisy" else 1
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", looks * LOOK_S + 1.0)
    assert injection.took_effect
    assert rig.raised(fault_s) == ["SENSOR_FAULT_ROTOR"]
    if rate == 20_000:
        assert_minimum_rate_open_loop(rig)


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("rate", RATES)
def test_a_stuck_rotor_sensor_is_not_taken_for_a_stall(pump, rate):
    """The line pulses with each attempt, so the rotor did turn: what was delivered is booked."""
    rig = warm_pump(pump, rate)
    fault_s, before = rig.now_s, rig.status
    stuck = rig.inject("sensor.rotor_stuck")
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", 2 * interval_s(rate) + 11.0)
    assert stuck.took_effect
    assert rig.raised(fault_s) == ["SENSOR_FAULT_ROTOR"]
    booked_nl = rig.status.delivered_nl - before.delivered_nl
    assert booked_nl == pytest.approx(rig.delivered_nl(fault_s), rel=0.2)
    if rate == 20_000:
        assert_minimum_rate_open_loop(rig)


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("sigma", [3.0, 5.0, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_noise_is_a_fault_of_the_sensor_not_of_the_driver(pump, sigma, seed):
    """A few counts of noise look like a rotor that turns by itself now and then."""
    rig = warm_pump(pump, seed=seed)
    fault_s = rig.now_s
    noisy = rig.inject("sensor.rotor_noisy", sigma=sigma)
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", 1800.0)
    assert noisy.took_effect
    assert rig.raised(fault_s) == ["SENSOR_FAULT_ROTOR"]
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("DET-08", "ALM-06")
@pytest.mark.parametrize("rate", RATES)
def test_the_noise_of_the_fastest_filter_is_tolerated(pump, rate):
    """AS5600 datasheet: 0.043 degrees RMS are 0.49 counts."""
    rig = warm_pump(pump, rate, bench=replace(BenchConfig(), rotor_noise_counts=0.49))
    rig.run_for(min(20 * interval_s(rate), 7200.0))
    assert rig.alarms == []


@pytest.mark.requirement("DET-08")
def test_one_missed_answer_is_tolerated(pump):
    rig = warm_pump(pump)
    next_stroke_s = rig.bursts[-1].at_s + interval_s(20_000)
    rig.run_until(next_stroke_s - 0.003)
    dead = rig.inject("sensor.rotor_dead")
    while not dead.took_effect:
        rig.run_for(0.0001)
    dead.clear()
    assert rig.now_s < next_stroke_s + 0.003
    rig.run_for(300.0)
    assert rig.alarms == []
    assert "OPEN_LOOP" not in rig.status.flags


@pytest.mark.requirement("DET-08")
def test_a_sensor_that_answers_again_measures_again(pump):
    """The alarm is latched; once a person has acknowledged it, the programme goes on, measured."""
    rig = warm_pump(pump)
    dead = rig.inject("sensor.rotor_dead", duration=600.0)
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", LOOK_S + 1.0)
    rig.run_for(1800.0)
    assert dead.took_effect
    assert rig.active() == {"SENSOR_FAULT_ROTOR"}
    rig.client.acknowledge("SENSOR_FAULT_ROTOR")
    assert rig.active() == set()
    since_s, before = rig.now_s, rig.status
    rig.run_for(3600.0)
    after = rig.status
    assert "OPEN_LOOP" not in after.flags
    assert rig.delivered_nl(since_s) == pytest.approx(20_000.0, abs=400.0)
    assert after.delivered_nl - before.delivered_nl == pytest.approx(rig.delivered_nl(since_s), abs=100.0)
