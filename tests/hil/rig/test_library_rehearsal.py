"""The board-capable part of the library with the rig in place of the plant: the same verdict, by the rig's truth."""

from __future__ import annotations

import pytest

from hil.run.runner import Options, Runner
from hil.scenario.model import Scenario, WaveExpectation
from hil.scenario.reader import library_files, library_groups, read_file, read_text
from hil.targets.rig_faults import cannot, on_the_wire, what_blocks
from hil.targets.rigged import rigged_target

LONGEST_NS = 4 * 3_600 * 10**9  # longer ones show no other fault
CHEAP = ("button_bounces", "stop_while_priming")


def capable(group: str) -> dict[str, Scenario]:
    """The first of each series of a group of the library."""
    files = {name: file for name, file in library_files().items() if file.parent.name == group}
    firsts = {name: read_file(str(file))[0] for name, file in files.items()}
    return {name: first for name, first in firsts.items() if not what_blocks(first) and first.duration_ns <= LONGEST_NS}


def run_on_the_rig(scenario: Scenario) -> None:
    nets = {expectation.net for expectation in scenario.expectations if isinstance(expectation, WaveExpectation)}
    with rigged_target("sim", scenario, tuple(sorted(nets))) as target:
        result = Runner(scenario, target, Options()).run()
    wrong = [f"{each.text}: {each.seen}" for each in result.expectations if each.verdict != "pass"]
    assert (result.verdict, wrong) == ("pass", [])


@pytest.mark.parametrize("name", CHEAP)
def test_two_of_the_library_pass_on_the_rig(name):
    run_on_the_rig(read_file(str(library_files()[name]))[0])


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("group", library_groups())
def test_a_group_of_the_library_passes_on_the_rig(group):
    failed = {}
    for name, scenario in capable(group).items():
        try:
            run_on_the_rig(scenario)
        except AssertionError as failure:
            failed[name] = str(failure)
    assert failed == {}


def test_what_a_rig_cannot_do_is_said_with_its_line():
    scenario = read_text(
        """
name = "Hang and a noisy sensor"
why = "both beyond a rig"
requirements = ["LNK-01"]
duration = "1 h"
[[step]]
at = "1 min"
inject = "sensor.pressure_noisy"
[[step]]
at = "2 min"
inject = "supply.cut"
operation = 3
[[expect]]
never = ["SYSTEM_FAULT"]
""",
        "x.toml",
    )[0]
    assert what_blocks(scenario) == [
        "line 6: sensor.pressure_noisy: a filtered voltage cannot differ between two readings in a row",
        "line 9: supply.cut: a rig does it with operation = 0 only",
    ]


def test_parameters_reach_the_wire_in_its_units_and_the_catalogues_defaults_fill_in():
    wire = on_the_wire("catheter.occlusion", {"closed_for": 90.0})
    assert (wire.values["a"], wire.values["b"], wire.duration_ms) == (60_000, 90_000, -1)
    assert on_the_wire("supply.dip", {}).duration_ms == 20
    assert on_the_wire("catheter.kink", {"k": 1e9}).values["a"] == (1 << 30) - 1
    assert on_the_wire("motor.slip", {"direction": "either"}).values["b"] == 2
    assert cannot("cpu.hang", {}) is not None
