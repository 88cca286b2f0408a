"""What the pump does, shown on machine code: real PIO, real integers, real USB, the same plant as on `sim`."""

from __future__ import annotations

import pytest

from tests.chip.chip_pump import BOLUS_NL, BOLUS_S, SECOND_NS
from tests.chip.copies import in_copy

STROKE_NL = 300
MICROSTEPS = 16
PERIOD_NS = 625_000  # 625 cycles of the 1 MHz PIO clock, drivers/step_generator.py
INTERVAL_S = 1.08  # 300 nL at 1 mL/h


@pytest.mark.requirement("INT-01")
def test_it_boots_through_its_self_test_without_motion_and_waits(standing):
    def story():
        status = standing.client.status()
        assert (status.mode, status.reset_cause, status.boots) == ("STANDBY", "POWER_ON", 1)
        assert standing.rises_ns() == []
        assert standing.mcu.console == "", "a pump says nothing in words"

    in_copy(story)
    assert standing.ready_s < 5.0


@pytest.mark.requirement("THR-06", "THR-04")
def test_ten_strokes_have_their_edges_and_an_exact_period(running):
    def story():
        begun = len(running.rises_ns())
        begin = running.world.truth()
        while len(running.rises_ns()) < begun + 10 * MICROSTEPS:
            running.run_for(0.25)
        running.run_for(0.25)
        end = running.world.truth()
        turned_nl = (end.rotor_rev - begin.rotor_rev) * running.world.config.plant.volume_per_rev_nl
        return running.rises_ns()[begun:], turned_nl, running.client.status()

    rises_ns, turned_nl, status = in_copy(story)
    assert len(rises_ns) == 10 * MICROSTEPS
    strokes = [rises_ns[at : at + MICROSTEPS] for at in range(0, len(rises_ns), MICROSTEPS)]
    for stroke in strokes:
        periods = {after - before for before, after in zip(stroke, stroke[1:], strict=False)}
        assert periods == {PERIOD_NS}
    gaps_s = [(b[0] - a[0]) / SECOND_NS for a, b in zip(strokes, strokes[1:], strict=False)]
    assert gaps_s == pytest.approx([INTERVAL_S] * 9, abs=0.05)
    assert turned_nl == pytest.approx(10 * STROKE_NL, abs=0.01)
    assert status.mode == "RUNNING"


@pytest.mark.requirement("DET-01")
def test_a_stall_is_told_and_ends_delivery(running):
    def story():
        running.run_for(3.0)
        fault = running.inject("motor.stall")
        after_s = running.run_until_alarm("MOTOR_STALL", 40.0)
        at_alarm_nl = running.delivered_nl()
        running.run_for(10.0)
        assert running.delivered_nl() == at_alarm_nl
        assert fault.took_effect
        return after_s

    assert in_copy(story) < INTERVAL_S + 30.0


@pytest.mark.requirement("DET-05", "DET-06")
def test_an_occlusion_is_told_before_much_is_trapped(running):
    def story():
        running.run_for(3.0)
        fault = running.inject("catheter.occlusion", onset=0.0)
        after_s = running.run_until_alarm("CATHETER_OCCLUSION", 30.0)
        running.run_for(5.0)
        assert fault.took_effect
        return after_s, running.world.truth().trapped_nl

    after_s, trapped_nl = in_copy(story)
    assert after_s < 30.0
    assert trapped_nl < 20_000


@pytest.mark.requirement("THR-10")
def test_the_button_gives_one_patient_bolus_and_then_the_lock_out(running):
    def story():
        running.run_for(2.0)
        button = running.world.bench.patient_button
        begin_nl = running.delivered_nl()
        begin_ns = running.clock.now_ns
        button.press_for(200_000_000)
        running.run_for(BOLUS_S + 10.0)
        gained_nl = running.delivered_nl() - begin_nl
        basal_nl = (running.clock.now_ns - begin_ns) / SECOND_NS / 3600 * 1_000_000
        button.press_for(200_000_000)
        running.run_for(3.0)
        return gained_nl - basal_nl, running.client.status()

    bolus_nl, status = in_copy(story)
    assert bolus_nl == pytest.approx(BOLUS_NL, abs=3 * STROKE_NL)
    assert status.lockout_s > 3_000
    assert status.bolus_kind == "NONE"


@pytest.mark.requirement("LNK-03")
def test_ctrl_c_does_nothing(running):
    def story():
        running.run_for(1.0)
        for _ in range(50):
            running.target.serial.write(b"\x03")
            running.run_for(0.02)
        begin_nl = running.delivered_nl()
        running.run_for(5.0)
        assert running.delivered_nl() - begin_nl > 3 * STROKE_NL
        assert running.mcu.console == ""
        return running.client.status()

    status = in_copy(story)
    assert (status.mode, status.boots) == ("RUNNING", 1)


@pytest.mark.requirement("DET-08")
def test_a_bus_that_stays_held_fails_each_transfer_and_is_told(running):
    def story():
        running.run_for(2.0)
        running.inject("sensor.i2c_hang", clocks=0)
        alarm_s = running.run_until_alarm("SENSOR_FAULT_ROTOR", 20.0)
        assert running.world.bench.bus_hold.is_held
        return alarm_s

    assert in_copy(story) < 15.0
