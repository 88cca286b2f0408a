"""What `pumpbench scenarios` and `pumpbench faults` tell a person and a program."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from hil.cli import app
from hil.scenario.reader import library_files
from hil.words.bench import fault_catalogue


def shown(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_library_fits_a_narrow_terminal():
    lines = shown("scenarios").splitlines()
    assert len(lines) < 3 * len(library_files())
    assert all(any(name in line for line in lines) for name in library_files())


def test_a_group_is_shown_with_its_reasons():
    words = " ".join(shown("scenarios", "link").split())
    assert "The line is flooded with random bytes" in words
    assert "not one stroke may come late" in words
    assert "link.flood" in words and "LNK-03" in words
    assert "kink_during_bolus" not in words


def test_programs_get_every_scenario_and_every_fault_as_an_object():
    rows = json.loads(shown("scenarios", "--json"))
    assert [row["name"] for row in rows] == list(library_files())
    assert all(row["why"] and row["requirements"] and row["duration_s"] > 0 for row in rows)
    faults = json.loads(shown("faults", "--json"))
    assert [row["id"] for row in faults] == list(fault_catalogue())
    (lag,) = [row["parameters"]["lag"] for row in faults if row["id"] == "motor.magnetic_field"]
    assert lag == {"kind": "time", "allowed": "0 s to 1 d", "default": lag["default"]}


def test_what_stands_in_brackets_is_not_taken_for_markup():
    assert "clear [fault=ID]" in shown("inject", "--help")
