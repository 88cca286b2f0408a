"""Who guards the guard: the swarm finds a broken firmware, or says that it is blind."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from hil.cli import app
from hil.quality.canaries.__main__ import _swarm
from hil.quality.canaries.catalogue import canaries
from hil.swarm import guard, likely
from hil.swarm.guard import MUST_BE_FOUND, Search, Sighting, blind_to, search, shown
from hil.swarm.story import draw


def test_the_canary_that_must_be_found_is_found():
    assert set(MUST_BE_FOUND) <= {canary.id for canary in canaries()}
    assert blind_to() == ""


def test_a_canary_whose_text_is_not_there_is_told(monkeypatch):
    gone = msgspec.structs.replace(canaries()[0], old="no such text in this file")
    monkeypatch.setattr(guard, "canaries", lambda: [gone])
    assert "0 times" in shown(search(Search(gone.id, 0, 5)))


def test_a_blind_swarm_ends_with_the_exit_code_of_a_broken_bench(monkeypatch):
    monkeypatch.setattr("hil.commands.swarm.blind_to", lambda: "made-up")
    answer = CliRunner().invoke(app, ["swarm", "--stories", "1"])
    assert answer.exit_code == 3


def test_the_page_has_a_line_for_each_broken_firmware_that_the_swarm_is_asked_about():
    page = (Path(__file__).resolve().parents[3] / "docs" / "swarm-canaries.md").read_text(encoding="utf-8")
    lines = [line for line in guard.document({}).splitlines() if line.startswith("| `")]
    assert lines
    for line in lines:
        assert line.partition(" | ")[0] in page, "python -m hil.swarm.guard --document docs/swarm-canaries.md"


def test_what_a_search_needs_and_why_it_fails_are_said_of_broken_firmwares_that_there_are():
    known = {canary.id for canary in canaries()}
    assert {*likely.NEEDS, *likely.OUT_OF_REACH} <= known


@pytest.mark.parametrize("canary", ["stall-unseen", "silence-for-ever"])
def test_a_search_lives_all_of_the_same_stories_only_in_another_order(canary):
    found = likely.ordered(canary, 0, 100)
    assert sorted(number for number, _story in found) == list(range(1, 101))
    assert all(story.text == draw(number - 1).text for number, story in found)
    assert set(likely.NEEDS[canary]) & likely.things(found[0][1])


@pytest.mark.parametrize(
    ("sighting", "text"),
    [
        (Sighting("x", 3, 10, "way_back: mode FAULT"), "within 3: way_back: mode FAULT"),
        (Sighting("x", None, 10), "not in 10 stories"),
    ],
)
def test_a_sighting_is_a_cell_of_the_table_of_canaries(tmp_path, sighting, text):
    file = tmp_path / "canaries.json"
    file.write_text(json.dumps({"x": {"shown": shown(sighting)}}))
    assert _swarm(file) == {"x": text}
    assert _swarm(None) == {}
