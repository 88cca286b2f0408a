"""The table at the end of a run: a row per conformance test, a column per target, skipped cells explained."""

from __future__ import annotations

import re
from typing import Any

TARGETS = ("sim", "mpy", "chip", "board")
_FOLDER = "tests/conformance/"
_WORDS = {"passed": "pass", "failed": "FAIL", "error": "ERROR", "skipped": "skip"}
_PARAMETERS = re.compile(r"^(?P<name>[^\[]+)\[(?P<words>.+)\]$")


def cell_of(node_id: str) -> tuple[str, str] | None:
    """(row, target) of a conformance test; None for any other one."""
    if _FOLDER not in node_id:
        return None
    found = _PARAMETERS.match(node_id.rpartition("::")[2])
    if found is None:
        return None
    words = found["words"].split("-")
    target = next((word for word in words if word in TARGETS), None)
    if target is None:
        return None
    rest = [word for word in words if word != target]
    name = found["name"].removeprefix("test_").replace("_", " ")
    return name + (f" ({', '.join(rest)})" if rest else ""), target


def table(outcomes: list[tuple[str, str, str]]) -> list[str]:
    """Lines for (node id, outcome, reason of a skip) in order of the tests."""
    rows: dict[str, dict[str, str]] = {}
    reasons: list[str] = []
    for node_id, outcome, reason in outcomes:
        cell = cell_of(node_id)
        if cell is None:
            continue
        word = _WORDS.get(outcome, outcome)
        if outcome == "skipped":
            if reason not in reasons:
                reasons.append(reason)
            word = f"skip {reasons.index(reason) + 1}"
        rows.setdefault(cell[0], {})[cell[1]] = word
    if not rows:
        return []
    targets = [target for target in TARGETS if any(target in row for row in rows.values())]
    width = max(map(len, rows))
    lines = [" " * width + "".join(f"  {target:>6}" for target in targets)]
    for name, row in rows.items():
        lines.append(f"{name:<{width}}" + "".join(f"  {row.get(target, '-'):>6}" for target in targets))
    return lines + [f"skip {number}: {reason}" for number, reason in enumerate(reasons, 1)]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    outcomes: list[tuple[str, str, str]] = []
    for outcome in _WORDS:
        for report in terminalreporter.stats.get(outcome, ()):
            longrepr = getattr(report, "longrepr", None)
            reason = longrepr[2].removeprefix("Skipped: ") if isinstance(longrepr, tuple) else ""
            outcomes.append((report.nodeid, outcome, reason))
    lines = table(sorted(outcomes))
    if lines:
        terminalreporter.section("conformance of the targets")
        for line in lines:
            terminalreporter.write_line(line)
