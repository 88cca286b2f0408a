"""The interface document says what the code says."""

from __future__ import annotations

import pytest

from hil.docs import icd
from hil.docs.blocks import blocks_of
from protocols.messages import BODY, CATALOGUE, DIRECTION, NAME, TEXT
from tests.protocols import vector_check


def test_the_generated_tables_are_those_of_the_catalogue():
    text = icd.ICD.read_text()
    assert icd.rendered(text) == text, "run: python -m hil.docs.icd"


def test_every_block_stands_in_the_document_once():
    text = icd.ICD.read_text()
    assert sorted(blocks_of(text)) == sorted(icd.BLOCKS)
    assert text.count("<!-- generated: ") == len(icd.BLOCKS)


def test_every_message_has_a_sentence():
    assert [row[NAME] for row in CATALOGUE if (row[DIRECTION] != BODY) != bool(row[TEXT])] == []


def test_the_frame_that_is_proposed_for_a_new_message_holds(tmp_path):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("".join(f"{line}\n" for row in CATALOGUE for line in icd.proposed(row)))
    assert vector_check.complaints(str(vectors)) == []


def test_a_message_without_a_golden_frame_is_told_with_the_lines_to_add(monkeypatch):
    golden = icd.golden_frames()
    del golden["SET_CLOCK", "request"]
    monkeypatch.setattr(icd, "golden_frames", lambda: golden)
    with pytest.raises(LookupError, match="no frame of SET_CLOCK request.*\nSET_CLOCK request 0 epoch_s=1\n    00 "):
        icd.messages_block()


def test_drift_is_noticed():
    text = icd.ICD.read_text()
    drifted = text.replace("| 1 | LOCKOUT |", "| 2 | LOCKOUT |")
    assert drifted != text
    assert icd.rendered(drifted) == text
