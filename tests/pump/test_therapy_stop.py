"""What ends delivery, how, and what comes back afterwards (THR-14 to THR-17, THR-01, THR-08)."""

from __future__ import annotations

import pytest

from emulator.bench.config import BenchConfig
from tests.pump.prescribing import DAY_S, HOUR_S, PULSATION_NL, prescribe, reason
from tests.pump.pump_rig import EVERY_DAY, STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

NEAR_NL = STROKE_NL + PULSATION_NL
BOLUS = (3_000_000, 1)  # 5 uL a stroke, so that a stop finds one under way


def run_into_a_stroke(rig):
    """Until a burst has begun and is far from its end; the burst."""
    since_s = rig.now_s
    while not (rig.bursts and rig.bursts[-1].at_s > since_s + 5 and rig.bursts[-1].microsteps > 200):
        rig.run_for(0.001)
    return rig.bursts[-1]


def rises_after(rig, t_s):
    since_ns = round(t_s * 1e9)
    waves = rig.target.waves()
    offs = [t_ns for t_ns, level in waves["EN"] if level]
    ons = [t_ns for t_ns, level in waves["EN"] if not level]

    def has_current(t_ns):
        return max((on for on in ons if on <= t_ns), default=-1) > max((off for off in offs if off <= t_ns), default=-1)

    return [t_ns for t_ns, level in waves["STEP"] if level and t_ns >= since_ns and has_current(t_ns)]


@pytest.mark.requirement("THR-15")
def test_a_stop_by_the_user_completes_the_stroke(pump):
    rig = pump(0, nets=("STEP", "EN"))
    rig.client.clinician_bolus(*BOLUS)
    burst = run_into_a_stroke(rig)
    assert 0 < len(rises_after(rig, burst.at_s)) < burst.microsteps
    rig.client.stop()
    rig.run_for(60)
    assert rig.bursts[-1] == burst
    assert len(rises_after(rig, burst.at_s)) == burst.microsteps
    assert rig.level("EN") == 1


@pytest.mark.requirement("THR-15", "DET-09")
def test_a_stop_by_a_fault_ends_motion_at_once_and_books_the_part_of_the_stroke(pump):
    cut_short = 0
    for shift in range(6):
        rig = pump(0, nets=("STEP", "EN"))
        rig.run_for(0.053 * shift)  # so that the alarm finds the stroke at another point each time
        rig.client.clinician_bolus(10_000_000, 1)
        rig.run_for(6)
        rig.inject("supply.sag", voltage=2_900.0)
        rig.run_for(100)
        assert "SUPPLY_CRITICAL" in rig.raised()
        waves = rig.target.waves()
        stroke = rig.bursts[-1]
        rises = rises_after(rig, stroke.at_s)
        withdrawn_ns, enable = waves["EN"][-1]
        assert enable == 1
        assert rises[-1] <= withdrawn_ns
        if len(rises) < stroke.microsteps:
            cut_short += 1
            assert withdrawn_ns - rises[-1] < 1_000_000
        assert rig.status.delivered_nl == pytest.approx(rig.turned_nl(), abs=STROKE_NL / 2)
    assert cut_short >= 1


@pytest.mark.requirement("THR-14")
@pytest.mark.parametrize("ending", ["stop", "power", "minimum rate", "stall"])
def test_start_resumes_basal_and_never_the_rest_of_a_bolus(pump, ending):
    rig = pump(60_000)
    rig.run_for(60)
    rig.client.clinician_bolus(600_000, 600)
    rig.run_for(120)
    if ending == "stop":
        rig.client.stop()
        rig.run_for(60)
        rig.client.start()
    elif ending == "power":
        rig.cycle_power(5)
    elif ending == "minimum rate":
        rig.client.minimum_rate()
        rig.run_for(60)
        rig.client.start()
    else:
        stall = rig.inject("motor.stall")
        rig.run_for(60)
        stall.clear()
        rig.run_for(700)
    assert rig.status.mode == "RUNNING"
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(60_000, abs=NEAR_NL)
    assert rig.status.bolus_kind == "NONE"
    (halted,) = rig.events("BOLUS_HALTED") or [e for e in rig.client.log(1) if e.code == "BOLUS_HALTED"]
    assert halted.b == pytest.approx(120_000, rel=0.05)


@pytest.mark.requirement("THR-14", "THR-12")
def test_a_stop_ends_a_suspended_bolus_too(pump):
    rig = pump(0)
    prescribe(rig, patient=(60_000, 60, 0, 10))
    rig.client.clinician_bolus(600_000, 600)
    rig.run_for(120)
    rig.client.patient_bolus()
    rig.run_for(30)
    rig.client.stop()
    rig.run_for(10)
    stopped_nl = rig.truth.delivered_nl
    rig.client.start()
    rig.run_for(HOUR_S)
    assert rig.truth.delivered_nl == stopped_nl
    assert len(rig.events("BOLUS_HALTED")) == 2


@pytest.mark.requirement("THR-14")
def test_a_bolus_can_be_cancelled_and_basal_goes_on(pump):
    rig = pump(60_000)
    since_s = rig.now_s
    rig.client.clinician_bolus(600_000, 600)
    rig.run_for(120)
    rig.client.bolus_cancel()
    rig.run_for(HOUR_S - 120)
    assert rig.delivered_nl(since_s) == pytest.approx(120_000 + 60_000, abs=NEAR_NL + 300)
    assert reason(rig.client.bolus_cancel) == "UNKNOWN"


@pytest.mark.requirement("THR-16")
def test_a_pump_stopped_for_more_than_48_hours_calls(pump):
    rig = pump(20_000)
    rig.run_for(600)
    rig.client.stop()
    stopped_s = rig.now_s
    rig.run_for(24 * HOUR_S)
    rig.cycle_power(HOUR_S)
    rig.run_until(stopped_s + 48 * HOUR_S - 10)
    assert "STOPPED_LONG" not in rig.raised()
    assert rig.wait_for_alarm("STOPPED_LONG", 130) < 130
    rig.client.start()
    rig.run_for(70)
    assert "STOPPED_LONG" not in rig.active()


@pytest.mark.requirement("THR-16")
def test_a_pump_started_again_in_time_does_not_call(pump):
    rig = pump(20_000)
    for _ in range(2):
        rig.client.stop()
        rig.run_for(47 * HOUR_S)
        rig.client.start()
        rig.run_for(600)
    assert rig.raised() == []


@pytest.mark.requirement("THR-17", "THR-01")
def test_minimum_rate_by_command_and_back(pump):
    rig = pump(60_000)
    rig.run_for(600)
    rig.client.minimum_rate()
    since_s = rig.now_s
    rig.run_for(3 * HOUR_S)
    assert rig.status.mode == "MIN_RATE"
    assert rig.delivered_nl(since_s) == pytest.approx(6_000, abs=NEAR_NL)
    rig.client.start()
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(60_000, abs=NEAR_NL)


@pytest.mark.requirement("THR-17", "DET-08")
def test_minimum_rate_is_the_fallback_without_a_rotor_sensor(pump):
    rig = pump(60_000)
    rig.run_for(600)
    rig.inject("sensor.rotor_dead")
    rig.wait_for_alarm("SENSOR_FAULT_ROTOR", 300)
    since_s = rig.now_s
    rig.run_for(3 * HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(6_000, abs=NEAR_NL)


@pytest.mark.requirement("THR-01")
def test_nothing_moves_in_standby_and_stopped_whatever_is_prescribed(pump):
    rig = pump(1_000_000, is_started=False)
    rig.run_for(HOUR_S)
    assert rig.status.mode == "STANDBY"
    assert rig.bursts == []
    rig.client.start()
    rig.run_for(60)
    rig.client.stop()
    rig.run_for(1)
    before = len(rig.bursts)
    rig.run_for(DAY_S)
    assert rig.status.mode == "STOPPED"
    assert len(rig.bursts) == before


@pytest.mark.requirement("THR-08")
def test_start_is_refused_with_what_is_missing_until_nothing_is(pump):
    rig = pump(is_commissioned=False)
    assert reason(rig.client.start) == "NOT_STAGED"
    rig.client.programme_begin()
    rig.client.stage_drug("baclofen", 500)
    rig.client.stage_day(EVERY_DAY, [(0, 60_000)])
    rig.client.programme_commit()
    assert reason(rig.client.start) == "NO_REFILL"
    rig.client.refill_begin()
    rig.client.refill_withdrawn(0)
    rig.client.refill_filled(18_000_000)
    rig.client.refill_confirm()
    rig.run_for(60)
    assert rig.bursts == []
    rig.client.start()
    rig.run_for(60)
    assert rig.bursts
    assert reason(rig.client.start) == "WRONG_MODE"


@pytest.mark.requirement("THR-08", "DET-10")
def test_start_is_refused_while_the_clock_is_not_set(pump):
    rig = pump(60_000, bench=BenchConfig(is_clock_set=False), is_started=False)
    assert reason(rig.client.start) == "CLOCK_NOT_SET"
    rig.run_for(60)
    assert rig.bursts == []
    rig.client.set_clock(200_000_000)
    rig.client.start()
    rig.run_for(60)
    assert rig.bursts
