"""Parts for workers that share only the disk: every trial once, worlds together, alike in cost."""

from __future__ import annotations

from hil.campaign.outcomes import Trial
from hil.campaign.parts import parts_for
from hil.scenario.reader import read_text

STORY = """
name = "stall"
duration = "2 d"
aftermath = "1 h"
seed = 1
[therapy]
fill = "18 mL"
basal = "20 uL/h"
[[step]]
at = "2 h"
inject = "motor.stall"
[[expect]]
alarm = "MOTOR_STALL"
after = "step 0"
within = "1 h"
[monte_carlo]
"""
DRAW = '"step.0.at" = { uniform = ["1 h", "47 h"] }\n'


def trials(table: str) -> list[Trial]:
    scenarios = read_text(STORY + table + DRAW, "stall.toml")
    return [Trial(f"{number:03}", scenario) for number, scenario in enumerate(scenarios)]


def keys(part: list[Trial]) -> list[str]:
    return [trial.key for trial in part]


def cost_h(part: list[Trial]) -> float:
    """The common story of each seed as far as it is needed, and an hour for each trial."""
    last: dict[int, float] = {}
    for trial in part:
        at_h = (trial.scenario.steps[0].at_ns or 0) / 3.6e12
        last[trial.scenario.seed] = max(last.get(trial.scenario.seed, 0.0), at_h)
    return len(part) + sum(last.values())


def test_many_worlds_are_not_cut_and_every_trial_is_in_one_part():
    every = trials("trials = 48\nworlds = 16\n")
    parts = parts_for(every, 2)
    assert sorted(key for part in parts for key in keys(part)) == keys(every)
    seeds = [{trial.scenario.seed for trial in part} for part in parts]
    assert sum(map(len, seeds)) <= 16, "no world is lived twice"
    assert len(parts) > 2, "more parts than workers, so that one that ends early takes another"


def test_the_trials_of_one_world_are_cut_where_both_workers_have_as_much_to_do():
    every = trials("trials = 120\nworlds = 1\n")
    parts = parts_for(every, 2)
    assert sorted(key for part in parts for key in keys(part)) == keys(every)
    whole_h = cost_h(every)
    # The worker of the second half lives both days as well.
    assert len(parts) == 2 and max(map(cost_h, parts)) * 2 < 1.2 * whole_h


def test_no_trials_make_no_parts_and_few_make_no_empty_ones():
    assert parts_for([], 2) == []
    assert all(parts_for(trials("trials = 3\nworlds = 3\n"), 4))
