"""Patient bolus at the button and by command: given, refused with its own reason, locked out (THR-10, THR-11).

Basal is 0 here, so that what the plant moves after a refusal is exactly nothing.
"""

from __future__ import annotations

import pytest

from hil.errors import Refused
from tests.pump.prescribing import DAY_S, HOUR_S, ML, bench, prescribe, reason
from tests.pump.pump_rig import EVERY_DAY, STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

BOLUS_NL = 60_000  # one revolution: roller pulsation cancels out
BOLUS_S = 60
LOCKOUT_S = 600
PATIENT = (BOLUS_NL, BOLUS_S, LOCKOUT_S, 3)
NEAR_S = 2.0  # lock-outs are counted in whole seconds, rounded in favour of the lock-out


@pytest.fixture
def patient_pump(pump):
    """No basal; 60 uL over 1 min, lock-out 10 min, 3 a day."""
    return with_patient_bolus(pump())


def with_patient_bolus(rig, basal=0, patient=PATIENT, **more):
    prescribe(rig, basal, patient=patient, **more)
    return rig


def assert_refused(rig, why):
    """Refused with that reason, and not a nanolitre moves in the next half minute."""
    before_nl = rig.truth.delivered_nl
    steps = rig.truth.commanded_microsteps
    assert reason(rig.client.patient_bolus) == why
    rig.run_for(30)
    assert rig.truth.delivered_nl == before_nl
    assert rig.truth.commanded_microsteps == steps


def give(rig):
    """One whole patient bolus; the time at which its delivery ended."""
    before_nl = rig.truth.delivered_nl
    rig.client.patient_bolus()
    rig.run_for(BOLUS_S)
    end_s = rig.now_s
    rig.run_for(5)
    assert rig.truth.delivered_nl - before_nl == pytest.approx(BOLUS_NL, abs=STROKE_NL)
    return end_s


@pytest.mark.requirement("THR-10")
def test_a_press_is_taken_at_once_by_a_pump_that_has_nothing_else_to_do(patient_pump):
    """Without a rate, an alarm or a host nobody but the rounds, every half minute, is asked before it."""
    rig = patient_pump
    rig.run_for(47)
    pressed_s = rig.now_s
    rig.bench.press("patient", 200_000_000)
    rig.run_for(2)
    assert rig.bursts[0].at_s - pressed_s < 1.0


@pytest.mark.requirement("THR-10")
def test_the_button_gives_the_bolus_evenly_over_its_duration(patient_pump):
    rig = patient_pump
    rig.bench.press("patient", 200_000_000)
    rig.run_for(1)
    since_s = rig.now_s
    rig.run_for(BOLUS_S / 2 - 1)
    assert rig.delivered_nl(0.0) == pytest.approx(BOLUS_NL / 2, rel=0.05)
    rig.run_for(BOLUS_S)
    assert rig.delivered_nl(0.0) == pytest.approx(BOLUS_NL, abs=STROKE_NL)
    assert rig.bursts[-1].at_s == pytest.approx(since_s - 1 + BOLUS_S, abs=1.0)


@pytest.mark.requirement("THR-10", "THR-11")
def test_a_second_press_in_lockout_and_bounces_give_nothing_more(patient_pump):
    rig = patient_pump
    rig.inject("button.bounce")
    rig.bench.press("patient", 200_000_000)
    rig.run_for(120)
    rig.bench.press("patient", 200_000_000)
    rig.run_for(120)
    assert rig.delivered_nl(0.0) == pytest.approx(BOLUS_NL, abs=STROKE_NL)
    assert len(rig.events("BOLUS_STARTED")) == 1
    denied = [event.text for event in rig.events("BOLUS_DENIED")]
    assert denied == ["BOLUS_DENIED PATIENT LOCKOUT"]


@pytest.mark.requirement("THR-10")
def test_lockout_runs_from_the_end_of_the_whole_bolus(patient_pump):
    end_s = give(patient_pump)
    patient_pump.run_until(end_s + LOCKOUT_S - NEAR_S - 30)
    assert_refused(patient_pump, "LOCKOUT")
    patient_pump.run_until(end_s + LOCKOUT_S + NEAR_S)
    give(patient_pump)


@pytest.mark.requirement("THR-10", "THR-14")
def test_lockout_runs_from_the_end_of_a_bolus_that_was_broken_off(patient_pump):
    rig = patient_pump
    rig.client.patient_bolus()
    rig.run_for(30)
    rig.client.stop()
    end_s = rig.now_s
    rig.run_for(1)
    rig.client.start()
    rig.run_until(end_s + LOCKOUT_S - NEAR_S - 30)
    assert_refused(rig, "LOCKOUT")
    assert rig.delivered_nl(0.0) == pytest.approx(BOLUS_NL / 2, rel=0.1)
    rig.run_until(end_s + LOCKOUT_S + NEAR_S)
    give(rig)


@pytest.mark.requirement("THR-10", "THR-11")
def test_asking_all_the_time_does_not_move_the_end_of_the_lockout(patient_pump):
    rig = patient_pump
    end_s = give(rig)
    asked = 0
    while rig.now_s < end_s + LOCKOUT_S - NEAR_S:
        assert reason(rig.client.patient_bolus) == "LOCKOUT"
        asked += 1
        rig.run_for(5)
    assert asked > 100
    assert rig.delivered_nl(end_s + 5) == 0.0
    rig.run_until(end_s + LOCKOUT_S + NEAR_S)
    give(rig)


@pytest.mark.requirement("THR-10", "THR-11")
def test_the_number_in_any_24_hours_is_limited_and_the_limit_slides(patient_pump):
    rig = patient_pump
    starts_s = []
    for _ in range(3):
        starts_s.append(rig.now_s)
        give(rig)
        rig.run_for(2 * HOUR_S)
    for _ in range(20):
        rig.run_for(600)
        assert_refused(rig, "COUNT_LIMIT")
    rig.run_until(starts_s[0] + DAY_S - NEAR_S - 30)
    assert_refused(rig, "COUNT_LIMIT")
    rig.run_until(starts_s[0] + DAY_S + NEAR_S)
    give(rig)
    rig.run_for(LOCKOUT_S)
    assert_refused(rig, "COUNT_LIMIT")
    rig.run_until(starts_s[1] + DAY_S + NEAR_S)
    give(rig)


@pytest.mark.requirement("THR-10", "THR-11", "INT-04")
@pytest.mark.parametrize("off_s", [3, 300], ids=["a short cut", "half the lock-out without power"])
def test_a_power_cut_neither_shortens_nor_restarts_a_lockout(patient_pump, off_s):
    rig = patient_pump
    end_s = give(rig)
    rig.run_for(60)
    rig.cycle_power(off_s)
    rig.run_until(end_s + LOCKOUT_S - NEAR_S - 31)
    assert_refused(rig, "LOCKOUT")
    rig.run_until(end_s + LOCKOUT_S + NEAR_S)
    give(rig)


@pytest.mark.requirement("THR-10", "THR-14", "INT-04")
def test_a_bolus_cut_by_a_power_loss_counts_and_is_not_gone_on_with(patient_pump):
    rig = patient_pump
    rig.client.patient_bolus()
    rig.run_for(30)
    cut_nl = rig.truth.delivered_nl
    cut_s = rig.now_s
    rig.cycle_power(5)
    assert_refused(rig, "LOCKOUT")
    rig.run_until(cut_s + LOCKOUT_S - NEAR_S - 31)
    assert_refused(rig, "LOCKOUT")
    assert rig.truth.delivered_nl == pytest.approx(cut_nl, abs=STROKE_NL)
    # After a cut the end of a bolus is known no better than its plan.
    rig.run_until(cut_s + BOLUS_S / 2 + LOCKOUT_S + NEAR_S)
    give(rig)


@pytest.mark.requirement("THR-10", "THR-11")
@pytest.mark.parametrize("moved_s", [86_400, -86_400, 590], ids=["a day on", "a day back", "ten minutes on"])
def test_setting_the_clock_moves_no_lockout(patient_pump, moved_s):
    rig = patient_pump
    end_s = give(rig)
    rig.run_for(10)
    rig.client.set_clock(rig.status.epoch_s + moved_s)
    rig.run_for(1)
    assert_refused(rig, "LOCKOUT")
    rig.run_for(60)
    rig.cycle_power(2)
    rig.run_until(end_s + LOCKOUT_S - NEAR_S - 31)
    assert_refused(rig, "LOCKOUT")
    rig.run_until(end_s + LOCKOUT_S + NEAR_S)
    give(rig)


@pytest.mark.requirement("THR-10")
def test_a_request_during_a_bolus_is_refused_as_such_and_adds_nothing(patient_pump):
    rig = patient_pump
    rig.client.patient_bolus()
    rig.run_for(30)
    assert reason(rig.client.patient_bolus) == "BOLUS_ACTIVE"
    rig.run_for(300)
    assert rig.truth.delivered_nl == pytest.approx(BOLUS_NL, abs=STROKE_NL)


@pytest.mark.requirement("THR-10")
def test_none_is_given_in_standby(pump):
    rig = with_patient_bolus(pump(is_started=False))
    assert rig.status.mode == "STANDBY"
    assert_refused(rig, "WRONG_MODE")
    rig.client.start()
    give(rig)


@pytest.mark.requirement("THR-10")
def test_none_is_given_while_stopped(patient_pump):
    patient_pump.client.stop()
    assert_refused(patient_pump, "WRONG_MODE")
    patient_pump.client.start()
    give(patient_pump)


@pytest.mark.requirement("THR-10")
def test_none_is_given_in_fault(pump):
    rig = with_patient_bolus(pump(60_000), 60_000)
    rig.inject("motor.reverse")
    rig.run_for(60)
    assert rig.status.mode == "FAULT"
    assert_refused(rig, "WRONG_MODE")


@pytest.mark.requirement("THR-10", "ALM-01")
@pytest.mark.parametrize(
    ("fault", "alarm"),
    [("motor.stall", "MOTOR_STALL"), ("catheter.disconnection", "CATHETER_DISCONNECTED")],
)
def test_none_is_given_under_an_alarm_that_forbids_it(pump, fault, alarm):
    rig = with_patient_bolus(pump(20_000), 20_000)
    rig.inject(fault)
    rig.wait_for_alarm(alarm, HOUR_S)
    before_nl = rig.truth.delivered_nl
    assert reason(rig.client.patient_bolus) == "ALARM_ACTIVE"
    rig.run_for(30)
    assert rig.truth.delivered_nl - before_nl <= 1.15 * STROKE_NL  # basal, where the alarm lets it go on


@pytest.mark.requirement("THR-10")
def test_none_is_given_that_nobody_prescribed(pump):
    rig = pump(0)
    assert_refused(rig, "NOT_ALLOWED")


@pytest.mark.requirement("THR-10", "THR-13")
def test_none_is_given_that_the_dose_limit_does_not_hold(pump):
    rig = with_patient_bolus(pump(0), dose=(100_000, 86_400))
    give(rig)
    rig.run_for(LOCKOUT_S)
    assert_refused(rig, "DOSE_LIMIT")


@pytest.mark.requirement("RES-09", "THR-10")
def test_none_is_given_that_the_reservoir_does_not_cover_above_its_empty_level(pump):
    fill_nl = ML // 2 + BOLUS_NL + 2_000
    rig = with_patient_bolus(pump(0, fill_nl=fill_nl, bench=bench(fill_nl=float(fill_nl))))
    give(rig)
    rig.run_for(LOCKOUT_S)
    assert_refused(rig, "RESERVOIR_TOO_LOW")
    assert rig.truth.reservoir_nl == pytest.approx(ML // 2 + 2_000, abs=STROKE_NL)
    assert "EMPTY_RESERVOIR" not in rig.raised()


@pytest.mark.requirement("RES-09")
def test_one_nanolitre_too_little_is_too_little_and_nothing_was_taken_from_the_basal_rate(pump):
    fill_nl = ML // 2 + BOLUS_NL
    rig = with_patient_bolus(pump(0, fill_nl=fill_nl, bench=bench(fill_nl=float(fill_nl))))
    assert_refused(rig, "RESERVOIR_TOO_LOW")
    with pytest.raises(Refused, match="RESERVOIR_TOO_LOW"):
        rig.client.clinician_bolus(BOLUS_NL, 600)
    rig.client.programme_begin()
    rig.client.stage_day(EVERY_DAY, [(0, 60_000)])
    rig.client.programme_commit()
    since_s = rig.now_s
    rig.run_for(1_800)
    assert rig.delivered_nl(since_s) == pytest.approx(30_000, abs=800)
