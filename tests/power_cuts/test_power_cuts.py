"""A seeded sample of what `make power-cuts` sweeps: cuts at flash operations, and again in the recovery."""

import random

import pytest

from tests.power_cuts.stories import STORIES
from tests.power_cuts.sweep import recovery_cuts, sample
from tests.power_cuts.trial import PLACES, Cut, Trial

QUICK = tuple(story for story in STORIES if story.name not in ("log ring", "journal until littlefs relocates"))


@pytest.mark.requirement("INT-04", "INT-05")
@pytest.mark.parametrize("story", QUICK, ids=lambda story: story.name)
def test_after_a_cut_the_state_is_that_before_or_that_after(story):
    trial = Trial(story)
    rng = random.Random(story.name)
    complaints = {}
    cut = 0
    for point in (*sample(trial, rng, 12), *recovery_cuts(trial, rng, 4)):
        outcome = trial.run(point)
        cut += outcome.has_cut
        if outcome.complaints:
            complaints[str(point)] = outcome.complaints
    trial.close()
    assert complaints == {}
    assert cut >= 10, "the power must really have gone"


@pytest.mark.requirement("INT-04")
def test_the_checks_see_a_pump_that_lost_its_programme():
    """The sweep itself can fail: a state that is neither before nor after is told."""
    trial = Trial(STORIES[0])
    trial.before["prescription"] = trial.after["prescription"] = {"segments": []}
    outcome = trial.run(Cut(trial.operations // 2, PLACES[0]))
    trial.close()
    assert any("prescription" in complaint for complaint in outcome.complaints)
