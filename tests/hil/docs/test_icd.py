"""The interface document says what the code says."""

from __future__ import annotations

from hil.docs import icd
from hil.docs.blocks import blocks_of
from hil.docs.message_texts import TEXTS
from protocols.messages import CATALOGUE, NAME


def test_the_generated_tables_are_those_of_the_catalogue():
    text = icd.ICD.read_text()
    assert icd.rendered(text) == text, "run: python -m hil.docs.icd"


def test_every_block_stands_in_the_document_once():
    text = icd.ICD.read_text()
    assert sorted(blocks_of(text)) == sorted(icd.BLOCKS)
    assert text.count("<!-- generated: ") == len(icd.BLOCKS)


def test_every_message_has_a_sentence_and_no_sentence_is_left_over():
    assert set(TEXTS) == {row[NAME] for row in CATALOGUE}


def test_drift_is_noticed():
    text = icd.ICD.read_text()
    drifted = text.replace("| 1 | LOCKOUT |", "| 2 | LOCKOUT |")
    assert drifted != text
    assert icd.rendered(drifted) == text
