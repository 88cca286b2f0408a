"""The design document's wear of the flash is that of the pump, and long enough (INT-07)."""

from __future__ import annotations

import pytest

from hil.docs import wear_table
from hil.docs.blocks import blocks_of
from hil.docs.wear_table import DESIGN, RATES, row

STALE = "run: python -m hil.docs.wear_table"
_YEARS_AT_1_ML = 10.0


def is_current(documented: tuple[str, ...], found: tuple[str, ...]) -> bool:
    """The same line but for a tenth: one erase more or less of the twenty that a run sees is 5 %."""
    pairs = zip(documented[1:], found[1:], strict=True)
    return documented[0] == found[0] and all(abs(float(old) - float(new)) <= 0.1 * float(old) for old, new in pairs)


def documented() -> list[tuple[str, ...]]:
    """Lines of the generated table without its head."""
    block = blocks_of(DESIGN.read_text(encoding="utf-8"))["wear"]
    lines = [tuple(line.strip("| \n").split(" | ")) for line in block.splitlines() if line.startswith("| ")]
    assert lines[0] == wear_table.HEAD
    return lines[2:]


@pytest.mark.requirement("INT-07")
def test_at_1_ml_a_day_no_block_reaches_its_end_in_ten_years():
    [years] = [float(line[-1]) for line in documented() if line[0] == "1 mL/day"]
    assert years >= _YEARS_AT_1_ML


@pytest.mark.slow
@pytest.mark.requirement("INT-07")
def test_the_documented_wear_at_1_ml_a_day_is_that_of_the_pump():
    assert is_current(documented()[1], row(RATES[1])), STALE


@pytest.mark.slow
@pytest.mark.requirement("INT-07")
def test_the_whole_table_of_wear_is_that_of_the_pump():
    assert [line for line, rate in zip(documented(), RATES, strict=True) if not is_current(line, row(rate))] == [], (
        STALE
    )


def test_a_stale_line_is_noticed():
    line = documented()[1]
    assert is_current(line, line)
    assert not is_current((*line[:2], str(2 * float(line[2])), line[3]), line)
