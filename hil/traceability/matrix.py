"""Requirement -> tests and scenarios -> targets -> last verdict, with the holes.

What claims to show a requirement is read from the sources: markers of tests, `requirements` of scenarios.
What it showed comes from evidence. A claim without a verdict is a hole like a requirement without a claim.

PyPI has three packages for this. jamb keeps requirements as a tree of YAML documents with reviews and publishes
Word files; medver-pytest has verification functions and report documents of its own; pytest-verifies marks tests
and merges runs from shards, an idea that is taken over here. None knows scenario files as evidence, a verdict
`invalid`, or several targets that each show a requirement again, so this stays a small module of our own.
"""

from __future__ import annotations

import ast
import tomllib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from hil.scenario.reader import library_files
from hil.traceability.evidence import Evidence
from hil.words.requirements import Requirement, requirements

REPOSITORY = Path(__file__).resolve().parents[2]
_WORST_FIRST = ("fail", "invalid", "infra", "blocked", "skip", "pass")


class Cell(msgspec.Struct):
    """What one target says of one requirement: the last verdicts of its tests and scenarios."""

    verdicts: dict[str, int]

    @property
    def verdict(self) -> str:
        """The worst of them; what was skipped says nothing beside one that passed."""
        if self.verdicts.get("pass") and not any(self.verdicts.get(word) for word in _WORST_FIRST[:3]):
            return "pass"
        return next(word for word in _WORST_FIRST if self.verdicts.get(word))


class Row(msgspec.Struct):
    """One requirement. `tests` and `scenarios` claim to show it; `hole` says what is missing, "" nothing."""

    requirement: Requirement
    tests: list[str]
    scenarios: list[str]
    targets: dict[str, Cell]
    hole: str


def claims_of_tests(root: Path) -> dict[str, list[str]]:
    """Requirement -> tests below `root` whose marker names it, as path::function."""
    claims: dict[str, list[str]] = {}
    for file in sorted(root.rglob("test_*.py")):
        path = file.relative_to(root.parent).as_posix()
        for node in _statements(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                for requirement in _marked(node.decorator_list):
                    claims.setdefault(requirement, []).append(f"{path}::{node.name}")
            elif isinstance(node, ast.Assign) and any(
                isinstance(name, ast.Name) and name.id == "pytestmark" for name in node.targets
            ):
                for requirement in _marked([node.value]):
                    claims.setdefault(requirement, []).append(path)
    return claims


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """All of them, those inside others after them; no expressions, which are most of a tree."""
    left: deque[ast.AST] = deque([tree])
    while left:
        node = left.popleft()
        yield node
        left.extend(
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case)
        )


def _marked(nodes: Iterable[ast.AST]) -> list[str]:
    """The ids in calls of `pytest.mark.requirement` somewhere below the nodes."""
    return [
        argument.value
        for top in nodes
        for node in ast.walk(top)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement"
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def claims_of_library() -> dict[str, list[str]]:
    """Requirement -> scenarios of the library that name it."""
    claims: dict[str, list[str]] = {}
    for name, file in library_files().items():
        for requirement in tomllib.loads(file.read_text(encoding="utf-8")).get("requirements", []):
            claims.setdefault(requirement, []).append(name)
    return claims


def matrix(tests: dict[str, list[str]], scenarios: dict[str, list[str]], evidence: Sequence[Evidence]) -> list[Row]:
    """A row for every requirement, in the order of the list."""
    last: dict[tuple[str, str, str], Evidence] = {}
    for item in evidence:
        last[item.requirement, item.target, item.name] = item
    rows = []
    for name, requirement in requirements().items():
        targets: dict[str, Cell] = {}
        for (of, target, _), item in last.items():
            if of == name:
                cell = targets.setdefault(target, Cell({}))
                cell.verdicts[item.verdict] = cell.verdicts.get(item.verdict, 0) + 1
        hole = _hole(bool(tests.get(name) or scenarios.get(name)), targets)
        rows.append(Row(requirement, tests.get(name, []), scenarios.get(name, []), dict(sorted(targets.items())), hole))
    return rows


def _hole(is_claimed: bool, targets: dict[str, Cell]) -> str:
    if not is_claimed and not targets:
        return "no test and no scenario names it"
    if not targets:
        return "never run"
    bad = [f"{target} {cell.verdict}" for target, cell in targets.items() if cell.verdict not in ("pass", "skip")]
    if bad:
        return ", ".join(bad)
    return "" if any(cell.verdict == "pass" for cell in targets.values()) else "skipped everywhere"


def as_markdown(rows: Sequence[Row]) -> str:
    """The matrix as a page of Markdown."""
    targets = sorted({target for row in rows for target in row.targets})
    lines = [
        "| requirement | text | tests | scenarios | " + " | ".join([*targets, "hole"]) + " |",
        "|---|---|---|---|" + "---|" * (len(targets) + 1),
    ]
    for row in rows:
        cells = [cell_text(row.targets.get(target)) for target in targets]
        shown = [row.requirement.id, row.requirement.text, str(len(row.tests)), ", ".join(row.scenarios) or "-"]
        lines.append("| " + " | ".join([*shown, *cells, row.hole or "-"]) + " |")
    return "\n".join(lines) + "\n"


def cell_text(cell: Cell | None) -> str:
    """Like "pass 12" or "fail 1 of 12"."""
    if cell is None:
        return "-"
    count = sum(cell.verdicts.values())
    verdict = cell.verdict
    return f"pass {count}" if verdict == "pass" else f"{verdict} {cell.verdicts[verdict]} of {count}"
