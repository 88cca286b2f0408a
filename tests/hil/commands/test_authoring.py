"""`pumpbench new` and the newcomer's path: one new file, one command, a verdict with a plot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli import app
from hil.scenario.reader import read_text
from hil.scenario.starter import starter

REPOSITORY = Path(__file__).resolve().parents[3]
README = REPOSITORY / "README.md"


@pytest.fixture
def pumpbench(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_what_new_writes_runs_and_passes(pumpbench):
    assert pumpbench("new", "my_kink").exit_code == 0
    text = Path("my_kink.toml").read_text(encoding="utf-8")
    assert "pumpbench run my_kink.toml" in text and 'name = "My kink"' in text
    done = pumpbench("run", "my_kink.toml", "--report", "out")
    assert done.exit_code == 0, done.output
    assert "CATHETER_OCCLUSION" in done.output
    assert "plotly" in Path("out/report.html").read_text(encoding="utf-8")


def test_new_leaves_a_file_that_is_there_alone(pumpbench):
    Path("mine.toml").write_text("mine")
    assert pumpbench("new", "mine.toml").exit_code == 2
    assert Path("mine.toml").read_text() == "mine"


def test_an_odd_file_name_still_gives_a_scenario_that_reads():
    (scenario,) = read_text(starter('a"b.toml', 'a"b\\c'), "odd")
    assert scenario.name == "A'b/c"


def test_the_path_of_the_newcomer_in_the_readme_ends_in_a_verdict_with_a_plot(pumpbench):
    """The file that the README shows, and the command below it, as they stand there."""
    text = README.read_text(encoding="utf-8")
    section = text.split("## What happens when the catheter kinks while a bolus runs?")[1].split("\n## ")[0]
    (source,) = re.findall(r"```toml\n(.*?)```", section, flags=re.DOTALL)
    (command,) = re.findall(r"^\.venv/bin/pumpbench (run .*)$", section, flags=re.MULTILINE)
    words = command.split()
    Path(words[1]).write_text(source, encoding="utf-8")
    done = pumpbench(*words)
    assert done.exit_code == 0, done.output
    assert done.output.count("   pass  ") == source.count("[[expect]]")
    report = Path(words[words.index("--report") + 1]) / "report.html"
    assert "catheter.kink" in report.read_text(encoding="utf-8")
