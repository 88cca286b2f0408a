"""What a pump does, seen from its line and its pins: the same on every target."""

from __future__ import annotations

from itertools import pairwise

import pytest

from hil.errors import Refused
from tests.pump.pump_rig import COUNT_NL

ML_PER_H = 1_000_000
STEP_PERIOD_NS = 625_000
QUARTER_TURN_S = 54.0


def test_boots_to_standby_and_says_who_it_is(rig):
    status = rig.client.status()
    assert status.mode == "STANDBY"
    assert status.reset_cause == "POWER_ON"
    assert status.alarm_count == 0
    assert rig.strokes() == []


@pytest.mark.requirement("THR-01")
def test_a_start_without_a_programme_is_refused(rig):
    with pytest.raises(Refused):
        rig.client.start()
    rig.run_for(2.0)
    assert rig.strokes() == []


@pytest.mark.requirement("THR-01")
def test_ten_strokes_at_one_millilitre_an_hour(rig):
    before_nl = rig.client.status().delivered_nl
    rig.deliver(ML_PER_H)
    while len(rig.strokes()) < 10:
        rig.run_for(1.0)
    rig.run_for(0.5)
    strokes = rig.strokes()
    status = rig.client.status()
    assert status.strokes == len(strokes)
    commanded_nl = sum(steps for _, steps in strokes) * 60_000 / 3200
    assert status.delivered_nl - before_nl == pytest.approx(commanded_nl, abs=3 * COUNT_NL)
    assert rig.delivered_nl == pytest.approx(commanded_nl, rel=0.2)  # roller pulsation
    seconds = (strokes[-1][0] - strokes[0][0]) / 1e9
    delivered_nl = sum(steps for _, steps in strokes[:-1]) * 60_000 / 3200
    assert delivered_nl / seconds * 3600 == pytest.approx(ML_PER_H, rel=0.01)


def test_microsteps_keep_the_period_of_the_step_clock(rig):
    rig.deliver(ML_PER_H)
    while len(rig.strokes()) < 2:
        rig.run_for(1.0)
    rig.run_for(0.5)
    periods = {late - early for early, late in pairwise(rig.step_rises_ns())}
    assert min(periods) == STEP_PERIOD_NS
    assert all(period == STEP_PERIOD_NS or period > 100 * STEP_PERIOD_NS for period in periods)


@pytest.mark.requirement("DET-01")
def test_a_stalled_motor_is_told(rig):
    rig.deliver(ML_PER_H)
    rig.run_for(3.0)
    stall = rig.inject("motor.stall")
    rig.wait_for_alarm("MOTOR_STALL", 60.0)
    assert stall.took_effect


@pytest.mark.requirement("DET-05")
def test_a_closed_line_is_told_and_ends_delivery(rig):
    rig.deliver(ML_PER_H)
    rig.run_for(12.0)
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 30.0)
    assert closed.took_effect
    stopped_nl = rig.delivered_nl
    rig.run_for(5.0)
    assert rig.delivered_nl == stopped_nl
    assert rig.client.status().mode == "STOPPED"


@pytest.mark.requirement("THR-10")
def test_the_button_gives_a_patient_bolus_and_then_locks_out(rig):
    rig.deliver(0, patient=(60_000, 60, 600, 3))
    rig.run_for(1.0)
    rig.target.bench.press("patient", 500_000_000)
    rig.run_for(66.0)
    assert rig.delivered_nl == pytest.approx(60_000, abs=300)
    rig.target.bench.press("patient", 500_000_000)
    rig.run_for(5.0)
    assert rig.delivered_nl == pytest.approx(60_000, abs=300)
    assert "DENIED" in {event.code.rpartition("_")[2] for event in rig.client.events}


@pytest.mark.requirement("INT-03")
def test_a_hung_processor_is_restarted_and_goes_on(rig):
    rig.deliver(ML_PER_H)
    rig.run_for(3.0)
    boots = rig.client.status().boots
    hang = rig.inject("cpu.hang")
    rig.run_for(9.0)
    assert hang.took_effect
    rig.greet()
    status = rig.client.status()
    assert (status.boots, status.reset_cause, status.mode) == (boots + 1, "WATCHDOG", "RUNNING")


@pytest.mark.requirement("INT-04", "INT-08")
@pytest.mark.parametrize("operation", [1, 2, 3])
def test_a_power_cut_inside_a_flash_write_loses_nothing(rig, operation):
    rig.deliver(ML_PER_H)
    rig.run_for(3.0)
    cut = rig.inject("supply.cut", operation=operation, place="inside", duration=2.0)
    rig.run_for(QUARTER_TURN_S + 5.0)  # the state is written at every quarter turn
    assert cut.took_effect
    rig.greet()
    status = rig.client.status()
    assert (status.mode, status.reset_cause) == ("RUNNING", "POWER_ON")
    turned_nl = rig.rotor_rev * 60_000
    assert status.delivered_nl == pytest.approx(turned_nl, abs=2 * 300)


@pytest.mark.requirement("LNK-05")
def test_ctrl_c_on_the_line_does_not_stop_the_pump(rig):
    rig.deliver(ML_PER_H)
    rig.run_for(2.0)
    rig.target.serial.write(b"\x03\x03\r\n\x03\x04")
    rig.run_for(3.0)
    strokes = len(rig.strokes())
    rig.run_for(5.0)
    assert len(rig.strokes()) > strokes
    assert rig.client.status().mode == "RUNNING"


@pytest.mark.requirement("INT-06")
def test_the_log_reads_back_what_was_told(rig):
    rig.deliver(ML_PER_H)
    rig.run_for(5.0)
    rig.client.stop()
    rig.run_for(2.0)
    told = {event.log_seq: event for event in rig.client.events}
    stored = {event.log_seq: event for event in rig.client.log(0)}
    assert told and set(told) <= set(stored)
    assert all(
        (event.code, event.a, event.b) == (stored[seq].code, stored[seq].a, stored[seq].b)
        for seq, event in told.items()
    )
