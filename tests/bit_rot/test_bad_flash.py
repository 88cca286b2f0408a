"""Blocks that take no writes any more, and a file system without room: the pump goes on, or says so and stands."""

from __future__ import annotations

import pytest

from tests.pump.pump_rig import STROKE_NL, PumpRig

_READING_NL = 90.0


def is_whole(rig: PumpRig) -> bool:
    """The odometer is that of the rotor."""
    return abs(rig.turned_nl() - rig.status.delivered_nl) <= STROKE_NL + _READING_NL


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
        worn_out(rig, 150)  # blocks are used in turn: within a day
        assert rig.status.mode == "RUNNING"
        assert rig.delivered_nl(since_s) == pytest.approx((rig.now_s - since_s) * 20_000 / 3_600, rel=0.01)
        rig.cycle_power()
        assert rig.status.mode == "RUNNING"
        assert is_whole(rig)


@pytest.mark.requirement("INT-04", "INT-08")
@pytest.mark.parametrize("block", [0, 1])
def test_where_littlefs_begins_there_is_no_other_block_and_the_pump_stands(block):
    with PumpRig(20_000) as rig:
        rig.run_for(1_000.0)
        worn_out(rig, block)
        rig.run_for(1_200.0)
        assert rig.status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
        since_s = rig.now_s
        rig.run_for(3_600.0)
        assert rig.bursts_after(since_s) == []


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
