"""Who guards the guard: the swarm finds a broken firmware, or says that it is blind."""

from __future__ import annotations

import json

import msgspec
import pytest
from typer.testing import CliRunner

from hil.cli import app
from hil.quality.canaries.__main__ import _swarm
from hil.quality.canaries.catalogue import canaries
from hil.swarm import guard
from hil.swarm.guard import MUST_BE_FOUND, Search, Sighting, blind_to, search, shown


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
