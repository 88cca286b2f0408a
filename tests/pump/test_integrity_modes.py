"""The state table on the pump: no motion where there must be none, unlisted events told (THR-01, INT-06)."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hil.errors import Refused
from protocols import frame, ids
from tests.pump.causes import CAUSES
from tests.pump.prescribing import HOUR_S, reason
from tests.pump.pump_rig import PumpRig

MOVING = {"RUNNING", "MIN_RATE"}
# What a person may try in any mode.
REQUESTS = {
    "start": lambda rig: rig.client.start(),
    "stop": lambda rig: rig.client.stop(),
    "minimum rate": lambda rig: rig.client.minimum_rate(),
    "clinician bolus": lambda rig: rig.client.clinician_bolus(5_000, 60),
    "patient bolus": lambda rig: rig.client.patient_bolus(),
    "priming": lambda rig: rig.client.priming_bolus(10_000),
    "bridge": lambda rig: rig.client.bridge_bolus(10_000, 30_000),
    "cancel": lambda rig: rig.client.bolus_cancel(),
    "self-test": lambda rig: rig.client.self_test(),
    "another drug": lambda rig: another_drug(rig),
    "acknowledge": lambda rig: rig.client.acknowledge("SYSTEM_FAULT"),
    "power cut": lambda rig: rig.cycle_power(),
    "hang": lambda rig: hang(rig),
}


def another_drug(rig: PumpRig) -> None:
    rig.client.programme_begin()
    rig.client.stage_drug("morphine", 900 + len(rig.client.events) % 50)
    rig.client.programme_commit()


def hang(rig: PumpRig) -> None:
    fault = rig.inject("cpu.hang")
    rig.run_for(9.0)
    fault.clear()
    rig.reconnect()


@pytest.mark.requirement("THR-01")
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(sorted(REQUESTS)), st.integers(1, 400)), min_size=3, max_size=10))
def test_no_step_in_any_mode_but_running_and_minimum_rate(story):
    """Between two moments at which a status names a mode that stands still, nothing may have moved."""
    with PumpRig(60_000) as rig:
        for request, seconds in story:
            with suppress(Refused):
                REQUESTS[request](rig)
            mode, since_s = rig.status.mode, rig.now_s
            assert mode in ids.MODE_NAMES
            rig.run_for(float(seconds))
            if mode not in MOVING:
                assert rig.bursts_after(since_s + 0.1) == [], (mode, request)
                assert rig.level("EN") == 1


@pytest.mark.requirement("THR-01")
def test_every_mode_is_reached_and_named_in_the_status(pump):
    rig = pump(is_started=False)
    seen = [rig.status.mode]
    rig.client.start()
    seen.append(rig.status.mode)
    rig.client.minimum_rate()
    seen.append(rig.status.mode)
    rig.client.stop()
    seen.append(rig.status.mode)
    rig.client.start()
    rig.inject("motor.runaway", rate=60e6)
    rig.run_for(120.0)
    seen.append(rig.status.mode)
    assert seen == ["STANDBY", "RUNNING", "MIN_RATE", "STOPPED", "FAULT"]
    modes = {ids.MODE_NAMES[event.a] for event in rig.client.log() if event.code == "MODE"}
    assert modes == {"STANDBY", "RUNNING", "MIN_RATE", "STOPPED", "FAULT"}


@pytest.mark.requirement("THR-01", "INT-06")
def test_an_event_that_the_table_does_not_list_is_refused_counted_and_logged(pump):
    rig = pump(is_started=False)
    assert reason(rig.client.stop) == "WRONG_MODE"
    rig.run_for(1.0)
    assert rig.status.mode == "STANDBY"
    assert rig.status.events_rejected == 1
    assert [event.a for event in rig.events("EVENT_REJECTED")] == [ids.STANDBY]


@pytest.mark.requirement("INT-06", "ALM-05")
def test_the_log_has_every_command_refusal_mode_alarm_and_restart_without_a_gap(pump):
    rig = pump()
    assert reason(rig.client.refill_confirm) != "OK"
    rig.client.stop()
    rig.client.start()
    rig.inject("clock.jump", by=3_600.0)
    rig.run_for(120.0)
    rig.client.silence()
    rig.run_for(2.0)
    rig.cycle_power()
    entries = list(rig.client.log())
    numbers = [event.log_seq for event in entries]
    assert numbers == list(range(len(numbers)))
    times_s = [event.run_s for event in entries]
    assert times_s == sorted(times_s)
    told = [event.text for event in entries]
    for text in (
        "BOOT POWER_ON 1",
        "COMMAND START OK",
        "COMMAND STOP OK",
        "MODE STOPPED RUNNING",
        "ALARM CLOCK_FAULT RAISED",
        "ALARM CLOCK_FAULT SILENCED",
        "COMMAND SILENCE OK",
        "BOOT POWER_ON 2",
    ):
        assert text in told
    assert any(text.startswith("COMMAND REFILL_CONFIRM ") and not text.endswith(" OK") for text in told)
    assert any(text.startswith("POWER_LOST") for text in told)


@pytest.mark.requirement("INT-06", "LNK-03")
def test_a_host_that_does_not_wait_for_answers_loses_no_command_from_the_log(pump):
    """Sixty requests in one piece: more than the log's queue holds. Eight refusals have an entry each, the rest one."""
    rig = pump()
    first = rig.status.log_seq
    rig.target.serial.write(b"".join(frames_of_requests(rig, 60)))
    rig.run_for(30.0)
    commands = [event for event in rig.client.log(first) if event.text.startswith("COMMAND BOLUS_CANCEL")]
    assert len(commands) == 8
    rig.run_for(HOUR_S)
    repeated = [event for event in rig.client.log(first) if event.code == "REPEATED"]
    assert [event.b for event in repeated] == [60 - 8]


def frames_of_requests(rig: PumpRig, count: int) -> list[bytes]:
    """Frames of BOLUS_CANCEL with the numbers that the pump expects next."""
    first = rig.client.hello().next_sequence
    found = []
    for number in range(first, first + count):
        buffer = bytearray(frame.MAX_FRAME)
        length = frame.encode_into(buffer, ids.MSG_BOLUS_CANCEL, number & 0xFFFF, 0)
        found.append(bytes(buffer[:length]))
    rig.client.hello()
    return found


@pytest.mark.requirement("INT-06")
def test_alarms_and_faults_are_read_back_from_their_own_ring(pump):
    rig = pump()
    CAUSES["BUTTON_STUCK"].bring(rig).clear()
    rig.run_for(10.0)
    told = [(entry.alarm, entry.alarm_event) for entry in rig.client.faults() if entry.code == "ALARM"]
    assert told == [("BUTTON_STUCK", "RAISED"), ("BUTTON_STUCK", "CLEARED")]
    rig.cycle_power()
    assert [(e.alarm, e.alarm_event) for e in rig.client.faults() if e.code == "ALARM"][:2] == told
