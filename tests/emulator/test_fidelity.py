"""The plant beside published figures: each row in its band, the document as measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.fidelity import FIDELITY, ROWS, measured, rendered

# Those that take more than a moment are measured by `make fidelity` and by the slow test.
SLOW_ROWS = {"volume over a month, patient moves", "ADC, widest code"}
QUICK = [row for row in ROWS if row.figure not in SLOW_ROWS]


@pytest.mark.parametrize("row", QUICK, ids=lambda row: row.figure)
def test_the_plant_is_inside_the_band_of_each_published_figure(row):
    assert row.low <= row.measure() <= row.high


def test_at_least_thirty_five_figures_are_compared():
    assert sum(row.source != "-" for row in ROWS) >= 35


@pytest.mark.slow
def test_the_table_is_that_of_the_document():
    """Made anew by `make fidelity`."""
    assert rendered(FIDELITY.read_text(), measured()) == FIDELITY.read_text()


def test_a_row_that_leaves_its_band_says_so():
    row = replace(ROWS[0], low=50.0, high=60.0)
    assert row.cells(0.0)[-1] == "**OUTSIDE 50 to 60**"
