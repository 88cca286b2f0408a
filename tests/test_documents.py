"""The documents name only what is there: make targets, paths, links and a scenario that reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hil.scenario.reader import read_text

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENTS = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def unknown_targets(document: str, makefile: str) -> list[str]:
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, flags=re.MULTILINE))
    return [name for name in re.findall(r"\bmake ([a-z-]+)(?=[`\s])", document) if name not in targets]


def missing_paths(document: str, folder: Path) -> list[str]:
    """Local links, and the first column of a table whose cells are paths, that lead nowhere."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", document)
    rows = re.findall(r"^\| `([\w./-]+/[\w.-]*)` \|", document, flags=re.MULTILINE)
    return [path for path in links + rows if not (folder / path).exists()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_what_is_there(path):
    text = path.read_text(encoding="utf-8")
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert unknown_targets(re.sub(r"and `make`", "", text), makefile) == []
    assert missing_paths(text, path.parent) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_says_what_this_is_not(path):
    text = " ".join(path.read_text(encoding="utf-8").replace(">", " ").split())
    assert "not a medical device and must never be connected to a person" in text


def test_a_document_that_promises_too_much_is_found():
    assert unknown_targets("run `make coffee` or\nmake test\n", "test: x\n") == ["coffee"]
    assert missing_paths("[a](nowhere.md) [b](README.md)\n| `hil/` | x |\n| `teapot/` | y |\n", REPOSITORY) == [
        "nowhere.md",
        "teapot/",
    ]


def test_the_scenario_of_the_first_steps_reads_without_a_complaint():
    text = (REPOSITORY / "docs" / "getting-started.md").read_text(encoding="utf-8")
    [source] = re.findall(r"```toml\n(.*?)```", text, flags=re.DOTALL)
    [scenario] = read_text(source, "stall.toml")
    assert scenario.requirements == ("DET-01", "DET-02")
    assert len(scenario.expectations) == 3
