"""The guard of what is commanded, alone (THR-22): each bound is passed by one stroke too many, and by nothing less."""

from __future__ import annotations

import pytest

from tests.firmware.core.core_modules import core, ids

NL_PER_REV, MICROSTEPS_PER_REV = 60_000, 3_200
STROKE = 16
STROKE_NL = 300
RATE_NL_PER_H = 20_000


class Programme:
    def __init__(self, rate_nl_per_h):
        self.rate_nl_per_h = rate_nl_per_h

    def highest_rate_nl_per_h(self):
        return self.rate_nl_per_h


class Rig:
    def __init__(self, rate_nl_per_h=RATE_NL_PER_H):
        self.guard = core.motion_guard.MotionGuard(Programme(rate_nl_per_h), NL_PER_REV, MICROSTEPS_PER_REV)
        self.guard.prescribed()
        self.run_s = 1_000

    def strokes(self, mode, action=ids.CONTINUE, *, every_s=0, most=100_000, microsteps=STROKE):
        """How many are admitted, one after the other."""
        for number in range(most):
            if not self.guard.admits(microsteps, mode, action, self.run_s):
                return number
            self.run_s += every_s
        return most


@pytest.mark.requirement("THR-22")
@pytest.mark.parametrize("mode", [ids.BOOT, ids.STANDBY, ids.STOPPED, ids.FAULT])
def test_no_stroke_in_a_mode_without_motion(mode):
    assert Rig().strokes(mode) == 0


@pytest.mark.requirement("THR-22")
@pytest.mark.parametrize("action", [ids.STOP, ids.HALT])
def test_no_stroke_under_an_alarm_that_stops(action):
    assert Rig().strokes(ids.RUNNING, action) == 0


@pytest.mark.requirement("THR-22")
def test_suspended_one_stroke_per_probe_interval_and_one_per_start():
    rig = Rig()
    assert rig.strokes(ids.RUNNING, ids.SUSPEND) == 1
    rig.run_s += 60
    rig.guard.started()
    assert rig.strokes(ids.RUNNING, ids.SUSPEND) == 1
    rig.run_s += 600
    assert rig.strokes(ids.RUNNING, ids.SUSPEND, every_s=600, most=50) == 50
    rig.run_s += 600
    assert rig.strokes(ids.RUNNING, ids.SUSPEND, microsteps=STROKE + 1) == 0


@pytest.mark.requirement("THR-22")
@pytest.mark.parametrize(("mode", "action"), [(ids.MIN_RATE, ids.CONTINUE), (ids.RUNNING, ids.HOLD_MIN_RATE)])
def test_the_minimum_rate_and_two_strokes(mode, action):
    rig = Rig()
    assert rig.strokes(mode, action) == 2
    rig.guard.started()
    rig.run_s += 36_000
    assert rig.strokes(mode, action, every_s=540, most=1_000) == 1_000
    assert rig.strokes(mode, action, every_s=270) <= 4


@pytest.mark.requirement("THR-22", "DET-08")
def test_one_hold_after_the_other_finds_its_balance_full_though_the_programme_runs_at_its_highest_rate():
    rig = Rig(108_000)
    for _ in range(20):
        assert rig.strokes(ids.RUNNING, every_s=10, most=50) == 50
        rig.run_s += 250  # half a stroke was due
        assert rig.strokes(ids.RUNNING, ids.HOLD_MIN_RATE, every_s=540, most=4) == 4
        rig.run_s -= 540  # the last one is measured, and the programme is back at once
    assert rig.strokes(ids.RUNNING, ids.HOLD_MIN_RATE) <= 3


@pytest.mark.requirement("THR-22", "THR-17")
def test_running_the_highest_rate_and_the_margin():
    rig = Rig()
    rig.run_s += 36_000
    margin_nl = 10_000 + RATE_NL_PER_H // 60
    assert rig.strokes(ids.RUNNING) == margin_nl // STROKE_NL
    rig.guard.started()
    rig.run_s += 36_000
    assert rig.strokes(ids.RUNNING, every_s=54, most=5_000) == 5_000
    begun_s = rig.run_s
    strokes = rig.strokes(ids.RUNNING, every_s=27)
    assert strokes * STROKE_NL <= margin_nl + RATE_NL_PER_H * (rig.run_s - begun_s) // 3_600 + STROKE_NL


@pytest.mark.requirement("THR-22", "THR-09")
@pytest.mark.parametrize("mode", [ids.RUNNING, ids.MIN_RATE])
@pytest.mark.parametrize("hours", [1, 6])
def test_a_bolus_gets_its_volume_and_no_more(mode, hours):
    rig = Rig()
    basal_nl_per_h = RATE_NL_PER_H if mode == ids.RUNNING else 2_000
    bolus_nl = 120_000
    rig.run_s += 36_000
    rig.guard.granted(bolus_nl, hours * 3_600, mode, rig.run_s)
    total_nl = bolus_nl + basal_nl_per_h * hours
    most = total_nl // STROKE_NL
    begun_s = rig.run_s
    for number in range(most):
        rig.run_s = begun_s + hours * 3_600 * (number + 1) // most
        assert rig.guard.admits(STROKE, mode, ids.CONTINUE, rig.run_s)
    assert rig.strokes(mode) * STROKE_NL <= 11_000
    rig.guard.started()
    rig.run_s += 36_000
    assert rig.strokes(mode) * STROKE_NL <= 11_000  # nothing of the bolus is left


@pytest.mark.requirement("THR-22", "THR-14")
@pytest.mark.parametrize("end", ["cancel", "mode", "alarm", "time"])
def test_what_a_bolus_left_is_gone_with_it(end):
    rig = Rig()
    rig.guard.granted(5_000_000, 3_600, ids.RUNNING, rig.run_s)
    assert rig.guard.admits(STROKE, ids.RUNNING, ids.CONTINUE, rig.run_s)
    if end == "cancel":
        rig.guard.cancelled()
    elif end == "mode":
        rig.guard.admits(STROKE, ids.MIN_RATE, ids.CONTINUE, rig.run_s)
    elif end == "alarm":
        rig.guard.admits(STROKE, ids.RUNNING, ids.SUSPEND, rig.run_s)
    else:
        rig.run_s += 3_661
    assert rig.strokes(ids.RUNNING) * STROKE_NL <= 11_000


@pytest.mark.requirement("THR-22", "THR-19")
def test_a_bridge_may_be_faster_than_the_programme_for_its_volume():
    rig = Rig()
    rig.guard.bridging(200_000, 80_000)
    begun_s = rig.run_s
    strokes = rig.strokes(ids.RUNNING, every_s=13)  # 83 uL/h
    assert 200_000 < strokes * STROKE_NL < 240_000 + RATE_NL_PER_H * (rig.run_s - begun_s) // 3_600


@pytest.mark.requirement("THR-22", "THR-18")
def test_priming_gets_its_volume_and_a_stroke():
    rig = Rig()
    rig.guard.priming(200_000)
    assert rig.strokes(ids.RUNNING) * STROKE_NL == 200_000 // STROKE_NL * STROKE_NL + STROKE_NL
    rig.guard.started()
    assert rig.strokes(ids.RUNNING) * STROKE_NL <= 11_000


@pytest.mark.requirement("THR-22")
def test_the_maximum_of_the_pump_holds_for_every_bolus():
    rig = Rig()
    rig.guard.granted(20_000_000, 60, ids.RUNNING, rig.run_s)
    begun_s = rig.run_s
    strokes = rig.strokes(ids.RUNNING, microsteps=266, every_s=0, most=10_000)
    assert strokes * 4_987 <= 1_000_000 + 1_000_000 * (rig.run_s - begun_s) // 60


@pytest.mark.requirement("THR-22", "DET-01")
def test_attempts_that_failed_are_given_back():
    rig = Rig()
    for _ in range(1_000):
        assert rig.guard.admits(STROKE, ids.MIN_RATE, ids.CONTINUE, rig.run_s)
        rig.guard.failed(STROKE)


@pytest.mark.requirement("THR-22")
def test_after_it_fired_a_person_can_start_again():
    rig = Rig()
    rig.strokes(ids.RUNNING)
    assert rig.guard.has_fired
    rig.guard.started()
    assert not rig.guard.has_fired
    assert rig.guard.admits(STROKE, ids.RUNNING, ids.CONTINUE, rig.run_s)
