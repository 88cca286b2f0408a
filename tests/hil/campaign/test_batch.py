"""Many runs at once, and what a build server is told to do with them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli import app
from hil.errors import ScenarioError
from hil.traceability.evidence import read_evidence

DOCS = Path(__file__).resolve().parents[3] / "docs"
RECIPES = (DOCS / "ci" / "github.yml", DOCS / "ci" / "gitlab.yml")

GOOD = """\
name = "good"
duration = "30 min"
requirements = ["THR-04"]
[therapy]
fill = "18 mL"
basal = "60 uL/h"
[[expect]]
truth = "delivered"
equals_programme_within = "15 %"
"""
INVALID = GOOD.replace('"good"', '"invalid"') + '[[step]]\nat = "30 min"\ninject = "head.wear"\n'


@pytest.fixture
def pumpbench(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "good.toml").write_text(GOOD)
    (tmp_path / "set" / "invalid.toml").write_text(INVALID)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_a_folder_on_two_workers_ends_in_the_worst_exit_code_and_leaves_what_the_recipe_keeps(pumpbench):
    done = pumpbench(
        *("run", "set", "-j", "2", "--junit", "j.xml", "--json", "r.json", "--report", "library"),
        *("--evidence", "evidence", "--vcd-failed", "vcd"),
    )
    assert done.exit_code == 4, done.output
    assert "1 pass" in done.output and "1 invalid" in done.output
    (waves,) = Path("vcd").iterdir()
    assert waves.name.startswith("invalid-") and waves.suffix == ".vcd"
    assert 'type="invalid"' in Path("j.xml").read_text()
    assert Path("library/report.html").is_file() and Path("r.json").is_file()
    assert {item.verdict for item in read_evidence(Path("evidence"))} == {"pass", "invalid"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["run"], "--all", id="nothing to run"),
        pytest.param(["run", "slip", "--all"], "--all", id="names and all"),
        pytest.param(["run", "slip", "-j", "0"], "Usage", id="no worker"),
        pytest.param(["run", "slip", "-j", "2", "--target", "serial:/dev/x"], "one scenario", id="two on one board"),
    ],
)
def test_what_cannot_be_run_ends_in_2(pumpbench, arguments, words):
    done = pumpbench(*arguments)
    assert done.exit_code == 2
    assert words in done.output


def test_a_group_of_the_library_is_all_of_its_scenarios(pumpbench):
    refused = pumpbench("run", "link", "--only", "no such label").exception
    assert isinstance(refused, ScenarioError) and "no such label" in str(refused)
    refused = pumpbench("run", "links").exception
    assert isinstance(refused, ScenarioError) and '"link"' in str(refused)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_the_recipe_uses_options_that_exist_and_never_forgives(recipe):
    text = recipe.read_text(encoding="utf-8")
    for command, least in (
        ("run", {"--all", "--junit", "--report", "--vcd-failed"}),
        ("swarm", {"--minutes", "--junit"}),
    ):
        shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
        used = text.split(f"pumpbench {command}")[1].split("pumpbench ")[0]
        options = set(re.findall(r"(?<=\s)--[a-z-]+", used))
        assert least <= options
        assert {option for option in options if option not in shown} == set()
    without_comments = "\n".join(line.split("#")[0] for line in text.splitlines())
    for forgiving in ("continue-on-error", "allow_failure", "|| true"):
        assert forgiving not in without_comments
    assert "always" in text or "!cancelled()" in text, "what was seen is kept when it failed"
