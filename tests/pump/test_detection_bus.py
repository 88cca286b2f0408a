"""A part that holds the I2C bus: clocked free, or told when that does not help (DET-08)."""

from __future__ import annotations

import pytest

from tests.pump.detection import warm_pump
from tests.pump.pump_rig import PumpRig

LOOK_S = 30.0
CLOCK_CHECK_S = 60.0
NETS = ("I2C0_SCL", "I2C0_SDA")


def falling_edges(rig: PumpRig, net: str, since_s: float) -> list[float]:
    edges = rig.target.waves()[net]
    return [t_ns / 1e9 for t_ns, level in edges if level == 0 and t_ns / 1e9 > since_s]


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize(("rate", "clocks"), [(2_000, 9), (20_000, 1), (20_000, 9), (1_000_000, 5)])
def test_a_held_bus_is_clocked_free_without_an_alarm(pump, rate, clocks):
    rig = warm_pump(pump, rate, nets=NETS)
    fault_s = rig.now_s
    hang = rig.inject("sensor.i2c_hang", clocks=clocks)
    assert rig.level("I2C0_SDA") == 0
    rig.run_for(LOOK_S + 1.0)
    assert hang.took_effect
    assert rig.level("I2C0_SDA") == 1
    pulses_s = falling_edges(rig, "I2C0_SCL", fault_s)
    assert clocks <= len(pulses_s) <= 9  # UM10204, 3.1.16
    assert pulses_s[-1] - pulses_s[0] < 0.001
    assert rig.alarms == []
    assert "OPEN_LOOP" not in rig.status.flags


@pytest.mark.requirement("DET-08", "DET-10")
def test_a_bus_that_stays_held_costs_both_sensors(pump):
    rig = warm_pump(pump, nets=NETS)
    fault_s = rig.now_s
    hang = rig.inject("sensor.i2c_hang", clocks=0)
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", LOOK_S + 1.0)
    assert len(falling_edges(rig, "I2C0_SCL", fault_s)) >= 9
    rig.wait_for_alarm("CLOCK_FAULT", 3 * CLOCK_CHECK_S + 1.0)
    assert hang.took_effect
    turned_nl = rig.turned_nl()
    rig.run_for(3600.0)
    assert rig.turned_nl() - turned_nl == pytest.approx(2_000.0, abs=400.0)  # minimum rate


@pytest.mark.requirement("DET-08")
def test_a_bus_that_comes_free_by_itself_is_used_again(pump):
    rig = warm_pump(pump)
    hang = rig.inject("sensor.i2c_hang", clocks=0, duration=300.0)
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", LOOK_S + 1.0)
    rig.run_for(700.0)
    assert hang.took_effect
    rig.client.acknowledge("SENSOR_FAULT_ROTOR")
    assert rig.active() == set()
    assert "OPEN_LOOP" not in rig.status.flags
    before, turned_nl = rig.status, rig.turned_nl()
    rig.run_for(1800.0)
    booked_nl = rig.status.delivered_nl - before.delivered_nl
    assert booked_nl == pytest.approx(rig.turned_nl() - turned_nl, abs=45.0)


@pytest.mark.requirement("DET-08")
def test_a_free_bus_is_not_clocked(pump):
    """Twin: transfers are not shown as edges on the nets, so every edge is a recovery."""
    rig = warm_pump(pump, nets=NETS)
    rig.run_for(600.0)
    assert falling_edges(rig, "I2C0_SCL", 0.0) == []
