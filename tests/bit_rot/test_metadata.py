"""One bit of littlefs's own blocks is another one: folders and the list of files, not what is in them (INT-08).

littlefs then takes the folder as it was some writes before: every file of it is whole, and old.
"""

from __future__ import annotations

import random

import pytest

from emulator.mcu import Flash
from protocols import ids
from tests.bit_rot.rotten import RottenPump
from tests.pump.pump_rig import PumpRig

ROOT = (0, 1)  # where the root folder lies until it moves after some hundred erases
_IN_THE_FOLDER = b"state.a"  # names stand in the blocks of their folder


def written(flash: Flash, block: int) -> list[int]:
    """Places of a block that are not erased."""
    return [place for place, byte in enumerate(flash.read(block, 0, flash.block_size)) if byte != 0xFF]


def complaints(rotten: RottenPump, points: list[tuple[int, int]], rng: random.Random) -> dict[str, tuple[str, ...]]:
    found = {}
    for block, place in points:
        bit = rng.randrange(8)
        outcome = rotten.try_out(lambda flash, at=(block, place, bit): flash.flip_bit(*at))
        if outcome.complaints:
            found[f"block {block}, byte {place}, bit {bit}"] = outcome.complaints
    return found


def points_of(rotten: RottenPump) -> list[tuple[int, int]]:
    """Of the root folder and of that of the records."""
    flash = rotten.rig.world.flash
    folder = [n for n in range(flash.blocks) if _IN_THE_FOLDER in bytes(flash.read(n, 0, flash.block_size))]
    assert folder
    return [(block, place) for block in (*ROOT, *folder) for place in written(flash, block)]


@pytest.mark.requirement("INT-08", "INT-04")
def test_no_bit_of_a_sample_of_both_folders_leads_to_another_dose(rotten):
    rng = random.Random("root folder")
    assert complaints(rotten, rng.sample(points_of(rotten), 16), rng) == {}


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.requirement("INT-08", "INT-04")
def test_no_byte_of_both_folders_leads_to_another_dose(rotten):
    points = points_of(rotten)
    assert len(points) > 1_000
    assert complaints(rotten, points, random.Random("all of both folders")) == {}


def state_files(flash: Flash) -> dict[str, bytes]:
    return {path: flash.read_file(path) for path in ("/journal/state.a", "/journal/state.b")}


def self_tests(rig: PumpRig) -> list[tuple[str, int]]:
    return [(ids.ITEM_NAMES[event.a], event.b) for event in rig.client.log() if event.code == "SELF_TEST"]


def with_the_state_before_a_stop(rig: PumpRig) -> None:
    """Off, with the state of a minute before, when it ran: both copies whole, and one after the other."""
    rig.run_for(1_000.0)
    before = state_files(rig.world.flash)
    rig.client.stop()
    rig.run_for(60.0)
    rig.target.power.off()
    rig.run_for(1.0)
    for path, data in before.items():
        rig.world.flash.write_file(path, data)


@pytest.mark.requirement("INT-08", "INT-04")
def test_a_state_of_a_minute_before_is_known_by_its_number_in_the_clock_chip(pump):
    rig = pump(60_000)
    with_the_state_before_a_stop(rig)
    since_s = rig.now_s
    rig.target.power.on()
    rig.reconnect()
    assert rig.status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
    assert ("JOURNAL", 0) in self_tests(rig)
    rig.run_for(600.0)
    assert rig.bursts_after(since_s) == []
    rig.client.self_test()
    assert rig.status.mode == "STANDBY", "what a person has looked at is the newest from now on"
    rig.cycle_power()
    assert rig.status.mode == "STANDBY"


@pytest.mark.requirement("INT-08", "INT-05")
def test_a_clock_chip_that_lost_its_time_knows_no_number(pump):
    """Twin: what is in its registers then may be anything."""
    rig = pump(60_000)
    rig.run_for(1_000.0)
    rig.target.power.off()
    clock, now_ns = rig.world.bench.clock, rig.world.env.now
    clock.lose(now_ns)
    clock.write(bytes((0x0B, 0xFF, 0x7F, 1)), now_ns)
    rig.run_for(1.0)
    rig.target.power.on()
    rig.reconnect()
    assert rig.status.mode == "RUNNING"
    assert self_tests(rig) == []
