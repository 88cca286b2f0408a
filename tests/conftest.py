"""What all tests share: requirement ids that must exist, and firmware modules without a device."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

# A run starts some thirty interpreters, and pytest rewrites every test file. Where the environment says that no
# bytecode is kept, each of them would compile everything again: a tenth of the time of the whole suite.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

import pytest  # noqa: E402 - hypothesis is the largest of what is compiled
from hypothesis import settings  # noqa: E402

from emulator.mcu.loader import load_modules  # noqa: E402
from hil.requirements import unknown_ids  # noqa: E402
from tests.conformance.summary import pytest_terminal_summary  # noqa: E402, F401 - here, so that it runs beside workers

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
