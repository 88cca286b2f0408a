"""The rig itself: what a test may rely on before it injects anything."""

from __future__ import annotations

import pytest

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench


@pytest.mark.parametrize("rate", [2_000, 20_000, 1_000_000], ids=["2 uL/h", "20 uL/h", "1 mL/h"])
@pytest.mark.requirement("THR-04")
def test_a_started_pump_delivers_its_programme(pump, rate):
    rig = pump(rate)
    hours = 1.0 if rate < 1_000_000 else 0.25
    rig.run_for(3600 * hours)
    assert rig.status.mode == "RUNNING"
    # Roller pulsation: a stroke may carry 15 % more or less than its microsteps say.
    assert rig.delivered_nl(0.0) == pytest.approx(rate * hours, rel=0.005, abs=450)
    assert sum(burst.microsteps for burst in rig.bursts) * 18.75 == pytest.approx(rate * hours, abs=300)


def test_a_pump_that_was_not_started_stands_still(pump):
    rig = pump(is_started=False)
    rig.run_for(3600)
    assert rig.bursts == []
    assert rig.truth.delivered_nl == 0.0
    assert rig.level("EN") == 1
    assert not rig.is_lamp_used()


def test_times_of_alarms_are_those_of_their_arrival(pump):
    rig = pump(20_000)
    rig.inject("motor.stall")
    rig.run_for(600)
    (seen,) = [seen for seen in rig.alarms if seen.name == "MOTOR_STALL"]
    assert 10.0 < seen.at_s < 65.0
    assert rig.is_lamp_used()


def test_what_made_the_pump_is_forgotten_when_it_has_booted(pump):
    modules = pump(20_000).world.mcu.modules
    assert "firmware.assembly" not in modules
    assert not hasattr(modules["firmware"], "assembly")
