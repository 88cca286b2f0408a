"""A pressure sensor that is not to be believed: told, boluses inhibited, basal goes on (DET-08)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.bench.config import BenchConfig
from hil.errors import Refused
from tests.pump.detection import RATES, interval_s, warm_pump

LOOK_S = 30.0

# Fault, parameters, strokes until it is told (firmware/core/pressure_watch.py), looks instead of strokes.
FAULTS = [
    pytest.param("sensor.pressure_stuck", {}, 7, None, id="stuck at rest"),
    pytest.param("sensor.pressure_stuck", {"pressure": 50.0}, 7, None, id="stuck below the limit"),
    pytest.param("sensor.pressure_stuck", {"pressure": 220.0}, 3, 3, id="shorted to the supply"),
    pytest.param("sensor.pressure_stuck", {"pressure": -14.0}, 3, 3, id="shorted to ground"),
    pytest.param("sensor.pressure_offset", {"offset": 20.0}, 11, None, id="20 kPa too high"),
    pytest.param("sensor.pressure_offset", {"offset": -25.0}, 3, 3, id="25 kPa too low"),
    pytest.param("sensor.pressure_noisy", {"sigma": 10.0}, 8, None, id="very noisy"),
]


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize(("fault", "parameters", "strokes", "looks"), FAULTS)
@pytest.mark.parametrize("rate", RATES)
def test_a_pressure_sensor_that_is_no_use_is_told(pump, rate, fault, parameters, strokes, looks):
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    injection = rig.inject(fault, **parameters)
    bounds_s = [strokes * interval_s(rate) + 1.0] + ([looks * LOOK_S + 1.0] if looks else [])
    rig.wait_for_alarm("SENSOR_FAULT_PRESSURE", min(bounds_s))
    assert injection.took_effect
    with pytest.raises(Refused, match="ALARM_ACTIVE"):
        rig.client.clinician_bolus(100_000, 600)
    since_s = rig.now_s
    rig.run_for(10 * interval_s(rate))
    assert rig.raised(fault_s) == ["SENSOR_FAULT_PRESSURE"]
    assert len(rig.bursts_after(since_s)) in (9, 10, 11)
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("ALM-05", "DET-08")
@pytest.mark.parametrize("rate", RATES)
def test_noise_that_has_ended_is_over_within_two_strokes_and_ten_minutes(pump, rate):
    rig = warm_pump(pump, rate)
    noise = rig.inject("sensor.pressure_noisy", sigma=12.0)
    rig.wait_for_alarm("SENSOR_FAULT_PRESSURE", 8 * interval_s(rate) + 1.0)
    rig.run_for(600.0)
    noise.clear()
    rig.run_for(2 * interval_s(rate) + 600.0)
    assert "SENSOR_FAULT_PRESSURE" not in rig.active()


@pytest.mark.requirement("DET-08", "ALM-06")
@pytest.mark.parametrize("rate", RATES)
def test_the_specified_noise_and_a_small_offset_are_tolerated(pump, rate):
    rig = warm_pump(pump, rate, bench=replace(BenchConfig(), pressure_noise_kpa=0.3))
    offset = rig.inject("sensor.pressure_offset", offset=2.0)
    rig.run_for(min(40 * interval_s(rate), 7200.0))
    assert offset.took_effect
    assert rig.alarms == []


@pytest.mark.requirement("DET-05", "DET-08")
@pytest.mark.parametrize("kpa", [100.0, 220.0, -14.0])
def test_one_bad_reading_between_strokes_is_nothing(pump, kpa):
    """Spikes at twenty looks are no fault either, as the strokes between them are well measured."""
    rig = warm_pump(pump)
    spike = _Spikes(rig, kpa)
    rig.run_for(900.0)
    assert spike.count >= 20
    assert rig.alarms == []


class _Spikes:
    """Spoils the first reading after each quiet time of 3 s, unless it is the one before a stroke."""

    def __init__(self, rig, kpa: float) -> None:
        self.count = 0
        self._rig = rig
        self._kpa = kpa
        self._last_s = rig.now_s
        self._net = rig.world.nets.analog("PRESSURE")
        self._source = self._net.source
        self._net.source = self._read

    def _read(self, t_ns: int) -> int:
        quiet_s = self._rig.now_s - self._last_s
        self._last_s = self._rig.now_s
        since_stroke_s = self._rig.now_s - self._rig.bursts[-1].at_s
        if quiet_s < 3.0 or since_stroke_s > 53.9:
            return self._source(t_ns)
        self.count += 1
        return round(200 + self._kpa * 13.5)


@pytest.mark.requirement("DET-08")
def test_a_sensor_that_shows_sense_again_clears_its_alarm(pump):
    rig = warm_pump(pump)
    shorted = rig.inject("sensor.pressure_stuck", pressure=220.0, duration=600.0)
    rig.wait_for_alarm("SENSOR_FAULT_PRESSURE", 91.0)
    rig.run_for(700.0)
    assert shorted.took_effect
    assert rig.active() == set()
    rig.client.clinician_bolus(100_000, 600)
