"""Stories that begin alike are lived once up to where they part, and are the same as lived alone."""

from __future__ import annotations

import pytest

from hil.campaign.forking import can_fork
from hil.campaign.outcomes import Outcome as TrialOutcome
from hil.quality.canaries.catalogue import canaries, edit
from hil.swarm.family import Seen, live_together, seen_in
from hil.swarm.hunt import Task, tell
from hil.swarm.judging import judge
from hil.swarm.life import live
from hil.swarm.shrink import fail_together, fails
from hil.swarm.story import PARTS, Story, assemble, continued, draw, looked_at_alike, storm_of
from hil.targets import firmware_source

PARENT = 14

pytestmark = pytest.mark.skipif(not can_fork(), reason="this system cannot fork a process: every story is lived alone")


def children(count: int, parent: Story | None = None) -> list[Story]:
    parent = parent or draw(PARENT)
    branch_s = round(parent.times.calm_s * 0.8, 2)
    return looked_at_alike([continued(parent, branch_s, 900 + number) for number in range(count)])


def test_stories_of_one_parent_are_looked_at_at_the_same_moments_and_end_at_their_own():
    parent = draw(PARENT)
    alone = [continued(parent, 1_000.0, 900 + number) for number in range(4)]
    together = looked_at_alike(alone)
    assert len({story.table["duration"] for story in together}) == 1
    for before, story in zip(alone, together, strict=True):
        assert story.scenario().duration_ns == before.scenario().duration_ns
        assert [step.action for step in story.scenario().steps] == [step.action for step in before.scenario().steps]


def test_a_forked_story_is_that_of_a_fresh_life_bit_for_bit():
    stories = children(2)
    found: dict[int, tuple[Seen | None, TrialOutcome]] = {}
    live_together(stories, 1, False, lambda number, seen, outcome: found.update({number: (seen, outcome)}))
    for number, story in enumerate(stories):
        seen, outcome = found[number]
        life = live(story.scenario())
        assert life.result is not None
        assert seen == seen_in(life)
        assert outcome.result.event_log_sha256 == life.result.event_log_sha256
        assert outcome.shared_s > 0


@pytest.mark.slow
def test_a_family_costs_less_of_a_processor_than_its_stories_alone():
    drawn = (draw(seed) for seed in range(1_000))
    parent = next(each for each in drawn if each.times.calm_s > 20_000 and each.times.end_s < 1.25 * each.times.calm_s)
    stories = children(4, parent)
    forked_s: list[float] = []
    live_together(stories, 1, True, lambda number, seen, outcome: forked_s.append(outcome.cpu_s))
    alone_s = [tell(Task(number, story)).cpu_s for number, story in enumerate(stories)]
    assert sum(forked_s) < 0.8 * sum(alone_s)


@pytest.mark.slow
def test_candidates_of_a_cut_fail_together_as_they_fail_alone():
    """A broken firmware in place of a fault: the rotor's angle is not asked before a stroke."""
    parent = draw(PARENT)
    storm = storm_of(parent.table, parent.times)
    parts = {key: parent.table[key] for key in PARTS}
    candidates = [
        assemble("cut", parent.seed, parts, storm[:left] + storm[left + 1 :], parent.times.calm_s - 60.0)
        for left in range(min(len(storm), 6))
    ]
    canary = next(each for each in canaries() if each.id == "indexer-not-aligned")
    with firmware_source.edited(edit(canary)):
        kinds = [violation.kind for violation in judge(live(parent.scenario()))]
        together = fail_together(candidates, kinds[0])
        assert together == [fails(candidate, kinds[0]) for candidate in candidates]
    assert any(together)
