"""The scenario library: every file reads, says why, names requirements, and passes on the emulated pump."""

from __future__ import annotations

import pytest

from hil.execution import run_scenario
from hil.runner import Options
from hil.scenario import library_names, read_file

LONG = ("demo_week", "fault_free_flex", "fault_free_simple")


@pytest.mark.parametrize("name", library_names())
def test_a_scenario_says_why_and_what_it_shows(name):
    for scenario in read_file(name):
        assert len(scenario.why) > 40
        assert scenario.requirements
        assert scenario.expectations


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in library_names()],
)
def test_a_scenario_passes_on_the_emulated_pump(name):
    for scenario in read_file(name):
        result, _ = run_scenario(scenario, "sim", Options())
        failed = [f"{each.text}: {each.seen}" for each in result.expectations if each.verdict != "pass"]
        assert result.verdict == "pass", "\n".join([result.message, *failed])
        assert result.requirements == list(scenario.requirements)
