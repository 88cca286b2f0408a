"""The documents name only what is there: make targets, paths, links and a scenario that reads.

A document's name counts wherever it stands, comments and docstrings of the source included.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from hil.scenario.reader import read_text

REPOSITORY = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    REPOSITORY / "README.md",
    REPOSITORY / "CONTRIBUTING.md",
    *sorted((REPOSITORY / "docs").glob("*.md")),
]
ROOMS = ("docs", "emulator", "firmware", "hil", "protocols", "tests")
TEXTS = {".py", ".md", ".toml", ".yml", ".json", ".j2", ".css", ".js", ".txt"}


def unknown_targets(document: str, makefile: str) -> list[str]:
    targets = set(re.findall(r"^([a-z][\w-]*):", makefile, flags=re.MULTILINE))
    return [name for name in re.findall(r"\bmake ([a-z-]+)(?=[`\s])", document) if name not in targets]


def missing_paths(document: str, folder: Path) -> list[str]:
    """Local links, and the first column of a table whose cells are paths, that lead nowhere."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", document)
    rows = re.findall(r"^\| `([\w./-]+/[\w.-]*)` \|", document, flags=re.MULTILINE)
    return [path for path in links + rows if not (folder / path).exists()]


@cache
def source_files() -> tuple[Path, ...]:
    """Every text file of the project, the root folder's included; not what a tool or a run has put there."""
    found = [path for path in REPOSITORY.iterdir() if path.is_file() and not path.name.startswith(".")]
    for room in ROOMS:
        found += [path for path in (REPOSITORY / room).rglob("*") if "__pycache__" not in path.parts]
    return tuple(sorted(path for path in found if path.suffix in TEXTS or path.name == "Makefile"))


def missing_documents(text: str, folder: Path) -> list[str]:
    """Names of documents, with a path or bare, that belong to no file: of the folder, of the root, or anywhere."""
    known = {path.name for path in source_files()}
    found = []
    for name in re.findall(r"(?<![\w/.-])[\w./-]*\w\.md\b", text):
        is_there = (folder / name).exists() or (REPOSITORY / name.lstrip("/")).exists()
        is_made_by_a_run = name.startswith("out/")
        if not (is_there or is_made_by_a_run) and ("/" in name or name not in known):
            found.append(name)
    return found


def test_no_file_names_a_document_that_is_not_there():
    missing = {
        str(path.relative_to(REPOSITORY)): names
        for path in source_files()
        if path != Path(__file__).resolve()  # its examples lead nowhere on purpose
        and (names := missing_documents(path.read_text(encoding="utf-8"), path.parent))
    }
    assert missing == {}


def missing_sources(text: str) -> list[str]:
    """Paths of files, written from the root folder, that lead nowhere."""
    rooms = "|".join(ROOMS)
    named = re.findall(rf"(?<![\w/.-])(?:{rooms})/[\w./-]*\w\.(?:py|toml|json|txt|md|yml|css|js|j2)\b", text)
    return [path for path in named if not (REPOSITORY / path).exists()]


def test_no_file_of_the_product_names_a_source_that_is_not_there():
    tests = REPOSITORY / "tests"  # they make up files on purpose
    product = [path for path in source_files() if tests not in path.parents]
    missing = {str(path): names for path in product if (names := missing_sources(path.read_text(encoding="utf-8")))}
    assert missing == {}
    assert missing_sources("see hil/nowhere.py and firmware/main.py") == ["hil/nowhere.py"]


def missing_beside(document: str, folder: Path) -> list[str]:
    """Paths in backquotes, like `core/units.py`, that lead nowhere from the document's folder and from the root."""
    named = re.findall(r"`(\w[\w-]*/[\w./-]+\.(?:py|toml|json|txt))`", document)
    found = [path for path in named if not ((folder / path).exists() or (REPOSITORY / path).exists())]
    return [path for path in found if not path.startswith("out/")]  # made by a run


@pytest.mark.parametrize("path", [path for path in source_files() if path.suffix == ".md"], ids=lambda path: path.name)
def test_paths_in_a_document_lead_somewhere(path):
    assert missing_beside(path.read_text(encoding="utf-8"), path.parent) == []


def test_a_path_beside_a_document_that_leads_nowhere_is_found():
    text = "`core/units.py` `core/unity.py` `hil/cli.py` `out/results.json`"
    assert missing_beside(text, REPOSITORY / "firmware") == ["core/unity.py"]


def test_a_name_of_no_document_is_found_bare_and_with_a_path():
    text = '"""Physics (nowhere.md, hil/ICD.md), wire (protocols/ICD.md, ICD.md)."""'
    assert missing_documents(text, REPOSITORY / "emulator") == ["nowhere.md", "hil/ICD.md"]


@cache
def defined_in(path: Path) -> frozenset[str]:
    """Functions, classes and their members of one Python file, as `name` and `Class.name`."""
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
            inside = node.body if isinstance(node, ast.ClassDef) else []
            names |= {f"{node.name}.{item.name}" for item in inside if isinstance(item, ast.FunctionDef)}
    return frozenset(names)


def missing_code(document: str) -> list[str]:
    """References `file::name` to a file, function or class that is not there. Names inherited are not looked up."""
    found = []
    for file, name in re.findall(r"`([\w./-]+\.py)::([\w.]+)`", document):
        path = REPOSITORY / file
        if not path.is_file() or name not in defined_in(path):
            found.append(f"{file}::{name}")
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_code_that_is_there(path):
    assert missing_code(path.read_text(encoding="utf-8")) == []


def test_the_walks_name_code_in_every_step():
    walks = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8").split("# Three walks")[1]
    steps = re.split(r"^\d+\. ", walks, flags=re.MULTILINE)
    assert [step for step in steps[1:] if "::" not in step] == []
    assert len(steps) > 25


def test_a_name_of_no_code_is_found():
    text = "`hil/cli.py::main` `hil/cli.py::mane` `hil/clay.py::main` `emulator/nets.py::Nets.x`"
    assert missing_code(text) == ["hil/cli.py::mane", "hil/clay.py::main", "emulator/nets.py::Nets.x"]
    assert missing_code("`emulator/nets.py::DigitalNet.emit`") == []


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


def test_the_ready_jobs_name_each_action_by_its_commit_and_install_fixed_versions():
    workflow = (REPOSITORY / "docs/ci/github.yml").read_text()
    actions = re.findall(r"uses: (\S+)", workflow)
    assert actions and all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in actions), actions
    for job in ("github.yml", "gitlab.yml"):
        assert "pip install -c docs/ci/constraints.txt" in (REPOSITORY / "docs/ci" / job).read_text()


def test_the_fixed_versions_cover_what_the_package_needs():
    """`make constraints` writes them."""
    needed = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    fixed = (REPOSITORY / "docs/ci/constraints.txt").read_text().lower().replace("_", "-")
    missing = [name for line in needed if (name := re.split(r"[<>=]", line)[0]) and f"\n{name}==" not in fixed]
    assert missing == []
