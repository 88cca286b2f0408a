"""Trials on the workers of a Dask scheduler, which all see the folder of the campaign.

A worker that dies loses its part, which Dask gives to another; what had been written is not run again.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from hil.campaign.branches import Outcome, Trial
from hil.campaign.parts import parts_for
from hil.campaign.series import Campaign, branching
from hil.errors import BenchBroken
from hil.run.judging import result_without_run

_CONNECT_S = "20s"


def run_part(part: bytes) -> tuple[int, str]:
    """On a worker: exit code and error text of a clean process that does the forking."""
    done = subprocess.run([sys.executable, "-m", "hil.campaign.chunk"], input=part, capture_output=True)
    return done.returncode, done.stderr.decode(errors="replace")


@contextmanager
def on_dask(
    campaign: Campaign, address: str, timeout_s: float, done: Callable[[Outcome], None]
) -> Iterator[Callable[[list[Trial]], list[Outcome]]]:
    """Raises `BenchBroken` when there is no scheduler at `address`."""
    try:
        from distributed import Client  # type: ignore[import-not-found]
    except ImportError:
        raise BenchBroken('--scheduler needs Dask: pip install "pumpbench[campaign]"') from None
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise BenchBroken(f"--scheduler {address}: no Dask scheduler answers: {error}") from None
    files = branching(campaign.trials_folder, 1, campaign.target, timeout_s)

    def run(trials: list[Trial]) -> list[Outcome]:
        from distributed import as_completed  # type: ignore[import-not-found]

        missing = [trial for trial in trials if files.read(trial.key) is None]
        parts = parts_for(missing, max(1, len(client.scheduler_info(n_workers=-1)["workers"])))
        head = (str(campaign.trials_folder.resolve()), campaign.target, timeout_s)
        futures = client.map(run_part, [pickle.dumps((*head, part)) for part in parts], pure=False)
        of_part = {future.key: part for future, part in zip(futures, parts, strict=True)}
        why: dict[str, str] = {}
        for future in as_completed(futures):
            try:
                code, text = future.result()
            except Exception as error:  # the worker died again and again
                code, text = 3, f"{type(error).__name__}: {error}"
            for trial in of_part[future.key]:
                outcome = files.read(trial.key)
                if outcome is not None:
                    done(outcome)
                else:
                    why[trial.key] = text.strip() or f"the process of its part ended by exit code {code}"
            if code and "disk is full" in text:
                raise BenchBroken(text.strip())
        return [files.read(trial.key) or _lost(trial, campaign.target, why.get(trial.key, "")) for trial in trials]

    with client:
        yield run


def _lost(trial: Trial, target: str, why: str) -> Any:
    return Outcome(trial.key, result_without_run(trial.scenario, target, "infra", why, trial.reproduce))
