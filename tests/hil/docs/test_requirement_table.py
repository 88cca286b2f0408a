"""The table of firmware/DESIGN.md that leads from each requirement to its code, tests and scenarios."""

from __future__ import annotations

from hil.docs import requirement_table
from hil.words.requirements import requirements

STALE = "run: python -m hil.docs.requirement_table"


def test_the_block_of_the_document_is_that_of_the_sources():
    text = requirement_table.DESIGN.read_text(encoding="utf-8")
    assert requirement_table.rendered(text) == text, STALE


def test_every_requirement_has_a_file_or_a_reason():
    files = requirement_table.firmware_files()
    without = {name for name in requirements() if name not in files}
    assert without == set(requirement_table.OF_THE_WHOLE)


def test_the_firmware_names_no_requirement_that_is_not_in_the_list():
    assert set(requirement_table.firmware_files()) - set(requirements()) == set()


def test_a_span_of_ids_is_each_of_them():
    named = requirement_table.named_in("Judges the line (DET-05 to DET-07, DET-09), see THR-01 to 03.")
    assert sorted(named) == ["DET-05", "DET-06", "DET-07", "DET-09", "THR-01", "THR-02", "THR-03"]


def test_drift_is_noticed():
    text = requirement_table.DESIGN.read_text(encoding="utf-8")
    drifted = text.replace("`core/line_watch.py`, ", "", 1)
    assert drifted != text and requirement_table.rendered(drifted) == text
