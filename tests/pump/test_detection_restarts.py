"""The same alarm, cleared and started over again and again: a clinician has to look first (DET-12)."""

from __future__ import annotations

from zlib import crc32

import pytest

from hil.errors import Refused
from tests.pump.detection import warm_pump
from tests.pump.pump_rig import PumpRig


def occlude_and_restart(rig: PumpRig, pause_s: float = 0.0) -> None:
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 30.0)
    closed.clear()
    rig.run_for(31.0 + pause_s)
    rig.client.acknowledge("CATHETER_OCCLUSION")
    rig.client.start()


@pytest.mark.requirement("DET-12")
def test_after_the_third_restart_within_ten_minutes_no_further_start_is_taken(pump):
    rig = warm_pump(pump, 1_000_000)
    for _ in range(3):
        occlude_and_restart(rig)
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        occlude_and_restart(rig)
    refused_s = rig.now_s
    rig.run_for(1200.0)
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        rig.client.start()
    rig.cycle_power()
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        rig.client.minimum_rate()
    assert rig.delivered_nl(refused_s) == 0.0


@pytest.mark.requirement("DET-12")
def test_three_restarts_with_time_between_them_are_taken(pump):
    rig = warm_pump(pump, 1_000_000)
    for _ in range(4):
        occlude_and_restart(rig, pause_s=280.0)
    since_s = rig.now_s
    rig.run_for(60.0)
    assert rig.delivered_nl(since_s) > 15_000.0


@pytest.mark.requirement("DET-12")
def test_stops_and_starts_without_an_alarm_are_never_refused(pump):
    rig = warm_pump(pump)
    for _ in range(6):
        rig.client.stop()
        rig.run_for(5.0)
        rig.client.start()
    assert rig.status.mode == "RUNNING"


def locked_pump(pump) -> PumpRig:
    rig = warm_pump(pump, 1_000_000)
    for _ in range(3):
        occlude_and_restart(rig)
    rig.client.stop()
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        rig.client.start()
    rig.run_for(1.0)  # for the journal
    return rig


def assert_delivers(rig: PumpRig) -> None:
    since_s = rig.now_s
    rig.run_for(60.0)
    assert rig.delivered_nl(since_s) > 15_000.0


@pytest.mark.requirement("DET-12", "LNK-04")
def test_a_clinician_who_proves_the_key_may_start_again(pump):
    rig = locked_pump(pump)
    key = bytes(range(32))
    keys = bytes(32) + key + bytes(32)
    rig.target.power.off()
    rig.world.flash.write_file("/keys.bin", keys + crc32(keys).to_bytes(4, "little"))
    rig.cycle_power()
    rig.client.open_session("CLINICIAN", key)
    rig.client.start()
    assert_delivers(rig)


@pytest.mark.requirement("DET-12", "INT-01")
def test_on_a_board_without_keys_a_self_test_by_the_clinician_does(pump):
    rig = locked_pump(pump)
    rig.client.self_test()
    assert rig.status.mode == "STOPPED"
    rig.client.start()
    assert_delivers(rig)


@pytest.mark.requirement("INT-01")
def test_no_self_test_while_the_pump_delivers(pump):
    rig = pump()
    with pytest.raises(Refused, match="WRONG_MODE"):
        rig.client.self_test()
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("INT-01")
def test_a_self_test_that_fails_while_stopped_ends_in_fault(pump):
    rig = pump()
    rig.client.stop()
    rig.inject("sensor.rotor_dead")
    rig.client.self_test()
    rig.run_for(1.0)
    assert rig.status.mode == "FAULT"
    assert "SYSTEM_FAULT" in rig.active()
    assert rig.events("EVENT_REJECTED") == []
