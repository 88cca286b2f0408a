"""The design document says what the detectors do, and what the pump cannot see."""

from __future__ import annotations

import re

import pytest

from emulator.faults import FAULTS
from hil.docs.blocks import blocks_of
from hil.docs.detector_delays import DESIGN, DETECTORS, in_seconds, row

BY_TITLE = {detector.title: detector for detector in DETECTORS}
STALE = "run: python -m hil.docs.detector_delays"
_QUICK = (
    "MOTOR_STALL: rotor stands",
    "CATHETER_OCCLUSION: line closed at once",
    "SENSOR_FAULT_ROTOR: no answer",
    "CLOCK_FAULT: stopped",
)


def is_current(documented: tuple[str, ...], measured: tuple[str, ...]) -> bool:
    """The same line, but for the second that the looks shift when some start of the firmware takes longer."""
    if documented[0] != measured[0]:
        return False
    for old, new in zip(documented[1:], measured[1:], strict=True):
        old_delay, old_bound = old.split(" of ")
        new_delay, new_bound = new.split(" of ")
        if old_bound != new_bound or "none" in (old_delay, new_delay):
            return False
        if abs(in_seconds(old_delay) - in_seconds(new_delay)) > 1.0 + 0.02 * in_seconds(old_delay):
            return False
    return True


def documented(text: str) -> dict[str, tuple[str, ...]]:
    """Rows of the generated table by their title."""
    block = blocks_of(text)["delays"]
    lines = [line.strip("| \n").split(" | ") for line in block.splitlines() if line.startswith("| ")]
    return {line[0]: tuple(line) for line in lines[2:]}


def test_every_detector_has_its_line():
    assert list(documented(DESIGN.read_text())) == [detector.title for detector in DETECTORS]


@pytest.mark.requirement("DET-01", "DET-05", "DET-08", "DET-10")
@pytest.mark.parametrize("title", _QUICK)
def test_the_documented_delays_are_those_of_the_pump(title):
    detector = BY_TITLE[title]
    assert is_current(documented(DESIGN.read_text())[title], row(detector)), STALE


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_whole_table_is_that_of_the_pump():
    lines = documented(DESIGN.read_text())
    assert [title for title in lines if not is_current(lines[title], row(BY_TITLE[title]))] == [], STALE


@pytest.mark.requirement("DET-01", "DET-03", "DET-04", "DET-05", "DET-07", "DET-08", "DET-09", "DET-10", "DET-11")
def test_no_detector_takes_longer_than_its_figures_say():
    for title, *cells in documented(DESIGN.read_text()).values():
        for cell in cells:
            measured, computed = cell.split(" of ")
            assert in_seconds(measured) <= in_seconds(computed), f"{title}: {cell}"


def test_a_stale_table_is_noticed():
    text = DESIGN.read_text()
    stale = text.replace("| 60 s of 61 s |", "| 20 s of 61 s |")
    assert stale != text
    detector = DETECTORS[-1]
    assert is_current(documented(text)[detector.title], row(detector))
    assert not is_current(documented(stale)[detector.title], row(detector))


@pytest.mark.requirement("DET-13")
def test_what_the_pump_cannot_see_is_said_so():
    section = DESIGN.read_text().split("## What the pump cannot see")[1]
    named = set(re.findall(r"^\|[^|]*\| `([\w.]+)` \|", section, flags=re.MULTILINE))
    silent = {fault.id for fault in FAULTS.values() if "silent" in fault.verdict}
    assert silent <= named
    assert named <= set(FAULTS)
    for words in ("pocket fill", "wrong port", "concentration", "leak", "REFILL_MISMATCH"):
        assert words in section
