"""Refusals that come again and again are counted in one entry (INT-06)."""

from __future__ import annotations

import pytest

from tests.firmware.core_detectors.bench_figures import core

Repeats = core("repeats").Repeats


def entries(presses):
    """(code, a, b, run_s) in, what would be logged out; a count as ("count", code, number)."""
    repeats, logged = Repeats(), []
    for code, a, b, run_s in presses:
        while repeats.pop(run_s):
            logged.append(("count", repeats.code, repeats.count))
        if not repeats.is_counted(code, a, b, run_s):
            logged.append((code, a, b))
    while repeats.pop(run_s + 3_600):
        logged.append(("count", repeats.code, repeats.count))
    return logged


@pytest.mark.requirement("INT-06")
def test_four_hours_of_refused_presses_are_a_few_entries_and_none_is_lost():
    logged = entries([(13, 2, 7, 100 + 5 * press) for press in range(2_880)])
    assert len(logged) <= 5 * 9
    assert sum(entry[2] if entry[0] == "count" else 1 for entry in logged) == 2_880


@pytest.mark.requirement("INT-06")
def test_a_few_refusals_have_an_entry_each():
    presses = [(13, 2, 7, 600 * press) for press in range(1, 9)]
    assert entries(presses) == [(13, 2, 7)] * 8


@pytest.mark.requirement("INT-06")
def test_refusals_of_different_kinds_are_counted_apart():
    presses = [(13, 2, 7 + press % 2, 100 + press) for press in range(40)]
    logged = entries(presses)
    assert logged.count((13, 2, 7)) == logged.count((13, 2, 8)) == 8
    assert logged[-2:] == [("count", 13, 12)] * 2


@pytest.mark.requirement("INT-06")
def test_more_kinds_than_there_is_room_for_lose_nothing():
    presses = [(13, kind, 7, 100 + press) for press in range(30) for kind in range(6)]
    logged = entries(presses)
    assert sum(entry[2] if entry[0] == "count" else 1 for entry in logged) == 180
