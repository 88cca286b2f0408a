"""The pump never sucks back more than one stroke, and never asks its motor to (THR-20)."""

from __future__ import annotations

import pytest

from tests.pump.prescribing import HOUR_S
from tests.pump.pump_rig import STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

FAULTS = [
    ("motor.reverse", {}),
    ("motor.stall", {}),
    ("motor.slip", {"fraction": 0.3}),
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


@pytest.mark.requirement("THR-20")
def test_a_motor_that_turns_the_wrong_way_is_not_booked_as_delivery_and_is_stopped_at_once(pump):
    rig = pump(60_000)
    rig.run_for(600)
    before_nl = rig.status.delivered_nl
    steps = rig.truth.commanded_microsteps
    fault = rig.inject("motor.reverse")
    rig.run_for(HOUR_S)
    assert fault.took_effect
    assert rig.truth.commanded_microsteps - steps == 16
    assert rig.status.delivered_nl == before_nl
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
