"""A story follows from its seed, is a scenario file, and nothing that can be drawn is never drawn."""

from __future__ import annotations

import tomllib

import pytest

from hil.scenario.verbs import VERBS
from hil.swarm import people, troubles
from hil.swarm.dice import Dice
from hil.swarm.story import continued, draw, read_story, storm_of, times_of
from hil.words.bench import fault_catalogue


def test_the_same_seed_draws_the_same_story_and_another_seed_another():
    assert draw(7).text == draw(7).text
    assert draw(7).text != draw(8).text


@pytest.mark.parametrize("seed", range(20))
def test_a_story_is_a_scenario_file(seed):
    story = draw(seed)
    scenario = read_story(story.text, "story.toml")
    assert tomllib.loads(story.text)["seed"] == scenario.seed == seed
    assert times_of(scenario) == story.times
    assert all(step.expect is not None and step.expect.is_any for step in scenario.steps)


@pytest.mark.parametrize("fault", troubles.fault_kinds())
def test_a_fault_is_drawn_within_its_ranges(fault):
    for seed in range(20):
        step = troubles.drawn(Dice(seed, "test"), fault)
        known = fault_catalogue()[fault].parameters
        for name, value in step.items():
            if name in known:
                known[name].read(value)  # raises for what cannot be


def test_every_fault_but_an_alias_and_every_verb_can_be_drawn():
    assert {*troubles.fault_kinds(), "sensor.magnet_lost"} == set(fault_catalogue())
    assert people.verb_kinds() == list(VERBS)
    assert set(troubles.DRAWS) <= set(fault_catalogue())
    assert set(people.DRAWS) <= set(VERBS)


def test_a_kind_that_is_off_does_not_come_up_and_some_are_on():
    shares = []
    for seed in range(50):
        on = Dice(seed, "test").swarm(troubles.fault_kinds(), 0.2)
        assert on
        shares.append(len(on))
    assert 4 < sum(shares) / len(shares) < 15


def test_a_story_goes_on_from_a_moment_of_another():
    parent = draw(3)
    branch_s = parent.times.calm_s / 2
    child = continued(parent, branch_s, 77)
    before = [step for step in storm_of(parent.table, parent.times) if float(step["at"].split()[0]) < branch_s]
    assert child.table["step"][: len(before)] == before
    assert child.seed == parent.seed, "noise and intermittent faults are those of the parent"
    child.scenario()


def test_in_the_calm_every_fault_is_cleared_and_the_pump_is_on_and_connected():
    for seed in range(30):
        story = draw(seed)
        storm = storm_of(story.table, story.times)
        calm = story.table["step"][len(storm) :]
        assert {step["inject"] for step in storm if "inject" in step} == {
            step["clear"] for step in calm if "clear" in step
        }
        assert [step["do"] for step in calm if step.get("do", "").startswith(("power_on", "connect"))] == [
            "power_on",
            "connect",
        ]
