"""One bit of what the pump has stored is another one: the therapy that it had, and said so, or FAULT (INT-08)."""

from __future__ import annotations

import random

import pytest

from tests.bit_rot.rotten import CONFIGURED, LOGS, RECORDS, RottenPump, change, flipped

# What must be said of a bit in it: a record and the configuration carry checks, a log entry its own.
CHECKED = (*RECORDS, *CONFIGURED)


def complaints(rotten: RottenPump, path: str, places: list[int], rng: random.Random) -> dict[str, tuple[str, ...]]:
    """What was wrong with the pump, by the place of the bit."""
    data = rotten.files[path]
    found = {}
    for place in places:
        bit = rng.randrange(8)
        outcome = rotten.try_out(change(path, flipped(data, place, bit)), is_told=path in CHECKED)
        if outcome.complaints:
            found[f"{path}, byte {place}, bit {bit}"] = outcome.complaints
    return found


@pytest.mark.requirement("INT-08", "INT-04")
@pytest.mark.parametrize("path", (*CHECKED, *LOGS))
def test_no_bit_of_a_sample_leads_to_another_dose(rotten, path):
    rng = random.Random(path)
    size = len(rotten.files[path])
    assert complaints(rotten, path, [0, size - 1, rng.randrange(1, size - 1)], rng) == {}


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.requirement("INT-08", "INT-04")
@pytest.mark.parametrize("path", (*CHECKED, *LOGS))
def test_no_byte_of_the_stored_state_leads_to_another_dose(rotten, path):
    assert complaints(rotten, path, list(range(len(rotten.files[path]))), random.Random(f"all of {path}")) == {}


@pytest.mark.requirement("INT-08")
def test_the_checks_see_a_pump_that_came_back_with_another_programme(rotten):
    """The trial itself can fail."""
    prescription = rotten.prescription
    rotten.prescription = {**prescription, "dose_limit_nl": 1}
    found = rotten.try_out(lambda flash: None).complaints
    rotten.prescription = prescription
    assert any("prescription" in complaint for complaint in found)
    assert rotten.try_out(lambda flash: None, is_told=True).complaints == ("not a word about the damage",)


@pytest.mark.requirement("INT-08", "INT-05")
def test_a_pump_whose_flash_is_whole_goes_on_and_has_nothing_to_say(rotten):
    """Twin."""
    assert rotten.try_out(lambda flash: None, is_told=False).complaints == ()
