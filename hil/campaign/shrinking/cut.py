"""A failing scenario file, or one run of its sweep or series, cut down on a target."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hil.campaign.shrinking.failure import Failure, Ground, failures, ground
from hil.campaign.shrinking.reduce import Shrinker
from hil.errors import PumpbenchError, ScenarioError
from hil.run.execution import run_scenario
from hil.run.names import only_run
from hil.run.runner import Options
from hil.scenario.reader import decoded, find, read_table, read_text
from hil.scenario.series import expand
from hil.scenario.table import Source
from hil.words.toml_text import toml_text


class Cut(msgspec.Struct):
    """`label`: the run that was cut down, "" for a file that has one only."""

    text: str
    label: str
    failure: Failure
    tries: int
    steps_before: int
    steps_after: int


class NothingFails(PumpbenchError):
    """No run of the file fails, so there is nothing to cut down."""

    exit_code = 2


def cut(name: str, target: str, only: str, limit_s: float, tell: Callable[[str], None] = lambda line: None) -> Cut:
    """The smallest scenario found within `limit_s` of wall time. Raises `NothingFails`, `ScenarioError`."""
    path = find(name)
    text = decoded(path)
    runs = read_text(text, str(path))  # says what is wrong with the file, and has the labels
    chosen = only_run(runs, only).variant if only else None
    label, table, wanted, shown = _first_failing(Source(str(path), text), tomllib.loads(text), target, chosen)
    failure = sorted(wanted, key=lambda each: (each.kind, each.what))[0]
    tell(f"fails: {failure.what}" + (f" in [{label}]" if label else ""))
    deadline_s = time.monotonic() + limit_s

    def is_failing(candidate: dict[str, Any]) -> bool:
        found, its_ground = _failures(candidate, target)
        is_same = failure in found and shown.is_kept_by(its_ground)
        if is_same:
            tell(f"still fails with {len(candidate.get('step', []))} steps over {candidate['duration']}")
        return is_same

    shrinker = Shrinker(is_failing, lambda: time.monotonic() >= deadline_s)
    smallest = shrinker.shrink(table)
    head = f"# Cut down from {path.name}" + (f" [{label}]" if label else "") + f" in {shrinker.tries} runs.\n"
    return Cut(
        head + toml_text(smallest),
        label,
        failure,
        shrinker.tries,
        len(table.get("step", [])),
        len(smallest.get("step", [])),
    )


def _first_failing(
    source: Source, raw: dict[str, Any], target: str, label: str | None
) -> tuple[str, dict[str, Any], set[Failure], Ground]:
    for run in expand(source, raw, raw.get("seed", 0)):
        if label in (None, run.label):
            table = {**run.table, "seed": run.seed}
            found, its_ground = _failures(table, target)
            if found:
                return run.label, table, found, its_ground
    raise NothingFails(f"{source.file}: no run of it fails" + (f" that has the label {label}" if label else ""))


def _failures(table: dict[str, Any], target: str) -> tuple[set[Failure], Ground]:
    """What a run of this table fails, and on which ground; nothing for a table that is no scenario."""
    text = toml_text(table)
    try:
        scenario = read_table(Source("candidate", text), tomllib.loads(text), None)
        result, _ = run_scenario(scenario, target, Options())
    except ScenarioError:
        return set(), Ground(False, False)
    return failures(result, table), ground(result)


def default_output(name: str) -> Path:
    """Beside where the command was given: the name of the file with "-minimal"."""
    return Path(f"{Path(name).stem}-minimal.toml")
