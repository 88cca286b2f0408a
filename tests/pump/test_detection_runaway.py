"""A driver that turns the rotor by itself or the wrong way, and the second cut-off (DET-04, INT-09, THR-20)."""

from __future__ import annotations

import pytest

from tests.pump.detection import RATES, interval_s, warm_pump
from tests.pump.pump_rig import READING_NL, bench_of

TURNED_BACK_NL = 600.0  # two full steps
LOOK_S = 30.0  # how often the rotor is looked at between strokes
ITEM_DRIVER, ITEM_ENABLE = 9, 10  # firmware/services/health/self_test.py


@pytest.mark.requirement("DET-04", "INT-09")
@pytest.mark.parametrize("rate", RATES)
def test_a_driver_that_steps_by_itself_has_its_enable_line_withdrawn(pump, rate):
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    runaway = rig.inject("motor.runaway", rate=60_000_000.0)
    rig.wait_for_alarm("OVER_DELIVERY", interval_s(rate) + 1.0)
    assert runaway.took_effect
    alarm_s = rig.now_s
    rig.run_for(300.0)
    assert rig.raised(fault_s) == ["OVER_DELIVERY", "SYSTEM_FAULT"]
    assert rig.status.mode == "FAULT"
    assert rig.level("EN") == 1
    assert rig.delivered_nl(alarm_s) == 0.0
    assert rig.delivered_nl(fault_s) < 1000.0  # one stroke and what came with it
    assert [event.a for event in rig.events("SELF_TEST")] == [ITEM_DRIVER]


@pytest.mark.requirement("DET-04", "INT-09")
@pytest.mark.parametrize("free_rate", [20_000.0, 1_000_000.0, 60_000_000.0])
def test_a_rotor_that_turns_although_the_driver_is_off_is_told_at_the_next_look(pump, free_rate):
    """Nothing that the pump has can stop it now: the alarm says that the second cut-off failed."""
    rig = warm_pump(pump)
    fault_s = rig.now_s
    stuck = rig.inject("driver.enable_stuck")
    runaway = rig.inject("motor.runaway", rate=free_rate)
    # LIMIT_COUNTS of idle_motion.py are 234 nL.
    rig.wait_for_alarm("OVER_DELIVERY", LOOK_S + 250.0 * 3600.0 / free_rate)
    assert stuck.took_effect and runaway.took_effect
    rig.run_for(300.0)
    assert rig.raised(fault_s) == ["OVER_DELIVERY", "SYSTEM_FAULT"]
    assert rig.status.mode == "FAULT"
    assert rig.level("EN") == 1
    assert [event.a for event in rig.events("SELF_TEST")] == [ITEM_ENABLE]
    assert rig.is_lamp_used()


@pytest.mark.requirement("DET-04", "INT-09")
@pytest.mark.parametrize("rate", RATES)
def test_a_withdrawn_enable_line_makes_a_slow_runaway_harmless(pump, rate):
    """Twin: the driver steps by itself, but has current for 20 ms of each stroke only."""
    rig = warm_pump(pump, rate)
    turned_nl, fault_s = rig.turned_nl(), rig.now_s
    rig.inject("motor.runaway", rate=1_000_000.0)
    rig.run_for(max(300.0, 4 * interval_s(rate)))
    assert rig.alarms == []
    told_nl = sum(burst.microsteps for burst in rig.bursts_after(fault_s)) * 18.75
    assert rig.turned_nl() - turned_nl == pytest.approx(told_nl, rel=0.07)


@pytest.mark.requirement("THR-20", "DET-01")
@pytest.mark.parametrize("rate", RATES)
def test_a_rotor_in_a_mirrored_field_is_stopped_within_two_full_steps_and_a_stroke(pump, rate):
    """The mirrored field may stand up to two full steps either way, and then the stroke goes the wrong way."""
    rig = warm_pump(pump, rate, bench=bench_of(2.0))
    before, turned_nl, fault_s = rig.status, rig.turned_nl(), rig.now_s
    reverse = rig.inject("motor.reverse")
    rig.wait_for_alarm("SYSTEM_FAULT", 3 * interval_s(rate) + 1.0)
    rig.run_for(1200.0)
    assert reverse.took_effect
    assert {"MOTOR_STALL", "OVER_DELIVERY"} & set(rig.raised(fault_s))
    assert -1.5 * TURNED_BACK_NL <= rig.turned_nl() - turned_nl <= 1.5 * TURNED_BACK_NL
    after = rig.status
    assert after.mode == "FAULT"
    assert after.delivered_nl - before.delivered_nl <= TURNED_BACK_NL
    assert before.reservoir_nl - after.reservoir_nl == pytest.approx(rig.turned_nl() - turned_nl, abs=READING_NL)
    assert rig.level("EN") == 1


@pytest.mark.requirement("THR-20", "DET-01")
@pytest.mark.parametrize("rate", RATES)
def test_a_mirrored_field_that_friction_leaves_without_effect_is_a_stall(pump, rate):
    rig = warm_pump(pump, rate)
    before, turned_nl, fault_s = rig.status, rig.turned_nl(), rig.now_s
    reverse = rig.inject("motor.reverse")
    rig.wait_for_alarm("MOTOR_STALL", 2 * interval_s(rate) + 30.0)
    rig.run_for(1200.0)
    assert reverse.took_effect
    assert rig.turned_nl() - turned_nl >= -TURNED_BACK_NL
    # What an attempt without effect moved is read from the angle, noise and all: the truth is below.
    assert rig.status.delivered_nl == pytest.approx(before.delivered_nl, abs=READING_NL)
    assert rig.delivered_nl(fault_s) <= 0.0
    assert rig.level("EN") == 1


@pytest.mark.requirement("INT-09")
@pytest.mark.parametrize("is_hung", [True, False], ids=["processor hangs in a stroke", "it does not"])
def test_the_driver_is_off_whatever_the_processor_does(pump, is_hung):
    """The burst ends by itself, and the watchdog's restart leaves the enable line off."""
    rig = warm_pump(pump)
    rig.run_until(rig.bursts[-1].at_s + interval_s(20_000) + 0.004)
    assert rig.level("EN") == 0
    turned_nl = rig.turned_nl()
    if is_hung:
        rig.inject("cpu.hang")
    rig.run_for(9.0)
    assert rig.level("EN") == 1
    assert rig.turned_nl() - turned_nl < 300.0  # the rest of this stroke


@pytest.mark.requirement("INT-09")
@pytest.mark.parametrize("rate", RATES)
def test_a_burst_whose_end_is_never_heard_of_has_its_enable_line_withdrawn(pump, rate):
    """The dead man's timer: as far as the processor knows, the step generator is still running."""
    rig = warm_pump(pump, rate, nets=("EN",))
    fault_s = rig.now_s
    chip = rig.world.mcu._chip
    assert chip is not None
    chip.state_machines[0].irq_source.handler = lambda _machine: None
    rig.wait_for_alarm("SYSTEM_FAULT", interval_s(rate) + 2.0)
    (burst,) = rig.bursts_after(fault_s)
    withdrawn_s = [t_ns / 1e9 for t_ns, level in rig.target.waves()["EN"] if level == 1][-1]
    # The burst takes 10 ms, the timer allows 250 ms more.
    assert withdrawn_s - burst.at_s == pytest.approx(0.26, abs=0.001)
    rig.run_for(600.0)
    assert rig.level("EN") == 1
    assert rig.status.mode == "FAULT"
    assert len(rig.bursts_after(fault_s)) == 1
