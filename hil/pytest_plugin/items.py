"""Scenario files as pytest items: one per run, so that xdist can spread them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hil.errors import PumpbenchError
from hil.run.execution import run_scenario
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.model import Scenario
from hil.scenario.reader import read_file
from hil.targets.factory import kind_of

# What a scenario has and the settings of a tool have not: its arrays of tables, or two of its keys.
_ARRAYS = re.compile(r"^[ \t]*\[\[[ \t]*(step|expect)[ \t]*\]\]", re.MULTILINE)
_KEYS = re.compile(r"^[ \t]*(duration|start_clock|why|requirements|\[therapy\]|\[monte_carlo\])", re.MULTILINE)


def looks_like_a_scenario(file: Path) -> bool:
    """By its text, in whatever encoding: the file may be one that cannot be read."""
    try:
        data = file.read_bytes()
    except OSError:
        return False
    text = data.replace(b"\0", b"").decode("latin-1")  # also of UTF-16, as far as these words go
    return bool(_ARRAYS.search(text)) or len({match.group(1) for match in _KEYS.finditer(text)}) >= 2


class ScenarioFailed(Exception):
    """A run that did not pass; invalid and infra are no better than fail here."""

    def __init__(self, result: RunResult) -> None:
        super().__init__(f"{result.verdict}: {result.message}")
        self.result = result


class ScenarioFile(pytest.File):
    """One TOML file."""

    def collect(self) -> Iterator[pytest.Item]:
        try:
            scenarios = read_file(self.path)
        except PumpbenchError as problem:
            yield UnreadableItem.from_parent(self, name=self.path.stem, problem=str(problem))
            return
        for scenario in scenarios:
            label = f"[{scenario.variant}]" if scenario.variant else ""
            yield ScenarioItem.from_parent(self, name=self.path.stem + label, scenario=scenario)


class UnreadableItem(pytest.Item):
    """A scenario file that cannot be read, as an item that fails: the rest of the folder is run all the same."""

    def __init__(self, *, problem: str, **named: Any) -> None:
        super().__init__(**named)
        self._problem = problem

    def setup(self) -> None:
        pytest.fail(self._problem, pytrace=False)

    def runtest(self) -> None:
        raise AssertionError("the setup of an unreadable scenario fails")


class ScenarioItem(pytest.Item):
    """One run of a scenario."""

    def __init__(self, *, scenario: Scenario, **named: Any) -> None:
        super().__init__(**named)
        self.scenario = scenario
        for requirement in scenario.requirements:
            self.add_marker(pytest.mark.requirement(requirement))
        self.target = str(self.config.getoption("--pump-target"))

    def runtest(self) -> None:
        scenario = self.scenario
        kind = kind_of(self.target)
        if kind not in scenario.targets:
            pytest.skip(f"for {', '.join(scenario.targets)} and not for {kind}")
        command = self._command()
        self.user_properties += [("requirement", requirement) for requirement in scenario.requirements]
        self.user_properties += [
            ("kind", "scenario"),
            ("target", kind or self.target),
            ("seed", str(scenario.seed)),
            ("reproduce", command),
        ]
        result, _ = run_scenario(scenario, self.target, Options(reproduce=command))
        self.user_properties += [("verdict", result.verdict), ("event_log_sha256", result.event_log_sha256)]
        if result.verdict != "pass":
            raise ScenarioFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and seen; no traceback, the scenario has no code."""
        failure = excinfo.value
        if not isinstance(failure, ScenarioFailed):
            return super().repr_failure(excinfo, style)
        result = failure.result
        lines = [f"{result.verdict}: {result.message}"]
        lines += [f"{each.verdict:>8}  {each.text}: {each.seen}" for each in result.expectations]
        return "\n".join([*lines, f"again: {self._command()}"])

    def reportinfo(self) -> tuple[Any, int | None, str]:
        return self.path, 0, self.scenario.name

    def _command(self) -> str:
        words = ["pumpbench", "run", self.scenario.file, "--target", self.target]
        if self.scenario.variant:
            words += ["--only", self.scenario.variant]
        else:
            words += ["--seed", str(self.scenario.seed)]
        return shlex.join(words)
