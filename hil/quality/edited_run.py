"""One run of the test suite against an edited firmware, in a process of its own.

The process is forked from one that has imported and compiled everything, so that a run costs what its tests
cost. Nothing of it comes back but an exit code and what it printed: caches, modules and edits end with it.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NoReturn

import msgspec

from hil.targets import firmware_source

Outcome = Literal["passed", "failed", "broken", "timeout"]

_BROKEN_EXIT = 70
_OUTCOMES: dict[int, Outcome] = {0: "passed", 1: "failed"}
_POLL_S = 0.01
SCENARIO = "scenario:"


class EditedRun(msgspec.Struct):
    """`broken`: the tests could not be collected or run at all. `output` is what was printed."""

    outcome: Outcome
    wall_s: float
    output: str


def run_tests(
    edits: Mapping[str, str], tests: Sequence[str], timeout_s: float, options: Sequence[str] = ()
) -> EditedRun:
    """Run tests (pytest node ids, relative to the repository) against the edited firmware."""

    def run() -> int:
        import pytest

        arguments = ["-q", "-x", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=line", *options]
        return int(pytest.main([*arguments, *tests]))

    return _forked(edits, run, timeout_s)


def run_scenario_file(edits: Mapping[str, str], name: str, timeout_s: float) -> EditedRun:
    """Run a scenario of the library on target sim; failed is a verdict `fail`."""

    def run() -> int:
        from hil.run.execution import run_scenario
        from hil.run.runner import Options
        from hil.scenario.reader import read_file

        verdicts = []
        for scenario in read_file(name):
            result, _ = run_scenario(scenario, "sim", Options())
            verdicts.append(result.verdict)
            for expectation in result.expectations:
                if expectation.verdict != "pass":
                    print(f"{expectation.verdict.upper()} {expectation.text}: {expectation.seen}")
            print(result.verdict, result.message)
        if set(verdicts) == {"pass"}:
            return 0
        return 1 if "fail" in verdicts else _BROKEN_EXIT

    return _forked(edits, run, timeout_s)


def prepare() -> None:
    """Import and compile what every run needs. Not the tests: they load firmware when they are imported."""
    import pytest  # noqa: F401
    from hypothesis.internal.conjecture import engine

    import hil.run.execution
    import hil.targets.sim  # noqa: F401

    # A run asks whether a test fails, not for the smallest example of it. There is no setting for this that
    # tests with settings of their own would take over.
    if hasattr(engine, "MAX_SHRINKING_SECONDS"):
        engine.MAX_SHRINKING_SECONDS = 0.5
    firmware_source.prepare()


def _forked(edits: Mapping[str, str], run: Callable[[], int], timeout_s: float) -> EditedRun:
    started_s = time.monotonic()
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            _be_child(edits, run, output.fileno())
        status = _wait(child, started_s + timeout_s)
        output.seek(0)
        text = output.read().decode(errors="replace")
    wall_s = time.monotonic() - started_s
    if status is None:
        return EditedRun("timeout", wall_s, text)
    code = os.waitstatus_to_exitcode(status)
    return EditedRun(_OUTCOMES.get(code, "broken"), wall_s, text)


def _be_child(edits: Mapping[str, str], run: Callable[[], int], output: int) -> NoReturn:
    code = _BROKEN_EXIT
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(firmware_source.REPOSITORY)
        with firmware_source.edited(edits):
            code = run()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _wait(child: int, deadline_s: float) -> int | None:
    """The status of the child; None when it had to be ended."""
    while time.monotonic() < deadline_s:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        time.sleep(_POLL_S)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def file_of(name: str) -> Path:
    """The file that a node id is in."""
    return firmware_source.REPOSITORY / name.partition("::")[0]
