"""Maps each function of the firmware to the tests that reach it, with their times: a mutant is tried on no others."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import msgspec
import pytest

from hil.quality import edited_run

CORE_TESTS = ("tests/firmware/core", "tests/firmware/core_detectors")
ALL_TESTS = ("tests/firmware", "tests/pump")
TIMEOUT_S = 3_600.0
_MOST_FAILURES = 20
_FIRMWARE = "firmware/"
_FILE_VARIABLE = "PUMPBENCH_REACH_FILE"


class Reached(msgspec.Struct):
    """One test: seconds, and (file, first line) of the functions that it called."""

    name: str
    wall_s: float
    functions: list[tuple[str, int]]


class Reach:
    """Tests by the function that they reach: the quickest of each file, then the next of each, and so on."""

    def __init__(self, tests: list[Reached]) -> None:
        place: Counter[str] = Counter()
        places = {}
        for test in sorted(tests, key=lambda test: test.wall_s):
            file = test.name.partition("::")[0]
            places[test.name] = place[file]
            place[file] += 1
        self._tests = sorted(tests, key=lambda test: (places[test.name], test.wall_s))

    def __len__(self) -> int:
        return len(self._tests)

    def tests_for(self, file: str, scope: int) -> list[Reached]:
        """`scope` 0 is the module itself, which every test reaches that calls anything in it."""
        return [
            test for test in self._tests if any(path == file and scope in (0, first) for path, first in test.functions)
        ]


class _Profile:
    """A pytest plugin that notes calls into the firmware while a test runs, fixtures included."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: set[CodeType] = set()
        self._has_failed = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._seen.clear()
        self._has_failed = False
        started_s = time.perf_counter()
        sys.settrace(self._called)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            wall_s = time.perf_counter() - started_s
            functions = sorted({(code.co_filename, code.co_firstlineno) for code in self._seen})
            with self._file.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps([item.nodeid, wall_s, functions, self._has_failed]) + "\n")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._has_failed = True

    def _called(self, frame: FrameType, event: str, argument: Any) -> None:
        # Nothing is returned, so that lines are not traced.
        if frame.f_code.co_filename.startswith(_FIRMWARE):
            self._seen.add(frame.f_code)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Profile(Path(os.environ[_FILE_VARIABLE])))


def measure(paths: Sequence[str]) -> tuple[Reach, list[str]]:
    """Run all these tests once, unedited: what each reaches, and those that fail and so can notice nothing.

    Raises RuntimeError when they cannot be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reach.jsonl"
        os.environ[_FILE_VARIABLE] = str(file)
        options = ("-p", "hil.quality.mutation.reach", "-m", "not slow", f"--maxfail={_MOST_FAILURES}")
        seen = edited_run.run_tests({}, paths, TIMEOUT_S, options)
        if seen.outcome not in ("passed", "failed"):
            raise RuntimeError(f"the tests cannot be run: {seen.outcome}\n{seen.output[-2000:]}")
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    tests = [
        Reached(name, wall_s, [tuple(place) for place in places]) for name, wall_s, places, failed in rows if not failed
    ]
    return Reach(tests), [row[0] for row in rows if row[3]]
