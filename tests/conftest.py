"""What all tests share: requirement ids that must exist, and firmware modules without a device."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import settings

from emulator.mcu.loader import load_modules
from hil.words.requirements import unknown_ids
from tests.conformance.summary import pytest_terminal_summary  # noqa: F401 - here, so that it runs beside workers

REPOSITORY = Path(__file__).resolve().parents[1]

# The same examples in every run; how long one takes depends on who else uses the machine.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.load_profile("suite")


def pytest_collection_modifyitems(items):
    """A requirement marker with an id that no requirement has is an error, not evidence."""
    complaints = []
    for item in items:
        for marker in item.iter_markers("requirement"):
            if not marker.args:
                complaints.append(f"{item.nodeid}: the requirement marker names no id")
            for name, nearest in unknown_ids(marker.args).items():
                hint = f", did you mean {nearest}?" if nearest else ""
                complaints.append(f"{item.nodeid}: no requirement {name}{hint}")
    if complaints:
        raise pytest.UsageError(*complaints)


def pytest_collection_finish():
    """What was imported and collected stays to the end: the collector of cycles need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, *gc.get_threshold()[1:])


@pytest.fixture
def firmware_module():
    """`firmware_module("firmware.core.units")`: a module of the firmware, freshly executed, without a device.

    `guard=True` raises where integer arithmetic leaves the small-int range of the board.
    """
    return lambda name, guard=False: getattr(load_modules(REPOSITORY, name, guard=guard), name.split(".")[-1])
