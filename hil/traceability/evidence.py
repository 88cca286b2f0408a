"""Evidence: which test or scenario showed which requirement on which target, with the verdict and the time.

Each run of scenarios (`--evidence`) or of tests (`--pump-evidence`) leaves one file of JSON lines in that folder;
nothing is ever changed in it, and what was seen last counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from hil.errors import ScenarioError
from hil.run.result import RunResult

if TYPE_CHECKING:
    import pytest

HOST = "host"  # a test of a part, on the machine that runs the tests


class Evidence(msgspec.Struct, frozen=True):
    """One showing. `kind` is test or scenario, `verdict` pass, fail, invalid, infra or skip. `measured_by`: what truth
    rested on (plant, rig, balance, or the pump's own word), "" where a test says it itself.
    """

    requirement: str
    kind: str
    name: str
    target: str
    verdict: str
    at: str
    measured_by: str = ""


def write_evidence(folder: Path, items: Iterable[Evidence]) -> Path:
    """A new file in the folder, which is made when it is missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{time.time_ns()}-{os.getpid()}.jsonl"
    file.write_bytes(b"".join(msgspec.json.encode(item) + b"\n" for item in items))
    return file


def read_evidence(folder: Path) -> list[Evidence]:
    """All files of a folder, in order of time. Raises `ScenarioError` for a line that is no evidence."""
    items: list[Evidence] = []
    for file in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(file.read_bytes().splitlines(), 1):
            try:
                items.append(msgspec.json.decode(line, type=Evidence))
            except msgspec.MsgspecError as error:
                raise ScenarioError(str(file), number, "", f"no evidence: {error}") from None
    return sorted(items, key=lambda item: item.at)


def of_results(results: Iterable[RunResult]) -> list[Evidence]:
    """What runs of scenarios have shown."""
    at = _now()
    return [
        Evidence(requirement, "scenario", _scenario_name(result), result.target, result.verdict, at, result.measured_by)
        for result in results
        for requirement in result.requirements
    ]


def _scenario_name(result: RunResult) -> str:
    return Path(result.file).stem + (f"[{result.variant}]" if result.variant else "")


def target_of(item: pytest.Item) -> str:
    """The target that a test is about: that of a pump of the plugin, else what the project says of its folder.

    FOLDER={name} there: the value of the test's parameter of that name.
    """
    if "pump" in getattr(item, "fixturenames", ()) and _is_ours(item, "pump"):
        return str(item.config.getoption("--pump-target"))
    folders = dict(line.split("=", 1) for line in item.config.getini("evidence_targets"))
    node = item.nodeid.split("::")[0]
    near = [folder for folder in folders if node == folder or node.startswith(folder.rstrip("/") + "/")]
    if not near:
        return HOST
    word = folders[max(near, key=len)].strip()
    if not word.startswith("{"):
        return word
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get(word.strip("{}"), HOST)) if callspec is not None else HOST


def _is_ours(item: pytest.Item, fixture: str) -> bool:
    definitions = getattr(item, "_fixtureinfo").name2fixturedefs.get(fixture, ())  # noqa: B009
    return bool(definitions) and definitions[-1].func.__module__ == "hil.pytest_plugin.plugin"


class Collector:
    """Plugin of the controlling process: it receives what every worker reports."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._items: list[Evidence] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.outcome == "passed":
            return
        properties: list[tuple[str, Any]] = report.user_properties
        named = {name: str(value) for name, value in properties}
        kind = named.get("kind", "test")
        name = report.nodeid if kind == "test" else report.nodeid.split("::", 1)[1]
        verdict = named.get("verdict", {"passed": "pass", "failed": "fail", "skipped": "skip"}[report.outcome])
        for key, requirement in properties:
            if key == "requirement":
                target = named.get("target", HOST)
                self._items.append(Evidence(str(requirement), kind, name, target, verdict, _now()))

    def pytest_sessionfinish(self) -> None:
        if self._items:
            write_evidence(self._folder, self._items)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
