"""[sweep] and [monte_carlo]: one file, many runs.

A sweep multiplies: every combination of its lists is one run. A Monte Carlo table draws each of its values
anew for every trial, from a generator whose seed is the scenario's seed and the trial's number: the same
file and the same seed give the same trials. `worlds = n` lets trial i have the seed of world i mod n, so that trials
of one world share what they have in common.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from hil.errors import ScenarioError
from hil.scenario.draws import SETTINGS, Draws
from hil.scenario.lines import Path
from hil.scenario.table import Source, Table, shown
from hil.words import quantity

MOST_RUNS = 100_000
_TABLES = ("bench", "therapy")


class Variant(NamedTuple):
    """One run of a file. `moved`: where in the file each field has its value from, that of a sweep or a draw."""

    label: str
    table: dict[str, Any]
    seed: int
    moved: dict[Path, Path]


def expand(source: Source, raw: dict[str, Any], seed: int) -> list[Variant]:
    """Every run of the file. `seed` is the scenario's, unless the sweep is over it."""
    return list(runs(source, raw, seed))


def runs(source: Source, raw: dict[str, Any], seed: int, trials: int | None = None) -> Iterator[Variant]:
    """As `expand`, one after the other. `trials`: in place of those of the file."""
    base = {key: value for key, value in raw.items() if key not in ("sweep", "monte_carlo")}
    swept = _sweep(source, base, raw["sweep"], seed) if "sweep" in raw else [Variant("", base, seed, {})]
    if "monte_carlo" not in raw:
        yield from swept
        return
    for run in swept:
        yield from _monte_carlo(source, run, raw["monte_carlo"], trials)


def _sweep(source: Source, base: dict[str, Any], raw: object, seed: int) -> Iterator[Variant]:
    if not isinstance(raw, dict) or not raw:
        raise source.error(("sweep",), shown(raw), 'a table like "step.0.duration" = ["1 min", "10 min"]')
    count = 1
    for key, values in raw.items():
        if not isinstance(values, list) or not values:
            raise source.error(("sweep", key), shown(values), "a list of values")
        _path(source, ("sweep", key), base, key)
        count *= len(values)
    if count > MOST_RUNS:
        raise source.error(("sweep",), f"{count} runs", f"at most {MOST_RUNS}")
    for seed_value in raw.get("seed", ()):
        if not isinstance(seed_value, int) or isinstance(seed_value, bool) or seed_value < 0:
            raise source.error(("sweep", "seed"), shown(seed_value), "whole numbers from 0 on")
    for chosen in itertools.product(*(range(len(values)) for values in raw.values())):
        table = copy.deepcopy(base)
        moved: dict[Path, Path] = {}
        words: list[str] = []
        for (key, values), index in zip(raw.items(), chosen, strict=True):
            path = _path(source, ("sweep", key), table, key)
            _set(table, path, values[index])
            moved[path] = ("sweep", key, index)
            words.append(f"{key} = {values[index]}")
        yield Variant(", ".join(words), table, table["seed"] if "seed" in raw else seed, moved)


def _monte_carlo(source: Source, run: Variant, raw: object, wanted: int | None) -> Iterator[Variant]:
    if not isinstance(raw, dict):
        raise source.error(("monte_carlo",), shown(raw), 'a table with "trials" and distributions')
    table = Table(source, ("monte_carlo",), raw, raw)
    trials = table.whole("trials", low=1, high=MOST_RUNS) if wanted is None or "trials" in raw else wanted
    trials = trials if wanted is None else wanted
    worlds = table.whole("worlds", low=1, high=MOST_RUNS) if "worlds" in raw else trials
    fields = [key for key in raw if key not in SETTINGS]
    if not fields:
        raise source.error(("monte_carlo",), "no distribution", '"step.0.at" = { uniform = ["1 d", "2 d"] }')
    if "seed" in fields:
        raise source.error(("monte_carlo", "seed"), "a distribution", "none: trial n has the scenario's seed plus n")
    draws = Draws(source, raw, fields, run.seed)
    for trial in range(trials):
        variant = copy.deepcopy(run.table)
        moved = dict(run.moved)
        words = [f"trial {trial}"]
        for key, value in zip(fields, draws.of_trial(trial), strict=True):
            path = _path(source, ("monte_carlo", key), variant, key)
            _set(variant, path, value)
            moved[path] = ("monte_carlo", key)
            words.append(f"{key} = {value}")
        label = ", ".join([run.label, *words] if run.label else words)
        yield Variant(label, variant, run.seed + trial % worlds, moved)


def _path(source: Source, place: Path, table: dict[str, Any], field: str) -> Path:
    """The path that "step.0.duration" means. Its last key may be one that the file does not write."""
    here: Any = table
    path: Path = ()
    parts = field.split(".")
    for position, part in enumerate(parts):
        is_last = position == len(parts) - 1
        if isinstance(here, list):
            if not part.isdigit() or int(part) >= len(here):
                allowed = f"0 to {len(here) - 1} in place of {part}" if here else "a field of the scenario"
                raise source.error(place, f'no field "{field}"', allowed)
            key: Any = int(part)
        elif isinstance(here, dict):
            if part not in here and not is_last:
                raise _unwritten(source, place, here, field, path, part)
            key = part
        else:
            raise source.error(place, f'no field "{field}"', "a field of the scenario")
        path = (*path, key)
        if not is_last:
            here = here[key]
    return path


def _unwritten(source: Source, place: Path, here: dict[str, Any], field: str, path: Path, part: str) -> ScenarioError:
    allowed = "a field of the scenario"
    if not path and part in _TABLES:
        allowed = f"a field of a table that is there: write {field.removeprefix(part + '.')} under [{part}] first"
    elif path:
        allowed = f"a field of a table that is there: write {field} with a value of its own first"
    return source.error(place, f'no field "{field}"', allowed, quantity.nearest_word(part, here))


def _set(table: dict[str, Any], path: Path, value: Any) -> None:
    here: Any = table
    for key in path[:-1]:
        here = here[key]
    here[path[-1]] = value
