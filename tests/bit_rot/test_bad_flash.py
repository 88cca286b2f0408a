"""Blocks that take no writes any more, and a file system without room: the pump goes on, or says so and stands."""

from __future__ import annotations

from contextlib import suppress

import pytest

from hil.errors import LinkTimeout, Uncertain
from protocols import ids
from tests.pump.pump_rig import READING_NL, STROKE_NL, PumpRig
from tests.pump.test_integrity_self_test import files_of


def is_whole(rig: PumpRig) -> bool:
    """The odometer is that of the rotor."""
    return abs(rig.turned_nl() - rig.status.delivered_nl) <= STROKE_NL + READING_NL


def worn_out(rig: PumpRig, block: int) -> None:
    """The block takes no writes, and the pump has tried."""
    worn = rig.inject("flash.write_error", block=block)
    for _ in range(12):
        if not worn.took_effect:
            rig.run_for(21_600.0)
    assert worn.took_effect


@pytest.mark.requirement("INT-04", "INT-07")
def test_when_a_block_of_a_file_goes_bad_nothing_is_lost():
    with PumpRig(20_000) as rig:
        rig.run_for(1_000.0)
        since_s = rig.now_s
        erases = rig.world.flash.erases
        newest = max(block for block, count in enumerate(erases) if count)
        worn_out(rig, newest + 10)  # blocks are used in turn: within a day
        assert rig.status.mode == "RUNNING"
        assert rig.delivered_nl(since_s) == pytest.approx((rig.now_s - since_s) * 20_000 / 3_600, rel=0.01)
        rig.cycle_power()
        assert rig.status.mode == "RUNNING"
        assert is_whole(rig)


def wear_out(rig: PumpRig, blocks: set[int]) -> list[int]:
    """All of these take no writes. Returns those that the pump tries from now on."""
    flash = rig.world.flash
    program, tried = flash.program, []

    def worn(block: int, offset: int, data: bytes) -> None:
        if block in blocks:
            tried.append(block)
            flash.forget()
        else:
            program(block, offset, data)

    flash.program = worn
    return tried


@pytest.mark.requirement("INT-04", "INT-07")
def test_the_blocks_that_littlefs_cannot_exchange_are_left_alone_by_therapy_commands_and_restarts():
    with PumpRig(60_000) as rig:
        rig.run_for(1_000.0)
        tried = wear_out(rig, {0, 1})
        since_s = rig.now_s
        rig.run_for(7_200.0)
        rig.client.clinician_bolus(20_000, 600)
        rig.run_for(1_200.0)
        rig.cycle_power()
        rig.run_for(3_600.0)
        assert rig.status.mode == "RUNNING" and rig.active() <= {"REFILL_DUE"}
        assert rig.delivered_nl(since_s) == pytest.approx((rig.now_s - since_s) * 60_000 / 3_600 + 20_000, rel=0.01)
        assert is_whole(rig)
        assert tried == []


@pytest.mark.requirement("INT-04", "INT-08")
def test_when_nothing_of_what_littlefs_begins_with_takes_a_write_the_pump_stands():
    with PumpRig(60_000) as rig:
        rig.run_for(1_000.0)
        tried = wear_out(rig, set(range(160)))
        rig.run_for(1_800.0)
        assert {0, 1} & set(tried), "the folder of the records moves, and the root folder has to say where to"
        assert rig.status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
        since_s = rig.now_s
        rig.run_for(3_600.0)
        assert rig.bursts_after(since_s) == []


@pytest.mark.requirement("INT-04", "INT-07")
def test_records_that_lie_in_the_root_folder_move_and_therapy_goes_on(pump):
    """A firmware before kept them there, so that each entry wore the two blocks that cannot be exchanged."""
    rig = pump(60_000)
    rig.run_for(4_000.0)
    before = rig.status
    rig.target.power.off()
    rig.run_for(1.0)
    files = files_of(rig.world.flash)
    for name, _kind, _size in list(files.list("/journal")):
        files.rename(f"/journal/{name}", f"/{name}")
    files.remove("/journal")
    rig.target.power.on()
    rig.reconnect()
    assert rig.status.mode == "RUNNING"
    assert rig.status.delivered_nl == pytest.approx(before.delivered_nl, abs=STROKE_NL + READING_NL)
    assert is_whole(rig)
    assert not [name for name, _kind, _size in files_of(rig.world.flash).list("/") if name.endswith((".a", ".b"))]


@pytest.mark.requirement("INT-04", "INT-08")
def test_a_file_system_without_room_stops_the_pump_and_what_was_stored_stays():
    with PumpRig(60_000) as rig:
        rig.run_for(4_000.0)
        rig.target.power.off()
        full = rig.inject("flash.full")
        rig.target.power.on()
        rig.reconnect()
        assert full.took_effect
        rig.run_for(60.0)
        assert rig.status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
        since_s = rig.now_s
        rig.run_for(3_600.0)
        assert rig.bursts_after(since_s) == []
        rig.target.power.off()
        full.clear()
        rig.target.power.on()
        rig.reconnect()
        assert is_whole(rig)
        assert rig.client.programme_day(0)[0].rate_nl_per_h == 60_000


@pytest.mark.requirement("INT-04")
def test_with_a_few_free_blocks_the_pump_goes_on():
    """Twin."""
    with PumpRig(60_000) as rig:
        rig.run_for(10.0)
        rig.target.power.off()
        full = rig.inject("flash.full", spare=6)
        rig.target.power.on()
        rig.reconnect()
        since_s = rig.now_s
        rig.run_for(7_200.0)
        assert full.took_effect
        assert rig.status.mode == "RUNNING"
        assert rig.delivered_nl(since_s) == pytest.approx(120_000, rel=0.02)


def assert_stands(rig: PumpRig) -> None:
    """An alarm that can be seen and heard, and no motion for an hour; the pump does not restart meanwhile."""
    assert rig.status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
    since_s, restarts = rig.now_s, len(rig.world.mcu.resets)
    rig.run_for(3_600.0)
    assert rig.bursts_after(since_s) == []
    assert len(rig.world.mcu.resets) == restarts
    assert rig.is_lamp_used()
    assert rig.level("EN") == 1


@pytest.mark.requirement("INT-03", "INT-04", "INT-08")
@pytest.mark.parametrize("what", ["its beat", "a command", "a bolus"])
def test_a_flash_that_refuses_every_write_ends_in_an_alarm(pump, what):
    """littlefs tries all blocks, which takes longer than the watchdog waits."""
    rig = pump(60_000)
    rig.run_for(1_000.0)
    worn = rig.inject("flash.write_error")
    with suppress(LinkTimeout, Uncertain):  # it is not answered OK before it is stored
        if what == "a command":
            rig.client.stop()
        elif what == "a bolus":
            rig.client.clinician_bolus(100_000, 600)
    for _ in range(700):
        if not worn.took_effect:
            rig.run_for(1.0)
    assert worn.took_effect
    begun_s = rig.now_s
    rig.run_for(130.0)  # two watchdog restarts: a hang in a write looks the same, so one more write is tried
    assert len(rig.bursts_after(begun_s)) <= 2
    rig.client.hello()
    assert_stands(rig)
    rig.client.self_test()
    rig.run_for(60.0)  # one more write is tried; the watchdog bites in it, and again no other is begun
    rig.client.hello()
    assert_stands(rig)  # a dead flash is not made good by asking
    assert {ids.ITEM_NAMES[event.a] for event in rig.events("SELF_TEST")} == {"FLASH"}, "told, if not stored"
    rig.target.power.off()
    rig.run_for(1.0)
    rig.target.power.on()
    rig.run_for(130.0)  # the same again, and littlefs begins with other blocks
    rig.client.hello()
    assert_stands(rig)
    worn.clear()
    rig.cycle_power()
    assert is_whole(rig)
    assert rig.client.programme_day(0)[0].rate_nl_per_h == 60_000


@pytest.mark.requirement("INT-03", "INT-08")
def test_a_new_board_whose_flash_refuses_every_write_says_so(pump):
    rig = pump(is_commissioned=False)
    rig.target.power.off()
    for path in ("/log", "/faults"):
        files = files_of(rig.world.flash)
        for name, _kind, _size in files.list(path):
            files.remove(f"{path}/{name}")
        files.remove(path)
    worn = rig.inject("flash.write_error")
    rig.target.power.on()
    rig.run_for(40.0)
    assert worn.took_effect
    rig.client.hello()
    assert_stands(rig)


@pytest.mark.requirement("INT-03", "INT-08")
def test_a_hang_between_two_writes_is_not_taken_for_a_dead_flash(pump):
    """Twin."""
    rig = pump(60_000)
    rig.run_for(1_000.0)
    hang = rig.inject("cpu.hang")
    rig.run_for(9.0)
    hang.clear()
    rig.reconnect()
    assert rig.status.mode == "RUNNING"
    assert rig.events("SELF_TEST") == []


@pytest.mark.requirement("INT-04")
def test_power_lost_in_a_write_is_not_taken_for_a_dead_flash(pump):
    """Twin: what the clock chip says of a write counts after a watchdog restart alone."""
    rig = pump(60_000)
    rig.run_for(1_000.0)
    rig.world.flash.cut_at(rig.world.flash.operations)
    rig.run_for(700.0)
    assert not rig.world.mcu.is_powered
    rig.target.power.off()
    rig.run_for(1.0)
    rig.target.power.on()
    rig.reconnect()
    hang = rig.inject("cpu.hang")
    rig.run_for(9.0)
    hang.clear()
    rig.reconnect()
    assert rig.status.mode == "RUNNING"
