"""The recipe of a run, kept in every report: all it takes to run a scenario again bit for bit.

The same scenario text, seed and firmware image give the same event log, byte for byte: its SHA-256 tells. A report
carries the text itself, so that it can be replayed when the file has moved on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from hil.errors import PumpbenchError
from hil.run.result import RunResult
from hil.words.given_file import read_given

IMAGE = "firmware_image"
ELEMENT = "reproduction"
_LONGEST_REPORT = 1 << 28


class Recipe(msgspec.Struct):
    """One run of a report. `seed` is the one that the run had; `source` the whole text of its file."""

    scenario: str
    file: str
    variant: str
    target: str
    seed: int
    verdict: str
    image: str
    event_log_sha256: str
    source: str


class CannotReplay(PumpbenchError):
    """The report does not say how, or the firmware here is another one."""

    exit_code = 2


def recipe_of(result: RunResult) -> Recipe:
    return Recipe(
        scenario=result.scenario,
        file=result.file,
        variant=result.variant,
        target=result.target,
        seed=result.seed,
        verdict=result.verdict,
        image=result.versions.get(IMAGE, ""),
        event_log_sha256=result.event_log_sha256,
        source=source_text(result.file),
    )


def embedded(results: Sequence[RunResult]) -> str:
    """JSON of all recipes, safe inside a script element."""
    return msgspec.json.encode([recipe_of(result) for result in results]).decode().replace("<", "\\u003c")


def recipes(file: Path) -> list[Recipe]:
    """All runs of a report.html, or of the file of `run --json`. Raises `CannotReplay`."""
    try:
        text = read_given(file, _LONGEST_REPORT).decode("utf-8")
    except UnicodeDecodeError:
        raise CannotReplay(f"{file}: neither a report of pumpbench nor results of run --json: not UTF-8") from None
    found = re.search(rf'<script type="application/json" id="{ELEMENT}">(.*?)</script>', text, re.DOTALL)
    try:
        if found is not None:
            return msgspec.json.decode(found.group(1), type=list[Recipe])
        return [_of_contract(row) for row in json.loads(text)]
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
        raise CannotReplay(f"{file}: neither a report of pumpbench nor results of run --json: {error}") from None


def _of_contract(row: dict[str, Any]) -> Recipe:
    label = row["scenario"].partition(" [")[2]
    return Recipe(
        scenario=row["scenario"],
        file=row["file"],
        variant=label.removesuffix("]"),
        target=row["target"],
        seed=row["seed"],
        verdict=row["verdict"],
        image=row["versions"].get(IMAGE, ""),
        event_log_sha256=row["event_log_sha256"],
        source=source_text(row["file"]),
    )


def source_text(file: str) -> str:
    """The text of a scenario file as it is now; empty when it is not there."""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
