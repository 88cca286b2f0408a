"""Runs scenarios one after the other; whatever happens to one of them, it ends in a result."""

from __future__ import annotations

import gc
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from hil.errors import BenchBroken, Blocked, PumpbenchError
from hil.run import blocked
from hil.run.judging import result_without_run
from hil.run.record import Record
from hil.run.result import RunResult, Verdict
from hil.run.runner import Options, Runner
from hil.scenario.model import Scenario, WaveExpectation
from hil.targets.base import FirmwareBroken
from hil.targets.factory import balance_of, kind_of, make_target, ports_of

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
_VERDICTS: dict[type[Exception], Verdict] = {FirmwareBroken: "fail", Blocked: "blocked"}


@contextmanager
def rare_collections() -> Iterator[None]:
    """A run leaves nearly no cycles behind: to look for them every 700 objects takes 2 % of it."""
    thresholds = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def run_scenario(
    scenario: Scenario, target_word: str, options: Options, nets: tuple[str, ...] = ()
) -> tuple[RunResult, Record | None]:
    """The result, and the record when there was a run. A broken bench is a verdict, no exception."""
    if kind_of(target_word) == "board":
        has_balance = balance_of(target_word) is not None
        why = blocked.reasons(scenario, ports_of(target_word)[1] is not None, options.may_be_long, has_balance)
        if why and options.elsewhere and not blocked.reasons(scenario, True, options.may_be_long):
            why.append(f"free places that could: {', '.join(options.elsewhere)}")
        if why:
            return result_without_run(scenario, "board", "blocked", "; ".join(why), options.reproduce), None
    wanted = {expectation.net for expectation in scenario.expectations if isinstance(expectation, WaveExpectation)}
    started_s = time.monotonic()
    runner = None
    try:
        with rare_collections(), make_target(target_word, scenario, tuple(sorted(wanted | set(nets)))) as target:
            runner = Runner(scenario, target, options)
            return runner.run(), runner.record
    except Exception as error:
        result = result_of_error(scenario, target_word, error, options.reproduce)
    result.wall_s = time.monotonic() - started_s
    return result, runner.record if runner is not None else None


def result_of_error(scenario: Scenario, target_word: str, error: Exception, reproduce: str) -> RunResult:
    """The result of a run that was ended by this error. A bad scenario is no result: it is raised again."""
    if isinstance(error, (BenchBroken, FirmwareBroken)):
        verdict = _VERDICTS.get(type(error), "infra")
        return result_without_run(scenario, target_word, verdict, str(error), reproduce)
    if isinstance(error, PumpbenchError):
        raise error
    # A mistake of the harness says nothing about the pump, and ends no series.
    message = f"the harness itself failed: {type(error).__name__}: {error}"
    result = result_without_run(scenario, target_word, "infra", message, reproduce)
    result.log = "".join(traceback.format_exception(error)).splitlines()
    return result
