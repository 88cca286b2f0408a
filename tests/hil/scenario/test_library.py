"""The scenario library: every file reads, says why, names requirements, and passes on the emulated pump.

`make test` runs one scenario of each group; the whole library is a slow test, and `pumpbench run --all`.
"""

from __future__ import annotations

import pytest

from hil.campaign.batch import Job, run_jobs
from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.scenario.model import AlarmExpectation, Inject, NeverExpectation, PatientExpectation, TruthExpectation
from hil.scenario.reader import library_files, library_groups, library_names, read_file
from hil.words.bench import fault_catalogue

GROUPS = ("alarms", "catheter", "dosing", "link", "recovery", "reservoir", "sensors", "stall", "supply")
QUICK = (
    "silence_ends",
    "kink_during_bolus",
    "clinician_bolus",
    "wrong_key",
    "processor_hangs_in_a_bolus",
    "refill_rules",
    "bus_hangs_and_recovers",
    "motor_runaway",
    "short_dip",
)

# The failures of the domain's literature, and what the library has of each.
PUBLISHED = {
    "motor stall, intermittent": "stall_intermittent",
    "stall in a strong magnetic field": "strong_field",
    "recovery found at the second interrogation": "stall_found_at_second_visit",
    "occlusion unfound for four years": "occlusion_by_position",
    "release of an occlusion": "occlusion_released",
    "kink": "kink_during_bolus",
    "fracture": "fracture_that_leaks_a_third",
    "disconnection": "disconnected",
    "low alarm at 2 mL": "low_level_at_4_ml",
    "priming bolus": "priming_bolus",
    "refill overdue": "refill_overdue",
    "supply reset": "battery_gets_weak",
    "hang in telemetry mode": "programme_upload_in_two_steps",
    "stop over 48 h": "stopped_for_two_days",
}
# Those that no pump can see: it stays silent, and the refill check, the patient model or the truth finds them.
UNSEEN = {
    "over-infusion": "over_infusion",
    "pocket fill": "pocket_fill_now",
    "pocket fill at the refill after": "pocket_fill_found_at_refill",
    "wrong port": "wrong_port",
    "wrong concentration": "wrong_concentration",
    "wear without a lost step": "tube_wears",
    "leak": "microleak",
    "migration": "migrated",
}


@pytest.fixture(scope="module")
def library():
    return {name: read_file(name) for name in library_names()}


def test_the_library_has_its_groups_and_enough_of_each(library):
    assert tuple(library_groups()) == GROUPS
    assert len(library) >= 60
    for group in GROUPS:
        assert sum(file.parent.name == group for file in library_files().values()) >= 5, group


def test_a_bare_name_is_enough(library):
    files = list((library_files()["slip"].parent.parent).rglob("*.toml"))
    assert len(files) == len(library), "two scenarios share a name, or one lies outside the groups"
    assert not set(library) & set(GROUPS)
    assert read_file("stall/slip")[0].name == read_file("slip")[0].name


def test_a_scenario_says_why_and_what_it_shows(library):
    for name, scenarios in library.items():
        for scenario in scenarios:
            assert len(scenario.why) > 60, name
            assert scenario.requirements and scenario.expectations, name


def test_every_fault_of_the_catalogue_is_used(library):
    used = {
        step.action.fault
        for scenarios in library.values()
        for scenario in scenarios
        for step in scenario.steps
        if isinstance(step.action, Inject)
    }
    assert set(fault_catalogue()) - used == set()


def test_every_group_has_a_scenario_in_which_nothing_may_be_raised(library):
    """The twin of each fault: without it the pump is silent."""
    silent = {
        file.parent.name
        for name, file in library_files().items()
        for scenario in library[name]
        for expectation in scenario.expectations
        if isinstance(expectation, NeverExpectation) and "ANY" in expectation.names
    }
    assert silent >= {"catheter", "dosing", "link", "reservoir", "sensors", "supply"}


@pytest.mark.requirement("DET-13")
def test_the_published_incidents_are_there_those_that_no_pump_sees_included(library):
    assert {name for name in (PUBLISHED | UNSEEN).values() if name not in library} == set()
    for name in UNSEEN.values():
        (scenario,) = library[name]
        assert "DET-13" in scenario.requirements, name
        kinds = {type(expectation) for expectation in scenario.expectations}
        assert NeverExpectation in kinds, f"{name}: the pump is silent"
        assert kinds & {PatientExpectation, TruthExpectation, AlarmExpectation}, f"{name}: something finds it"


@pytest.mark.parametrize("name", QUICK)
def test_a_scenario_passes_on_the_emulated_pump(name):
    for scenario in read_file(name):
        result, _ = run_scenario(scenario, "sim", Options())
        failed = [f"{each.text}: {each.seen}" for each in result.expectations if each.verdict != "pass"]
        assert result.verdict == "pass", "\n".join([result.message, *failed])


def test_two_workers_give_what_one_gives(library):
    # Some runs of one sweep, and files of their own: short ones, each is run twice.
    scenarios = library["stall_monte_carlo"][:2] + library["button_stuck"] + library["replayed_bolus"]
    alone = [run_scenario(scenario, "sim", Options())[0] for scenario in scenarios]
    calls: list[int] = []
    shared = run_jobs([Job(scenario) for scenario in scenarios], 2, lambda: calls.append(1))
    assert [result.event_log_sha256 for result in shared] == [result.event_log_sha256 for result in alone]
    assert [result.scenario for result in shared] == [result.scenario for result in alone]
    assert len({result.event_log_sha256 for result in alone}) == len(scenarios) == len(calls)


@pytest.fixture(scope="module")
def on_two_workers(library):
    return run_jobs([Job(scenario) for scenarios in library.values() for scenario in scenarios], 2)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_library_passes_on_the_emulated_pump(on_two_workers):
    bad = [f"{result.file} {result.verdict}: {result.message}" for result in on_two_workers if result.verdict != "pass"]
    assert bad == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_whole_library_gives_the_same_on_one_worker_and_on_two(library, on_two_workers):
    def comparable(results):
        return [result.contract() | {"wall_s": 0, "log": result.log} for result in results]

    alone = [run_scenario(scenario, "sim", Options())[0] for scenarios in library.values() for scenario in scenarios]
    for one, two in zip(comparable(alone), comparable(on_two_workers), strict=True):
        assert one == two
