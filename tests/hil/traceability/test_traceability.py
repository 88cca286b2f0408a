"""Requirement -> tests and scenarios -> targets -> last verdict: what is a hole, and who fails on it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli import app
from hil.commands import requirements as command_module
from hil.traceability.evidence import Evidence, read_evidence, write_evidence
from hil.traceability.matrix import REPOSITORY, Cell, as_markdown, cell_text, claims_of_library, claims_of_tests, matrix
from hil.words.requirements import requirements

AT = "2026-03-02T08:00:00+00:00"
LATER = "2026-03-02T09:00:00+00:00"


def seen(requirement="THR-01", name="t", target="sim", verdict="pass", at=AT) -> Evidence:
    return Evidence(requirement, "test", name, target, verdict, at)


def row_of(rows, requirement="THR-01"):
    return next(row for row in rows if row.requirement.id == requirement)


def test_every_requirement_is_claimed_by_a_test_or_a_scenario():
    tests, scenarios = claims_of_tests(REPOSITORY / "tests"), claims_of_library()
    assert [name for name in requirements() if name not in tests and name not in scenarios] == []
    assert not set(tests) - set(requirements())


def test_claims_are_read_from_functions_classes_parameters_and_modules(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        "import pytest\npytestmark = pytest.mark.requirement('THR-01')\n"
        "@pytest.mark.requirement('THR-02', 'THR-03')\ndef test_a(): pass\n"
        "@pytest.mark.requirement('THR-04')\nclass TestB:\n    pass\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.requirement('THR-05'))])\n"
        "def test_c(x): pass\n"
    )
    assert claims_of_tests(tmp_path / "tests") == {
        "THR-01": ["tests/test_x.py"],
        "THR-02": ["tests/test_x.py::test_a"],
        "THR-03": ["tests/test_x.py::test_a"],
        "THR-04": ["tests/test_x.py::TestB"],
        "THR-05": ["tests/test_x.py::test_c"],
    }


@pytest.mark.parametrize(
    ("claims", "evidence", "hole"),
    [
        pytest.param([], [], "no test and no scenario names it", id="nobody claims it"),
        pytest.param(["t"], [], "never run", id="a claim that was never run"),
        pytest.param(["t"], [seen()], "", id="shown"),
        pytest.param(["t"], [seen(verdict="fail")], "sim fail", id="failed"),
        pytest.param(["t"], [seen(verdict="fail"), seen(at=LATER)], "", id="failed, then passed"),
        pytest.param(["t"], [seen(), seen(verdict="invalid", at=LATER)], "sim invalid", id="passed, then invalid"),
        pytest.param(["t"], [seen(), seen(target="chip", verdict="infra")], "chip infra", id="one target is bad"),
        pytest.param(["t"], [seen(verdict="skip")], "skipped everywhere", id="only skipped"),
        pytest.param(["t"], [seen(), seen(name="u", verdict="skip")], "", id="one skipped beside one that passed"),
        pytest.param(["t"], [seen(), seen(target="mpy", verdict="skip")], "", id="skipped on one target"),
    ],
)
def test_what_is_a_hole(tmp_path, claims, evidence, hole):
    write_evidence(tmp_path, evidence)
    rows = matrix({"THR-01": claims} if claims else {}, {}, read_evidence(tmp_path))
    assert row_of(rows).hole == hole
    assert len(rows) == len(requirements())


def test_the_last_file_counts_whatever_its_order(tmp_path):
    write_evidence(tmp_path, [seen(at=LATER)])
    write_evidence(tmp_path, [seen(verdict="fail")])
    assert row_of(matrix({}, {}, read_evidence(tmp_path))).hole == ""


def test_a_cell_says_how_many():
    assert cell_text(None) == "-"
    assert cell_text(Cell({"pass": 3})) == "pass 3"
    assert cell_text(Cell({"pass": 3, "fail": 1})) == "fail 1 of 4"


def test_the_page_has_a_line_for_every_requirement():
    lines = as_markdown(matrix({"DET-13": ["t"]}, {"DET-13": ["microleak"]}, [seen("DET-13")])).splitlines()
    assert len(lines) == 2 + len(requirements())
    (line,) = [line for line in lines if line.startswith("| DET-13 |")]
    assert line.endswith("| 1 | microleak | pass 1 | - |")


def test_the_command_names_the_holes_and_fails_only_when_asked(tmp_path, monkeypatch):
    folder = tmp_path / "evidence"
    monkeypatch.setattr(command_module, "claims_of_tests", cache(claims_of_tests))  # three times the same tests
    write_evidence(folder, [seen(name) for name in requirements() if name != "DET-13"])
    command = ["requirements", "--evidence", str(folder), "--json", str(tmp_path / "m.json")]
    assert CliRunner().invoke(app, command).exit_code == 0
    refused = CliRunner().invoke(app, [*command, "--check"])
    assert refused.exit_code == 1
    assert "DET-13: never run" in refused.output
    write_evidence(folder, [seen("DET-13")])
    assert CliRunner().invoke(app, [*command, "--check"]).exit_code == 0
    rows = json.loads(Path(tmp_path / "m.json").read_text())
    assert all(row["targets"] == {"sim": {"verdicts": {"pass": 1}}} for row in rows)
