"""Alarms together on the pump: what governs, what clearing lifts, order, acknowledging, the log."""

from __future__ import annotations

import pytest

from protocols import ids
from tests.pump.causes import CAUSES
from tests.pump.prescribing import reason
from tests.pump.pump_rig import PumpRig
from tests.pump.sounding import sound

PAIRS = [
    ("SENSOR_FAULT_PRESSURE", "SUPPLY_CRITICAL"),
    ("CLOCK_FAULT", "SENSOR_FAULT_ROTOR"),
    ("SENSOR_FAULT_ROTOR", "SUPPLY_CRITICAL"),
    ("MOTOR_STALL", "CLOCK_FAULT"),
    ("MOTOR_STALL", "SUPPLY_CRITICAL"),
    ("BUTTON_STUCK", "SENSOR_FAULT_PRESSURE"),
    ("CATHETER_OCCLUSION", "CLOCK_FAULT"),
    ("CATHETER_OCCLUSION", "SUPPLY_CRITICAL"),
    ("CATHETER_DISCONNECTED", "BUTTON_STUCK"),
    ("SUPPLY_LOW", "MOTOR_STALL"),
]
NEEDS_STROKES = ("MOTOR_STALL", "SENSOR_FAULT_PRESSURE")


def microlitres_moved(rig: PumpRig, seconds: float) -> float:
    since_s = rig.now_s
    rig.run_for(seconds)
    return rig.delivered_nl(since_s) / 1e3


def life_of(rig: PumpRig, name: str) -> list[str]:
    """RAISED, SILENCED, CLEARED and so on of one alarm, in the order of the log."""
    return [seen.event for seen in rig.alarms if seen.name == name]


@pytest.mark.requirement("ALM-02")
@pytest.mark.parametrize(("first", "second"), PAIRS, ids=[" with ".join(pair) for pair in PAIRS])
def test_the_more_restrictive_action_governs_and_clearing_one_lifts_only_its_own(pump, first, second):
    one, other = CAUSES[first], CAUSES[second]
    rig = pump()
    rig.run_for(100.0)
    first_fault = one.bring(rig)
    second_fault = other.bring(rig)
    actions = sorted((one.action, other.action), key=ids.ACTION_NAMES.index)
    listed = [alarm.name for alarm in rig.client.alarms() if alarm.name in (first, second)]
    assert rig.status.action == actions[-1]
    by_urgency = sorted((second, first), key=lambda name: -ids.PRIORITY_NAMES.index(CAUSES[name].priority))
    assert listed == by_urgency
    if ids.ACTION_NAMES.index(actions[-1]) >= ids.SUSPEND:
        assert microlitres_moved(rig, 300.0) == pytest.approx(0.0, abs=0.3)

    # One cause goes, if it can while the other keeps the motor from turning; what the other imposes stays.
    goes, stays = (one, other) if first not in NEEDS_STROKES or other.action == "CONTINUE" else (other, one)
    (first_fault if goes is one else second_fault).clear()
    if goes.alarm == "CLOCK_FAULT":
        rig.client.set_clock(rig.status.epoch_s)
    rig.run_for(goes.gone_s)
    if goes.is_latched:
        rig.client.acknowledge(goes.alarm)
    assert goes.alarm not in rig.active() and stays.alarm in rig.active()
    assert rig.status.action == stays.action


@pytest.mark.requirement("ALM-05")
@pytest.mark.parametrize("name", ["CATHETER_OCCLUSION", "CATHETER_DISCONNECTED", "SENSOR_FAULT_ROTOR"])
def test_a_latched_alarm_is_acknowledged_only_when_its_cause_is_gone(pump, name):
    rig = pump()
    fault = CAUSES[name].bring(rig)
    rig.run_for(60.0)
    assert reason(rig.client.acknowledge, name) == "ALARM_ACTIVE"
    assert name in rig.active()
    fault.clear()
    rig.run_for(CAUSES[name].gone_s)
    assert name in rig.active(), "it is latched"
    rig.client.acknowledge(name)
    rig.run_for(30.0)
    assert name not in rig.active()
    # A rotor sensor that has proven itself meanwhile lets go by itself (DET-08), and stays for a person.
    lived = [event for event in life_of(rig, name) if event != "RELEASED"]
    assert lived == ["RAISED", "ACKNOWLEDGED", "CLEARED"]


@pytest.mark.requirement("ALM-05")
@pytest.mark.parametrize("name", ["SUPPLY_CRITICAL", "BUTTON_STUCK", "SENSOR_FAULT_PRESSURE"])
def test_a_self_clearing_alarm_goes_with_its_cause(pump, name):
    rig = pump()
    fault = CAUSES[name].bring(rig)
    assert reason(rig.client.acknowledge, name) == "ALARM_ACTIVE"
    fault.clear()
    rig.run_for(CAUSES[name].gone_s)
    assert name not in rig.active()
    assert life_of(rig, name) == ["RAISED", "CLEARED"]
    assert reason(rig.client.acknowledge, name) == "UNKNOWN"
    quiet_s = rig.now_s
    rig.run_for(60.0)
    assert sound(rig, quiet_s, rig.now_s) == []
    assert rig.level("ALARM_LAMP") == 0


@pytest.mark.requirement("ALM-02", "ALM-03", "INT-03")
@pytest.mark.parametrize("restart", ["watchdog", "power"])
def test_an_alarm_is_seen_and_heard_again_after_a_restart(pump, restart):
    rig = pump()
    CAUSES["CATHETER_OCCLUSION"].bring(rig)
    rig.run_for(60.0)
    if restart == "power":
        rig.cycle_power()
    else:
        rig.inject("cpu.hang")
        rig.run_for(9.0)
        rig.reconnect()
    again_s = rig.now_s
    rig.run_for(30.0)
    assert rig.active() == {"CATHETER_OCCLUSION"}
    assert rig.status.mode == "STOPPED"
    assert sound(rig, again_s, rig.now_s)
    assert rig.is_lamp_used()
    assert reason(rig.client.start) == "ALARM_ACTIVE"
