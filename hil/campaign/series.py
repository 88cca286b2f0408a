"""`pumpbench campaign`: the trials of a file, run in batches, kept on disk, and gone on with where they were left."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator, Set
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from hil.campaign.branches import MOST_IN_A_GROUP, Branching, Trial
from hil.campaign.measures import Measures, measure, measures_of
from hil.campaign.outcomes import Outcome
from hil.errors import ScenarioError
from hil.run.runner import Options
from hil.scenario.reader import decoded, find, parsed, read_table
from hil.scenario.series import runs
from hil.scenario.table import Source
from hil.targets.installed import version_of
from hil.words.toml_text import toml_text

MANIFEST = "campaign.json"
_NUMBER = re.compile(r"^\s*(-?[0-9.]+(?:e[-+]?[0-9]+)?)\s*([^\s].*)?$")


class Drawn(msgspec.Struct, frozen=True):
    """One trial with what was drawn for it, by field as it stands in the file. `stratum`: the part of a sweep and the
    world it belongs to; trials of one stratum share a seed."""

    trial: Trial
    values: dict[str, Any]
    stratum: str
    table: dict[str, Any]


class Row(msgspec.Struct):
    """One trial that has ended."""

    key: str
    label: str
    stratum: str
    seed: int
    verdict: str
    message: str
    event_log_sha256: str
    shared_s: float
    cpu_s: float
    measures: Measures
    values: dict[str, Any]


class Campaign:
    """A file with its trials in a folder. `count`: trials of each run of the file, None for those that it asks for.

    Raises `ScenarioError` for a bad file, and for a folder with another campaign in it.
    """

    def __init__(
        self, name: str, folder: Path, count: int | None = None, seed: int | None = None, target: str = "sim"
    ) -> None:
        path = find(name)
        self.text = decoded(path)
        self.file = str(path)
        self.folder = folder
        self._raw = parsed(self.text, self.file)
        self._source = Source(self.file, self.text)
        self._count = count
        self._seed = read_table(self._source, self._raw, seed).seed  # says what is wrong with the file, too
        self.name = str(self._raw["name"])
        self.target = target
        self._claim()

    @property
    def trials_folder(self) -> Path:
        return self.folder / "trials"

    @property
    def fields(self) -> list[str]:
        """What is drawn or swept."""
        drawn = [key for key in self._raw.get("monte_carlo", {}) if key not in ("trials", "worlds", "sampling")]
        return [*self._raw.get("sweep", {}), *(key for key in drawn if key != "correlation")]

    def drawn(self) -> Iterator[Drawn]:
        """All trials, in order: the same for the same file and seed, however they are run."""
        for number, run in enumerate(runs(self._source, self._raw, self._seed, self._count)):
            scenario = read_table(self._source.with_moved(run.moved), run.table, run.seed, run.label)
            values = {".".join(map(str, path)): _at(run.table, path) for path in run.moved}
            swept = run.label.partition("trial ")[0].rstrip(", ")
            stratum = ", ".join(part for part in (swept, f"seed {run.seed}") if part)
            yield Drawn(Trial(f"{number:06}", scenario), values, stratum, {**run.table, "seed": run.seed})

    def __len__(self) -> int:
        swept = 1
        for values in self._raw.get("sweep", {}).values():
            swept *= len(values)
        table = self._raw.get("monte_carlo")
        return swept * (1 if table is None else self._count or int(table["trials"]))

    def run(self, do_batch: Callable[[list[Trial]], list[Outcome]]) -> list[Row]:
        """`do_batch` runs some trials; see `on_this_machine`."""
        rows: list[Row] = []
        every = self.drawn()
        while batch := list(islice(every, MOST_IN_A_GROUP)):
            outcomes = do_batch([drawn.trial for drawn in batch])
            rows += [_row(drawn, outcome) for drawn, outcome in zip(batch, outcomes, strict=True)]
        return rows

    def texts(self, keys: Set[str]) -> dict[str, str]:
        """Trials as scenario files of their own, to be run by `pumpbench run`."""
        found: dict[str, str] = {}
        for drawn in self.drawn():
            if drawn.trial.key in keys:
                table = {key: value for key, value in drawn.table.items() if key not in ("sweep", "monte_carlo")}
                head = f"# Trial {drawn.trial.key} of {Path(self.file).name}: {drawn.trial.scenario.variant}\n"
                found[drawn.trial.key] = head + toml_text(table)
        return found

    def _claim(self) -> None:
        """The folder is for this campaign only."""
        self.trials_folder.mkdir(parents=True, exist_ok=True)
        mine = {
            "file_sha256": hashlib.sha256(self.text.encode()).hexdigest(),
            "seed": self._seed,
            "target": self.target,
            "pumpbench": version_of("pumpbench"),
        }
        manifest = self.folder / MANIFEST
        if not manifest.exists():
            manifest.write_text(json.dumps(mine, indent=2) + "\n", encoding="utf-8")
        elif manifest.read_text(encoding="utf-8", errors="replace") != json.dumps(mine, indent=2) + "\n":
            allowed = "a new folder, or the same file, seed and target"
            raise ScenarioError(str(self.folder), 0, "--out", "another campaign is in this folder", allowed)


def branching(folder: Path, jobs: int, target: str, timeout_s: float) -> Branching:
    """How every process of a campaign runs its trials."""
    return Branching(folder, jobs, target, measure, timeout_s, Options(is_lean=True))


def on_this_machine(
    campaign: Campaign, jobs: int, timeout_s: float, done: Callable[[Outcome], None]
) -> Callable[[list[Trial]], list[Outcome]]:
    engine = branching(campaign.trials_folder, jobs, campaign.target, timeout_s)
    return lambda trials: engine.run(trials, done)


def number_of(value: Any) -> float | None:
    """The number of a value of a scenario file, without its unit; None for a word."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _NUMBER.match(value) if isinstance(value, str) else None
    return float(found.group(1)) if found else None


def summary(rows: list[Row], wall_s: float) -> dict[str, Any]:
    """What `--json` writes. `interval_95` is of the share of the judged trials that passed."""
    from hil.campaign.statistics import share

    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in ("pass", "fail", "invalid", "infra")}
    found = share(counts["pass"], counts["pass"] + counts["fail"])
    return {
        "trials": len(rows),
        "passed": counts["pass"],
        "failed": counts["fail"],
        "invalid": counts["invalid"],
        "infra": counts["infra"],
        "wall_s": round(wall_s, 3),
        "cpu_s": round(sum(row.cpu_s for row in rows) + time.process_time(), 3),
        "shared_prefix_s": round(sum(row.shared_s for row in rows), 3),
        "interval_95": [found.low, found.high],
        "strata": len({row.stratum for row in rows}),
    }


def _row(drawn: Drawn, outcome: Outcome) -> Row:
    result = outcome.result
    seen = outcome.seen
    measures = measures_of(drawn.trial, result) if seen is None else msgspec.convert(seen, Measures)
    failed = next((f"{each.text}: {each.seen}" for each in result.expectations if each.verdict != "pass"), "")
    return Row(
        outcome.key,
        result.variant,
        drawn.stratum,
        result.seed,
        result.verdict,
        result.message or failed,
        result.event_log_sha256,
        outcome.shared_s,
        outcome.cpu_s,
        measures,
        drawn.values,
    )


def _at(table: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        table = table[key]
    return table
