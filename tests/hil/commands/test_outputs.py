"""Outputs that cannot be written are found before the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli import app


@pytest.mark.parametrize("option", ["--json", "--junit", "--vcd"])
@pytest.mark.parametrize("place", ["nowhere/file", "."], ids=["no folder", "a folder"])
def test_a_file_that_cannot_be_written_ends_in_2_before_the_run(option, place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hil.commands.run.run_job", lambda *_: pytest.fail("the run has begun"))
    done = CliRunner().invoke(app, ["run", "demo_week", option, place])
    assert done.exit_code == 2
    assert option in done.output and "cannot be written" in done.output


@pytest.mark.parametrize("option", ["--report", "--vcd-failed", "--csv", "--evidence"])
def test_a_folder_that_cannot_be_written_ends_in_2_before_the_run(option, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hil.commands.run.run_job", lambda *_: pytest.fail("the run has begun"))
    Path("file").write_text("")
    done = CliRunner().invoke(app, ["run", "demo_week", option, "file/folder"])
    assert done.exit_code == 2
    assert option in done.output and "cannot be written" in done.output
