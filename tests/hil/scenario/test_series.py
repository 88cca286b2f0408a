"""Sweeps multiply, Monte Carlo draws, and both do it the same way each time."""

from __future__ import annotations

import pytest

from hil.errors import ScenarioError
from hil.scenario.model import Inject, Scenario
from hil.scenario.reader import read_text
from hil.words.quantity import NS_PER_H, NS_PER_MINUTE

BASE = """\
name = "x"
duration = "1 d"
seed = 5
[[step]]
at = "1 h"
inject = "motor.stall"
duration = "1 min"
[[step]]
at = "3 h"
inject = "motor.coupling"
fraction = 0.1
"""


def start_ns(scenario: Scenario) -> int:
    """When the first step happens."""
    at_ns = scenario.steps[0].at_ns
    assert at_ns is not None
    return at_ns


def slip(scenario: Scenario) -> float:
    action = scenario.steps[1].action
    assert isinstance(action, Inject)
    return action.parameters["fraction"]


def test_a_sweep_runs_every_combination():
    text = BASE + '[sweep]\n"step.0.at" = ["1 h", "2 h"]\n"step.1.fraction" = [0.1, 0.2, 0.3]\n'
    scenarios = read_text(text, "x.toml")
    seen = {(start_ns(scenario), slip(scenario)) for scenario in scenarios}
    assert seen == {(hours * NS_PER_H, fraction) for hours in (1, 2) for fraction in (0.1, 0.2, 0.3)}
    assert len({scenario.variant for scenario in scenarios}) == 6


def test_the_same_seed_draws_the_same_trials():
    text = BASE + '[monte_carlo]\ntrials = 20\n"step.0.at" = { uniform = ["1 h", "20 h"] }\n'
    first, second = read_text(text, "x.toml"), read_text(text, "x.toml")
    times = [start_ns(scenario) for scenario in first]
    assert times == [start_ns(scenario) for scenario in second]
    assert times != [start_ns(scenario) for scenario in read_text(text, "x.toml", seed=6)]
    assert len(set(times)) == 20
    assert all(NS_PER_H <= at_ns <= 20 * NS_PER_H for at_ns in times)
    assert [scenario.seed for scenario in first] == list(range(5, 25))


@pytest.mark.parametrize(
    ("distribution", "low", "high"),
    [
        ('{ log_uniform = ["1 min", "10 h"] }', NS_PER_MINUTE, 10 * NS_PER_H),
        ('{ normal = ["2 h", "1 min"] }', NS_PER_H, 3 * NS_PER_H),
        ('{ choice = ["1 h", "4 h"] }', NS_PER_H, 4 * NS_PER_H),
    ],
)
def test_each_distribution_stays_where_it_belongs(distribution, low, high):
    text = BASE + f'[monte_carlo]\ntrials = 30\n"step.0.at" = {distribution}\n'
    for scenario in read_text(text, "x.toml"):
        assert low <= start_ns(scenario) <= high


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ('[sweep]\n"step.7.at" = ["1 h"]\n', ["step.7.at", "0 to 1"]),
        ('[sweep]\n"steps.0.at" = ["1 h"]\n', ["steps.0.at", '"step"']),
        ('[sweep]\n"step.0.at" = "1 h"\n', ["a list"]),
        ('[sweep]\n"step.0.at" = ["1 h", "1 kg"]\n', ["1 kg"]),
        ('[monte_carlo]\ntrials = 0\n"step.0.at" = { uniform = ["1 h", "2 h"] }\n', ["trials"]),
        ("[monte_carlo]\ntrials = 3\n", ["distribution"]),
        ('[monte_carlo]\ntrials = 3\n"step.0.at" = { uniform = ["2 h", "1 h"] }\n', ["lowest"]),
        ('[monte_carlo]\ntrials = 3\n"step.0.at" = { gauss = ["2 h", "1 h"] }\n', ["gauss", "normal"]),
    ],
)
def test_a_bad_series_is_refused(tail, words):
    with pytest.raises(ScenarioError) as refusal:
        read_text(BASE + tail, "x.toml")
    for word in words:
        assert word in str(refusal.value)


def test_a_sweep_over_the_seed_runs_with_those_seeds():
    assert [run.seed for run in read_text(BASE + "[sweep]\nseed = [1, 2, 3]\n", "x.toml")] == [1, 2, 3]


@pytest.mark.parametrize("value", ['"1"', "-1", "true", "1.5"])
def test_a_seed_that_is_no_whole_number_is_refused(value):
    with pytest.raises(ScenarioError, match="sweep.seed"):
        read_text(BASE + f"[sweep]\nseed = [{value}]\n", "x.toml")


@pytest.mark.parametrize(
    "tail",
    [
        '[sweep]\n"step.0.at" = [\n"1 h",\n"30 uL",\n]\n',
        '[sweep]\n"duration" = [\n"1 d",\n"30 uL",\n]\n',
    ],
    ids=["a field of a step", "a field of the scenario"],
)
def test_the_line_of_a_wrong_value_is_that_in_the_sweep(tail):
    with pytest.raises(ScenarioError) as refused:
        read_text(BASE + tail, "x.toml")
    assert refused.value.line == (BASE + tail).splitlines().index('"30 uL",') + 1


def test_the_line_of_an_unknown_key_is_that_in_the_sweep():
    text = BASE + '[sweep]\n"step.0.frction" = [1]\n'
    with pytest.raises(ScenarioError) as refused:
        read_text(text, "x.toml")
    assert refused.value.line == text.count("\n")


def test_a_draw_into_a_table_that_is_not_there_says_where_to_write_it():
    text = BASE + '[monte_carlo]\ntrials = 2\n"bench.patient_pressure" = { uniform = ["1 kPa", "2 kPa"] }\n'
    with pytest.raises(ScenarioError, match=r"write patient_pressure under \[bench\] first"):
        read_text(text, "x.toml")


def test_the_seed_cannot_be_drawn():
    with pytest.raises(ScenarioError, match="seed plus n"):
        read_text(BASE + "[monte_carlo]\ntrials = 2\nseed = { uniform = [1, 9] }\n", "x.toml")


def test_a_drawn_number_has_no_more_digits_than_one_reads():
    text = BASE + '[monte_carlo]\ntrials = 5\n"step.1.fraction" = { uniform = [0.1, 0.9] }\n'
    assert all(len(run.variant) < 45 for run in read_text(text, "x.toml"))


DRAWN = """
name = "drawn"
duration = "7 d"
aftermath = "1 h"
seed = 3
[bench]
compliance = "125 nL/kPa"
[[step]]
at = "1 d"
inject = "motor.stall"
duration = "10 min"
[[expect]]
alarm = "MOTOR_STALL"
after = "step 0"
within = "2 min"
[monte_carlo]
trials = 64
"step.0.at" = { uniform = ["1 h", "6 d"] }
"bench.compliance" = { lognormal = ["125 nL/kPa", 1.3] }
"""


def drawn_ns(scenario: Scenario) -> int:
    at_ns = scenario.steps[0].at_ns
    assert at_ns is not None
    return at_ns


def test_a_run_with_an_aftermath_ends_after_its_drawn_step_and_is_judged_from_there():
    for scenario in read_text(DRAWN, "drawn.toml"):
        at_ns = drawn_ns(scenario)
        assert scenario.duration_ns == at_ns + 3_600 * 10**9
        assert scenario.looks_ns == 7 * 86_400 * 10**9
        (asked,) = scenario.expectations
        assert (asked.start_ns, asked.end_ns) == (at_ns, at_ns + 120 * 10**9)


def test_trials_of_one_world_have_one_seed_and_their_own_draws():
    drawn = read_text(DRAWN.replace("trials = 64", "trials = 64\nworlds = 4"), "drawn.toml")
    assert [scenario.seed for scenario in drawn[:6]] == [3, 4, 5, 6, 3, 4]
    assert len({drawn_ns(scenario) for scenario in drawn}) == 64


def test_correlated_draws_rise_together_and_the_first_trials_do_not_depend_on_how_many_there_are():
    together = DRAWN + 'correlation = [["step.0.at", "bench.compliance", 0.95]]\n'
    drawn = read_text(together, "drawn.toml")
    by_time = sorted(drawn, key=drawn_ns)
    halves = [[float(one.bench["compliance"]) for one in half] for half in (by_time[:32], by_time[32:])]
    assert sum(halves[0]) < 0.8 * sum(halves[1])
    fewer = read_text(together.replace("trials = 64", "trials = 5"), "drawn.toml")
    assert [one.variant for one in fewer] == [one.variant for one in drawn[:5]]


def test_a_sobol_series_fills_every_sixteenth_of_the_range():
    drawn = read_text(DRAWN.replace("trials = 64", 'trials = 64\nsampling = "sobol"'), "drawn.toml")
    span = (6 * 24 - 1) * 3_600e9 / 16
    places = [int((drawn_ns(one) - 3_600e9) // span) for one in drawn]
    assert sorted(set(places)) == list(range(16))
    assert all(places.count(place) == 4 for place in range(16))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('correlation = [["step.0.at", "seed", 0.5]]', "fields that are drawn"),
        ('correlation = [["step.0.at", "bench.compliance", 1.0]]', "can be true together"),
        ('sampling = "grid"', "random or sobol"),
        ("worlds = 0", "worlds"),
    ],
)
def test_settings_of_a_series_that_cannot_be_name_what_can(line, words):
    with pytest.raises(ScenarioError, match=words):
        read_text(DRAWN + line + "\n", "drawn.toml")
