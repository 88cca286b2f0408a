"""Trials, and their outcomes on disk: one file each, whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from hil.run.result import RunResult
from hil.run.runner import Runner
from hil.scenario.model import Scenario
from hil.targets.base import Target

_SUFFIX = ".trial"


class Trial(msgspec.Struct, frozen=True):
    """One run. `key` names the file of its outcome: unique in its folder. `nets` are recorded as waves."""

    key: str
    scenario: Scenario
    reproduce: str = ""
    nets: tuple[str, ...] = ()


class Outcome(msgspec.Struct):
    """What became of a trial. `shared_s`: simulated time that was lived once for it and others, 0 for a fresh run.
    `cpu_s`: processor time of its own. `seen`: what `Examine` found."""

    key: str
    result: RunResult
    shared_s: float = 0.0
    cpu_s: float = 0.0
    seen: Any = None


# Looks at a trial that has just ended, in its own process. What it returns, plain data, is kept as `Outcome.seen`.
Examine = Callable[[Trial, Runner, RunResult], Any]
# Looks at a target that has just been made, in the process that lives the common story.
Enter = Callable[[Target], Target]


class OutcomeFiles:
    """The outcomes in one folder, written by many processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, outcome: Outcome) -> None:
        """Whole or not at all, also when this process is killed meanwhile. Raises OSError."""
        data = msgspec.msgpack.encode(outcome)
        handle, name = tempfile.mkstemp(prefix=f"{outcome.key}.", suffix=".part", dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, self._path(outcome.key))
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise

    def read(self, key: str) -> Outcome | None:
        """None when there is none, or when what is there is not whole."""
        try:
            return msgspec.msgpack.decode(self._path(key).read_bytes(), type=Outcome)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}{_SUFFIX}"
