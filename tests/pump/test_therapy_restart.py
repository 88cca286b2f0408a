"""A power cut at any moment: the mode that was left goes on, and no nanolitre is forgotten (INT-05, RES-01)."""

from __future__ import annotations

import pytest

from tests.pump.prescribing import PULSATION_NL
from tests.pump.pump_rig import READING_NL, STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench


@pytest.mark.requirement("INT-05")
def test_a_pump_that_was_just_started_runs_again_after_a_power_cut(pump):
    rig = pump(20_000)
    rig.run_for(3)
    rig.cycle_power(off_s=5)
    back_s = rig.now_s
    rig.run_for(3_600)
    assert rig.status.mode == "RUNNING"
    assert rig.delivered_nl(back_s) == pytest.approx(20_000, abs=STROKE_NL + PULSATION_NL)


@pytest.mark.requirement("INT-05", "THR-14")
def test_a_pump_that_was_just_stopped_stays_stopped_after_a_power_cut(pump):
    rig = pump(20_000)
    rig.run_for(1_000)
    rig.client.stop()
    rig.run_for(3)
    rig.cycle_power(off_s=5)
    back_s = rig.now_s
    rig.run_for(3_600)
    assert rig.status.mode == "STOPPED"
    assert rig.delivered_nl(back_s) == 0.0


@pytest.mark.requirement("RES-01", "THR-02")
@pytest.mark.parametrize("after_s", [100, 330, 595], ids=["after 100 s", "after 330 s", "after 595 s"])
def test_revolutions_between_two_power_cuts_are_all_booked(pump, after_s):
    rig = pump(1_000_000)
    rig.run_for(after_s)
    turned_nl = rig.truth.rotor_rev * 60_000
    rig.target.power.off()
    rig.run_for(5)
    rig.target.power.on()
    rig.reconnect()
    rig.run_for(3)  # the first stroke is due an interval, 1.1 s, after the one before and a beat more
    rig.client.stop()
    rig.run_for(1)
    status = rig.status
    turned_since_nl = rig.truth.rotor_rev * 60_000 - turned_nl
    assert turned_since_nl > 0
    assert status.delivered_nl == pytest.approx(turned_nl + turned_since_nl, abs=STROKE_NL)
    assert status.reservoir_nl == pytest.approx(rig.truth.reservoir_nl, abs=STROKE_NL + PULSATION_NL)


@pytest.mark.requirement("INT-05", "INT-06")
def test_the_odometers_of_a_pump_that_stands_are_the_same_after_a_power_cut(pump):
    rig = pump(200_000)
    rig.run_for(1_000)
    rig.client.stop()
    rig.run_for(3)
    before = rig.status
    rig.cycle_power(off_s=5)
    after = rig.status
    assert before.strokes > 100
    assert after.strokes == before.strokes
    assert after.commanded_nl == pytest.approx(before.commanded_nl, abs=READING_NL)
    assert after.delivered_nl == pytest.approx(before.delivered_nl, abs=READING_NL)


@pytest.mark.requirement("INT-05", "DET-01")
def test_what_was_turned_since_the_last_entry_counts_as_commanded_too(pump):
    """Commanded and delivered volume are there to be compared, also by a person and after many power cuts."""
    rig = pump(1_000_000)
    for _ in range(4):
        rig.run_for(47)
        rig.cycle_power(off_s=1)
    rig.client.stop()
    rig.run_for(3)
    status = rig.status
    assert status.delivered_nl > 40_000
    assert status.commanded_nl == pytest.approx(status.delivered_nl, abs=STROKE_NL + READING_NL)
    assert status.delivered_nl == pytest.approx(rig.turned_nl(), abs=STROKE_NL + READING_NL)
