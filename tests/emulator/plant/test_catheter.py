"""Where old and new drug meet: early arrival, diluted tail, and nothing lost (THR-19)."""

from __future__ import annotations

import pytest

from emulator.plant.catheter import Catheter
from emulator.plant.config import PlantConfig

OLD, NEW = 500.0, 2_000.0
DEAD_NL = 200_000.0


def push_new(displaced_nl: float, pieces: int) -> tuple[Catheter, float]:
    """New drug pushed in so many pieces behind the old one; the catheter, and the ug that left."""
    catheter = Catheter(PlantConfig(concentration_ug_per_ml=OLD).with_dead_volume(DEAD_NL))
    left_ug = sum(catheter.push(displaced_nl / pieces, NEW) for _ in range(pieces))
    return catheter, left_ug


@pytest.mark.parametrize(
    ("dead_volumes", "low", "high"),
    [(0.6, 0.0, 0.01), (0.9, 0.05, 0.45), (1.0, 0.4, 0.75), (1.2, 0.85, 0.99), (1.6, 0.99, 1.0)],
    ids=["long before", "early arrival", "at the dead volume", "tail", "long after"],
)
def test_the_front_is_neither_sharp_nor_lost(dead_volumes, low, high):
    catheter, _ = push_new(dead_volumes * DEAD_NL, 500)
    share = (catheter.tip_ug_per_ml - OLD) / (NEW - OLD)
    assert low <= share <= high


def test_no_drug_is_made_or_lost_by_mixing():
    catheter, left_ug = push_new(260_000.0, 777)
    pushed_ug = OLD * DEAD_NL * 1e-6 + NEW * 260_000.0 * 1e-6
    # The cell at either end is counted whole or not at all.
    assert left_ug + catheter.drug_ug == pytest.approx(pushed_ug, abs=NEW * DEAD_NL / 20 * 1e-6)


def test_how_the_volume_is_cut_into_pieces_changes_nothing():
    _, at_once = push_new(260_000.0, 1)
    _, in_strokes = push_new(260_000.0, 1_000)
    assert at_once == pytest.approx(in_strokes, rel=1e-9)


def test_one_drug_all_along_is_plain_volume_times_concentration():
    catheter = Catheter(PlantConfig(concentration_ug_per_ml=OLD))
    assert catheter.push(333_333.0, OLD) == pytest.approx(333_333.0 * OLD * 1e-6)
