"""Which run of a file is meant, and what its files are called."""

from __future__ import annotations

import pytest

from hil.errors import ScenarioError
from hil.run.names import file_names, only_run
from hil.scenario.reader import library_names, read_file, read_text

SWEEP = """
name = "kink"
duration = "1 h"
[therapy]
basal = "30 uL/h"
[[step]]
at = "40 min"
inject = "catheter.kink"
k = 1000
[[expect]]
alarm = "CATHETER_OCCLUSION"
[sweep]
"step.0.k" = [1, 10, 100, 1000]
"""


def test_the_whole_label_selects_one_run_even_where_others_contain_it():
    assert only_run(read_text(SWEEP, "kink"), "step.0.k = 1").variant == "step.0.k = 1"


def test_a_part_that_only_one_label_has_selects_it():
    assert only_run(read_text(SWEEP, "kink"), "1000").variant == "step.0.k = 1000"


def test_a_trial_is_selected_by_its_number_alone():
    trials = SWEEP.split("[sweep]")[0] + '[monte_carlo]\ntrials = 12\n"step.0.k" = { uniform = [5, 900] }\n'
    assert only_run(read_text(trials, "kink"), "trial 1").variant.startswith("trial 1, ")


@pytest.mark.parametrize("label", ["step.0.k", "step.0.k = 2"], ids=["several", "none"])
def test_what_does_not_select_one_run_is_refused_with_the_labels(label):
    with pytest.raises(ScenarioError) as refused:
        only_run(read_text(SWEEP, "kink"), label)
    assert label in str(refused.value) and "step.0.k = 100;" in str(refused.value)


def test_every_run_of_the_library_has_files_of_its_own():
    runs = [run for name in library_names() for run in read_file(name)]
    names = file_names(runs)
    assert len(set(names)) == len(runs)
    assert max(len(name) for name in names) <= 60


def test_a_name_does_not_depend_on_what_else_is_run():
    runs = read_text(SWEEP, "kink")
    assert file_names(runs[2:3]) == file_names(runs)[2:3]


def test_scenarios_of_one_name_and_runs_asked_for_twice_are_kept_apart():
    one, other = read_text(SWEEP, "one"), read_text(SWEEP, "other")
    names = file_names([one[0], other[0], one[0], one[0]])
    assert len(set(names)) == 4
