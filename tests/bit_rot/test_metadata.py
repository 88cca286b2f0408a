"""One bit of littlefs's own blocks is another one: folders and the list of files, not what is in them (INT-08).

littlefs then takes the folder as it was some writes before: every file of it is whole, and old.
"""

from __future__ import annotations

import random

import pytest

from emulator.mcu import Flash
from tests.bit_rot.rotten import RottenPump

ROOT = (0, 1)  # where the root folder lies until it moves after some hundred erases


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
    return [(block, place) for block in ROOT for place in written(rotten.rig.world.flash, block)]


@pytest.mark.requirement("INT-08", "INT-04")
def test_no_bit_of_a_sample_of_the_root_folder_leads_to_another_dose(rotten):
    rng = random.Random("root folder")
    assert complaints(rotten, rng.sample(points_of(rotten), 24), rng) == {}


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.requirement("INT-08", "INT-04")
def test_no_byte_of_the_root_folder_leads_to_another_dose(rotten):
    points = points_of(rotten)
    assert len(points) > 1_000
    assert complaints(rotten, points, random.Random("all of the root folder")) == {}
