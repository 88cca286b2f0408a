"""Presses counted by what the patient bolus really delivered (DET-11)."""

from __future__ import annotations

import pytest

from tests.pump.pump_rig import PumpRig

BASAL = 20_000
BOLUS_NL = 9_000
NS_PER_S = 1_000_000_000


def pump_with_patient_bolus(pump) -> PumpRig:
    """No lock-out, so that every press that counts delivers a bolus of 9 uL in a minute."""
    rig = pump(BASAL)
    rig.client.programme_begin()
    rig.client.stage_patient_bolus(BOLUS_NL, 60, 0, 24)
    rig.client.programme_commit()
    # Not at a full 10 min: the journal is written then, and a press that lies within the 0.1 s of a flash write
    # is not seen (firmware/DESIGN.md, "What the pump cannot see").
    rig.run_for(620.0)
    return rig


def boluses_delivered(rig: PumpRig) -> float:
    """In boluses: what the rotor has truly turned beyond basal since the start."""
    return (rig.turned_nl() - BASAL * rig.now_s / 3600.0) / BOLUS_NL


@pytest.mark.requirement("DET-11", "THR-10")
@pytest.mark.parametrize(
    ("held_s", "boluses"),
    [(0.001, 0), (0.04, 0), (0.06, 1), (1.0, 1), (9.9, 1), (10.2, 0), (30.0, 0), (59.0, 0)],
)
def test_a_press_counts_when_held_for_50_ms_to_10_s(pump, held_s, boluses):
    rig = pump_with_patient_bolus(pump)
    rig.bench.press("patient", round(held_s * NS_PER_S))
    rig.run_for(300.0)
    assert boluses_delivered(rig) == pytest.approx(boluses, abs=0.04)
    assert rig.alarms == []


@pytest.mark.requirement("DET-11")
@pytest.mark.parametrize("bounces", [1, 5, 50])
@pytest.mark.parametrize("seed", range(3))
def test_a_press_with_bounces_counts_once(pump, bounces, seed):
    rig = pump_with_patient_bolus(pump)
    bounce = rig.inject("button.bounce", bounces=bounces)
    rig.run_for(0.1 * seed)
    rig.bench.press("patient", NS_PER_S)
    rig.run_for(300.0)
    assert bounce.took_effect
    assert boluses_delivered(rig) == pytest.approx(1, abs=0.04)


@pytest.mark.requirement("DET-11")
@pytest.mark.parametrize("button", ["patient", "silence"])
def test_a_stuck_button_is_told_after_60_s_and_freed_by_itself(pump, button):
    rig = pump_with_patient_bolus(pump)
    stuck = rig.inject("button.stuck", button=button)
    assert rig.wait_for_alarm("BUTTON_STUCK", 61.0) >= 60.0 - 0.001  # the pump's clock counts whole ms
    rig.run_for(3600.0)
    assert stuck.took_effect
    assert rig.raised() == ["BUTTON_STUCK"]
    # One request, at the moment when it is known to be stuck, and no second one ever.
    assert boluses_delivered(rig) == pytest.approx(1 if button == "patient" else 0, abs=0.04)
    stuck.clear()
    rig.run_for(60.0)
    assert rig.active() == set()
    assert boluses_delivered(rig) == pytest.approx(1 if button == "patient" else 0, abs=0.04)


@pytest.mark.requirement("DET-11")
def test_a_button_that_is_left_alone_asks_for_nothing(pump):
    rig = pump_with_patient_bolus(pump)
    rig.run_for(7200.0)
    assert boluses_delivered(rig) == pytest.approx(0, abs=0.04)
    assert rig.alarms == []


@pytest.mark.requirement("ALM-05", "DET-11")
def test_a_button_that_was_stuck_over_a_restart_and_is_free_is_no_alarm(pump):
    rig = pump(BASAL)
    stuck = rig.inject("button.stuck", button="silence")
    rig.wait_for_alarm("BUTTON_STUCK", 61.0)
    rig.run_for(620.0)  # stored
    rig.cycle_power(10.0)
    assert rig.active() == {"BUTTON_STUCK"}
    stuck.clear()
    rig.run_for(1.0)
    assert rig.active() == set()


@pytest.mark.requirement("DET-11")
def test_one_of_two_stuck_buttons_that_comes_free_leaves_the_alarm_to_the_other(pump):
    rig = pump(BASAL)
    first = rig.inject("button.stuck", button="silence")
    rig.bench.press("patient", None)
    rig.run_for(70.0)
    assert rig.active() == {"BUTTON_STUCK"}
    first.clear()
    rig.run_for(1.0)
    assert rig.active() == {"BUTTON_STUCK"}
    rig.bench.release("patient")
    rig.run_for(1.0)
    assert rig.active() == set()


@pytest.mark.requirement("DET-11", "THR-10")
def test_a_button_that_was_down_when_the_pump_started_asks_for_nothing_when_it_is_let_go(pump):
    rig = pump_with_patient_bolus(pump)
    rig.target.power.off()
    rig.run_for(1.0)
    rig.bench.press("silence", None)
    rig.target.power.on()
    rig.reconnect()
    since = len(rig.events("COMMAND"))
    rig.bench.release("silence")
    rig.run_for(5.0)
    assert rig.active() == set()
    assert len(rig.events("COMMAND")) == since
