"""The pump never sucks back more than one stroke, and never asks its motor to (THR-20)."""

from __future__ import annotations

import pytest

from tests.pump.prescribing import HOUR_S
from tests.pump.pump_rig import STROKE_NL, bench_of

CYCLE_NL = 1_200.0  # four full steps
TWO_STEPS_NL = 600.0  # as far as a field at a foreign phase can draw a rotor

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

FAULTS = [
    ("motor.reverse", {}),
    ("motor.stall", {}),
    ("motor.coupling", {"fraction": 0.3}),
    ("sensor.rotor_dead", {}),
    ("sensor.rotor_stuck", {}),
    ("sensor.rotor_noisy", {}),
    ("sensor.i2c_hang", {}),
    ("catheter.occlusion", {}),
    ("head.leak_back", {"fraction": 0.3}),
    ("supply.dip", {}),
    ("ram.bit_flip", {}),
    ("cpu.hang", {}),
]


class BackwardMeter:
    """How far the plant has fallen back from its highest total, and bursts with DIR the other way."""

    def __init__(self, world):
        self._plant = world.plant
        self._direction = world.nets.digital("DIR")
        self._highest_nl = self._plant.displaced_nl
        self.fallen_nl = 0.0
        self.backward_bursts = 0
        self._plant.on_burst(self._burst)
        world.nets.digital("STEP").on_train(self._train)

    def _train(self, _net, train):
        self.backward_bursts += not self._direction.level_at(train.start_ns)

    def _burst(self, _t_ns, _before_kpa, _peak_kpa):
        now_nl = self._plant.displaced_nl
        self._highest_nl = max(self._highest_nl, now_nl)
        self.fallen_nl = max(self.fallen_nl, self._highest_nl - now_nl)


@pytest.mark.requirement("THR-20")
@pytest.mark.parametrize(("fault", "parameters"), FAULTS, ids=[fault for fault, _ in FAULTS])
def test_no_single_fault_takes_back_more_than_a_stroke(pump, fault, parameters):
    rig = pump(300_000)
    meter = BackwardMeter(rig.world)
    rig.run_for(300)
    rig.inject(fault, **parameters)
    rig.run_for(HOUR_S)
    assert meter.fallen_nl <= 1.15 * STROKE_NL
    assert meter.backward_bursts == 0
    assert rig.truth.delivered_nl > 20_000


@pytest.mark.requirement("THR-20", "DET-03")
def test_a_slip_takes_back_its_cycles_and_the_pump_commands_nothing_back(pump):
    rig = pump(300_000)
    meter = BackwardMeter(rig.world)
    rig.run_for(300)
    slip = rig.inject("motor.slip", mean_between=600.0)
    rig.run_for(HOUR_S)
    assert slip.took_effect
    assert 1.0 * CYCLE_NL - 1.15 * STROKE_NL < meter.fallen_nl <= 1.15 * CYCLE_NL
    assert meter.backward_bursts == 0
    assert "SYSTEM_FAULT" not in rig.raised()


@pytest.mark.requirement("THR-20")
@pytest.mark.parametrize("friction", [2.0, 5.0, 10.0])
def test_a_motor_that_turns_the_wrong_way_is_stopped(pump, friction):
    """With much friction the mirrored field leaves the rotor standing; with little it takes it back."""
    rig = pump(60_000, bench=bench_of(friction))
    meter = BackwardMeter(rig.world)
    rig.run_for(600)
    before_nl = rig.status.delivered_nl
    fault = rig.inject("motor.reverse")
    rig.run_for(HOUR_S)
    assert fault.took_effect
    assert {"MOTOR_STALL", "SYSTEM_FAULT"} & set(rig.raised())
    assert rig.status.delivered_nl - before_nl <= TWO_STEPS_NL
    assert meter.fallen_nl <= 1.15 * TWO_STEPS_NL
    assert meter.backward_bursts == 0
    if meter.fallen_nl > 100.0:
        assert rig.status.mode == "FAULT"


@pytest.mark.requirement("THR-20")
def test_a_healthy_pump_never_takes_anything_back_through_stops_boluses_and_power_cuts(pump):
    rig = pump(60_000)
    meter = BackwardMeter(rig.world)
    for _ in range(3):
        rig.run_for(300)
        rig.client.clinician_bolus(100_000, 60)
        rig.run_for(30)
        rig.cycle_power(2)
        rig.client.stop()
        rig.run_for(10)
        rig.client.start()
    assert meter.fallen_nl == 0.0
    assert meter.backward_bursts == 0
