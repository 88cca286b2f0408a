"""Pump and rig as two emulated chips on one image: what flashing day will show, on machine code on both sides."""

from __future__ import annotations

import pytest

from hil.targets.rigged import rigged_target
from tests.chip.copies import in_copy
from tests.hil.rig.rehearsed import Rehearsed

STROKE_MILLISTEPS = 16_000
BOLUS_NL, BOLUS_S = 3_000, 20


@pytest.fixture(scope="session")
def both(image) -> Rehearsed:
    """Booted by the rig, with programme and refill, delivering 1 mL/h: a stroke each 1.08 s. Use it `in_copy` only."""
    bench = Rehearsed(rigged_target("chip", None))
    bench.__enter__()
    bench.deliver(1_000_000, patient=(BOLUS_NL, BOLUS_S, 3_600, 6))
    return bench


def rotors(bench: Rehearsed) -> tuple[int, int]:
    """Thousandths of a microstep that the rig's rotor has turned, and that of the emulated plant on the same lines."""
    truth = bench.rig.truth_now()
    bench.target.world.truth()
    return truth["position_millisteps"], bench.target.world.plant.motor.position_millisteps


def test_the_pump_boots_on_the_rigs_power_reads_its_clock_and_is_heard(both):
    def story():
        status = both.client.status()
        assert (status.mode, status.boots, status.reset_cause) == ("RUNNING", 1, "POWER_ON")
        clock = both.target.world.config.start_clock
        since_2020_s = (clock - clock.replace(year=2020, month=1, day=1, hour=0, minute=0, second=0)).total_seconds()
        assert status.epoch_s == pytest.approx(since_2020_s + 10, abs=8)
        assert both.raised() == []
        assert both.heard("POWER") == [1]
        assert both.heard("READY") == [1], "GP18"
        assert [bool(hz) for hz in both.heard("BUZZER")] == [True, False], "the self-test's tone"

    in_copy(story)


@pytest.mark.requirement("THR-06")
def test_ten_strokes_turn_the_rigs_rotor_as_they_turn_the_plants(both):
    def story():
        ours, theirs = rotors(both)
        both.run_for(11)
        our_turn, their_turn = (now - before for now, before in zip(rotors(both), (ours, theirs), strict=True))
        assert our_turn >= 10 * STROKE_MILLISTEPS
        assert our_turn == pytest.approx(their_turn, abs=STROKE_MILLISTEPS)
        truth = both.rig.truth_now()
        assert truth["commanded"] == both.target.world.truth().commanded_microsteps, "PIO lost no edge"
        assert both.raised() == []

    in_copy(story)


@pytest.mark.requirement("DET-01")
def test_a_stall_is_found_and_a_start_recovers_from_it(both):
    def story():
        both.run_for(3)  # a motor that has not turned since it was mounted is caught first: that takes 10 s more
        stall = both.rig.inject("motor.stall", {})
        both.run_until_alarm("MOTOR_STALL", 60)
        assert stall.took_effect
        stall.clear()
        both.client.stop()
        before, _ = rotors(both)
        both.client.start()
        both.run_for(8)
        assert both.client.status().mode == "RUNNING"
        assert rotors(both)[0] - before >= 4 * STROKE_MILLISTEPS

    in_copy(story)


@pytest.mark.requirement("DET-05")
def test_an_occlusion_is_found_by_the_pressure_that_the_rig_gives(both):
    def story():
        both.rig.inject("catheter.occlusion", {"onset": 0.0})
        both.run_until_alarm("CATHETER_OCCLUSION", 60)
        assert both.rig.truth_now()["pressure_pa"] > 5_000

    in_copy(story)


def test_a_patient_bolus_comes_of_the_rigs_button(both):
    def story():
        before_nl = both.rigs_delivered_nl()
        both.rig.press("patient", 300_000_000)
        both.run_for(BOLUS_S + 4)
        basal_nl = (BOLUS_S + 4) / 3_600 * 1e6
        assert both.rigs_delivered_nl() - before_nl == pytest.approx(BOLUS_NL + basal_nl, abs=900)

    in_copy(story)


@pytest.mark.requirement("INT-04")
def test_a_power_cut_by_the_rig_leaves_the_clock_running_and_therapy_is_told_of_it(both):
    def story():
        before_s = both.client.status().epoch_s
        both.rig.inject("supply.cut", {"duration": 3.0})
        both.run_for(3.5)
        both.run_for(6)
        both.client.hello()
        status = both.client.status()
        assert status.boots == 2
        assert status.epoch_s - before_s == pytest.approx(10, abs=3)
        assert "CLOCK_FAULT" not in [alarm.name for alarm in both.client.alarms()]
        assert both.heard("POWER") == [1, 0, 1]

    in_copy(story)
