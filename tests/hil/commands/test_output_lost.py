"""Standard output that goes away or takes nothing: the files of a run are written all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = """\
name = "{name}"
duration = "1 min"
[therapy]
fill = "18 mL"
basal = "60 uL/h"
[[expect]]
{expectation}
"""
HOLDS = 'never = "MOTOR_STALL"'
FAILS = 'alarm = "MOTOR_STALL"'


def run_to(stdout, folder: Path, expectation: str, name: str = "short", **environment: str):
    (folder / "s.toml").write_text(SCENARIO.format(name=name, expectation=expectation), encoding="utf-8")
    command = [sys.executable, "-m", "hil.cli", "run", "s.toml", "--json", "r.json", "--junit", "j.xml"]
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), **environment}
    return subprocess.run(command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize(("expectation", "code"), [(HOLDS, 0), (FAILS, 1)], ids=["pass", "fail"])
def test_a_reader_that_goes_away_changes_neither_files_nor_exit_code(tmp_path, expectation, code):
    reading, writing = os.pipe()
    os.close(reading)
    done = run_to(writing, tmp_path, expectation)
    os.close(writing)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "r.json").read_text())[0]["verdict"] == ("pass" if code == 0 else "fail")
    assert (tmp_path / "j.xml").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full, which takes no byte, is of Linux")
def test_a_full_output_is_infrastructure_and_the_files_are_written(tmp_path):
    with open("/dev/full", "w") as full:
        done = run_to(full, tmp_path, HOLDS)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr and "standard output" in done.stderr
    assert (tmp_path / "r.json").is_file() and (tmp_path / "j.xml").is_file()


def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path):
    done = run_to(subprocess.PIPE, tmp_path, HOLDS, name="ポンプ", PYTHONIOENCODING="latin-1")
    assert done.returncode == 0, done.stderr
    assert "\\u30dd" in done.stdout


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path):
    done = run_to(subprocess.PIPE, tmp_path, HOLDS, name="a\\u001b]0;title\\u0007b [bold]c")
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
    assert "[bold]c" in done.stdout
