"""Hunting, cutting down, climbing, and how much clean stories say."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from hil.cli import app
from hil.swarm import hunt as hunting
from hil.swarm import open_faults, store
from hil.swarm import shrink as shrinking
from hil.swarm.climb import CONFIRMED, NOT_RUN, SIM_ONLY, Rung, climb, word_of
from hil.swarm.findability import most_frequent_unseen, stories_until_believed
from hil.swarm.hunt import Catch, Outcome, Task, hunt, tell
from hil.swarm.judging import Violation
from hil.swarm.open_faults import open_fault
from hil.swarm.report import Failure, as_json, write_page, write_swarm_junit
from hil.swarm.story import Story, assemble, draw, storm_of

BROKEN = Violation("way_back", "ALM-05", 10**9, "mode FAULT", "mode FAULT")


@pytest.mark.requirement("ALM-05", "THR-13")
@pytest.mark.parametrize("seed", [11, 14])
def test_a_fresh_story_is_clean(seed):
    outcome = tell(Task(seed))
    assert outcome.broken == ""
    assert outcome.new == ()
    assert outcome.states


@pytest.mark.slow
@pytest.mark.requirement("ALM-05", "THR-13")
@pytest.mark.parametrize("path", store.stored(), ids=lambda path: path.stem)
def test_a_story_that_once_failed_does_not_fail_again(path):
    scenario, story = store.read(path)
    assert [each for each in store.judged(scenario) if open_fault(each.kind, story.table) is None] == []


@pytest.mark.slow
def test_the_same_seeds_give_the_same_stories_on_one_worker_and_on_two(monkeypatch):
    monkeypatch.setattr(hunting, "ROUND", 8)
    monkeypatch.setattr(hunting, "CONTINUED", 4)
    monkeypatch.setattr(hunting, "FAMILY", 2)

    def found(workers: int) -> tuple[list[str], Catch]:
        names: list[str] = []
        catch = hunt(500, 16, None, workers, lambda catch, outcome: names.append(outcome.story.table["name"]))
        return sorted(names), catch

    (names, one), (others, two) = found(1), found(2)
    assert names == others
    assert one.states == two.states
    assert any(" from " in name for name in names), "the second round goes on from what the first one reached"
    assert one.forked == two.forked > 0 and one.shared_s == two.shared_s


def test_a_hunt_counts_clean_failed_and_open_stories_apart(monkeypatch):
    known = Violation("made_up", "LNK-02", 0, "late", "late")
    violations = {0: (BROKEN,), 1: (known,), 2: ()}
    monkeypatch.setattr(open_faults, "OPEN", (open_faults.OpenFault("made up", (known.kind,), "nowhere"),))
    monkeypatch.setattr(hunting, "tell", lambda task: Outcome(task.story(), violations[task.seed]))
    monkeypatch.setattr(hunting, "call_all", _here)
    catch = hunt(0, 3, None, 1)
    assert (catch.outcomes, catch.clean, len(catch.failed)) == (3, 2, 1)
    assert catch.known == {"made up": 1}


def _here(function, arguments, workers, done):
    for number, argument in enumerate(arguments):
        done(number, hunting.tell(argument))


def test_a_failing_story_is_cut_down_to_the_step_that_matters(monkeypatch):
    story = draw(5)
    storm = [*storm_of(story.table, story.times)]
    storm.insert(2, {"at": "600.00 s", "inject": "motor.stall", "duration": "600 s", "expect": {"any": True}})
    parts = {key: story.table[key] for key in ("start_clock", "bench", "therapy")}
    whole = assemble("Story 5", 5, parts, storm, 1_739.0)

    def is_stalled(story: Story) -> bool:
        return any(step.get("inject") == "motor.stall" for step in story.table["step"])

    monkeypatch.setattr(shrinking, "fails", lambda story, kind, target="sim": is_stalled(story))
    monkeypatch.setattr(shrinking, "fail_together", lambda stories, kind: [is_stalled(story) for story in stories])
    smallest, tries = shrinking.shrink(whole, "way_back: mode FAULT", 30.0)
    assert [step.get("inject") for step in storm_of(smallest.table, smallest.times)] == ["motor.stall"]
    assert any(step.get("clear") == "motor.stall" for step in smallest.table["step"]), "what is left stays mended"
    assert tries > 3


def test_a_fault_that_a_target_cannot_have_is_not_run_there():
    parts = {key: draw(5).table[key] for key in ("start_clock", "bench", "therapy")}
    flip = {"at": "600.00 s", "inject": "ram.bit_flip", "expect": {"any": True}}
    story = assemble("Story 5", 5, parts, [flip], 900.0)
    (rung,) = climb(story, "way_back: mode FAULT", ["mpy"])
    assert rung.word == NOT_RUN and "ram.bit_flip" in rung.why


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ([], NOT_RUN),
        ([NOT_RUN], NOT_RUN),
        ([CONFIRMED, NOT_RUN], CONFIRMED),
        ([CONFIRMED, SIM_ONLY], SIM_ONLY),
    ],
)
def test_the_word_of_a_climb_is_that_of_the_targets_that_were_run(words, word):
    assert word_of([Rung("mpy", each) for each in words]) == word


def test_what_clean_stories_say_is_a_bound():
    assert most_frequent_unseen(0) == 1.0
    assert most_frequent_unseen(2_000) == pytest.approx(0.001497, rel=1e-3)
    assert stories_until_believed(1, 500) == 1_497
    assert stories_until_believed(5, 5) == 1
    with pytest.raises(ValueError):
        stories_until_believed(0, 5)


def test_a_failure_is_in_the_page_in_junit_and_in_json(tmp_path):
    story = draw(5)
    catch = Catch(outcomes=10, clean=9, failed=[Outcome(story, (BROKEN,))])
    failure = Failure(BROKEN, story, 1, 10, "pumpbench swarm x.toml", rungs=[Rung("mpy", SIM_ONLY, "no violation")])
    page = write_page(catch, [failure], "pumpbench swarm", tmp_path).read_text()
    write_swarm_junit(catch, [failure], "sim", tmp_path / "swarm.xml")
    junit = (tmp_path / "swarm.xml").read_text()
    for text in (page, junit):
        assert "pumpbench swarm x.toml" in text and SIM_ONLY in text
    (row,) = as_json(catch, [failure], 0)["violations"]
    assert (row["kind"], row["climb"], row["clean_until_believed_gone"]) == ("way_back: mode FAULT", SIM_ONLY, 29)
    json.dumps(row)


def test_the_command_writes_a_story_and_refuses_an_unknown_target(tmp_path):
    path = tmp_path / "story.toml"
    assert CliRunner().invoke(app, ["swarm", "--seed", "5", "--write", str(path)]).exit_code == 0
    assert path.read_text() == draw(5).text
    answer = CliRunner().invoke(app, ["swarm", "--stories", "1", "--climb", "moon"])
    assert answer.exit_code == 2
