"""The tables of alarms and modes in firmware/DESIGN.md are those of the firmware (ALM-01, THR-01)."""

from __future__ import annotations

import pytest

from hil.docs import alarm_table
from protocols import alarms, ids

STALE = "run: python -m hil.docs.alarm_table"


@pytest.mark.requirement("ALM-01", "THR-01")
def test_the_blocks_of_the_document_are_those_of_the_firmware():
    text = alarm_table.DESIGN.read_text(encoding="utf-8")
    assert alarm_table.rendered(text) == text, STALE


@pytest.mark.requirement("ALM-01")
def test_every_alarm_of_the_wire_has_a_row():
    rows = [line.split(" | ") for line in alarm_table.alarms_block().splitlines()[2:]]
    assert [row[1] for row in rows] == list(alarms.NAMES[1:])


@pytest.mark.requirement("THR-01")
def test_every_way_between_two_modes_has_an_arrow():
    delivery = alarm_table.core("delivery")
    block = alarm_table.modes_block()
    for mode, event, following in delivery.ROWS:
        name = delivery.EVENT_NAMES[event]
        if mode != following:
            arrow = f"{ids.MODE_NAMES[mode]} --> {ids.MODE_NAMES[following]}: "
            [line] = [line for line in block.splitlines() if line.strip().startswith(arrow)]
            assert name in line.split(": ")[1].split(", ")


def test_drift_is_noticed():
    text = alarm_table.DESIGN.read_text(encoding="utf-8")
    drifted = text.replace("| HIGH | HALT |", "| LOW | HALT |", 1)
    assert drifted != text and alarm_table.rendered(drifted) == text
