"""[sweep] and [monte_carlo]: one file, many runs.

A sweep multiplies: every combination of its lists is one run. A Monte Carlo table draws each of its values
anew for every trial, from a generator whose seed is the scenario's seed and the trial's number: the same
file and the same seed give the same trials.
"""

from __future__ import annotations

import copy
import itertools
import random
from collections.abc import Iterator
from typing import Any

from hil.scenario.lines import Path
from hil.scenario.table import Source, Table, shown
from hil.words import quantity

MOST_RUNS = 100_000
_DISTRIBUTIONS = ("uniform", "log_uniform", "normal", "choice")

Variant = tuple[str, dict[str, Any], int]


def expand(source: Source, raw: dict[str, Any], seed: int) -> list[Variant]:
    """(label, table of the scenario, seed) of every run of the file."""
    base = {key: value for key, value in raw.items() if key not in ("sweep", "monte_carlo")}
    runs = list(_sweep(source, base, raw["sweep"], seed)) if "sweep" in raw else [("", base, seed)]
    if "monte_carlo" in raw:
        runs = [trial for run in runs for trial in _monte_carlo(source, *run, raw["monte_carlo"])]
    return runs


def _sweep(source: Source, base: dict[str, Any], raw: object, seed: int) -> Iterator[Variant]:
    if not isinstance(raw, dict) or not raw:
        raise source.error(("sweep",), shown(raw), 'a table like "step.0.duration" = ["1 min", "10 min"]')
    count = 1
    for key, values in raw.items():
        if not isinstance(values, list) or not values:
            raise source.error(("sweep", key), shown(values), "a list of values")
        _locate(source, ("sweep", key), base, key)
        count *= len(values)
    if count > MOST_RUNS:
        raise source.error(("sweep",), f"{count} runs", f"at most {MOST_RUNS}")
    for values in itertools.product(*raw.values()):
        table = copy.deepcopy(base)
        for key, value in zip(raw, values, strict=True):
            parent, last = _locate(source, ("sweep", key), table, key)
            parent[last] = value
        yield ", ".join(f"{key} = {value}" for key, value in zip(raw, values, strict=True)), table, seed


def _monte_carlo(source: Source, label: str, base: dict[str, Any], seed: int, raw: object) -> Iterator[Variant]:
    if not isinstance(raw, dict):
        raise source.error(("monte_carlo",), shown(raw), 'a table with "trials" and distributions')
    table = Table(source, ("monte_carlo",), raw, raw)
    trials = table.whole("trials", low=1, high=MOST_RUNS)
    fields = [key for key in raw if key != "trials"]
    if not fields:
        raise source.error(("monte_carlo",), "no distribution", '"step.0.at" = { uniform = ["1 d", "2 d"] }')
    for trial in range(trials):
        generator = random.Random(f"{seed}/{trial}")
        variant = copy.deepcopy(base)
        words = [f"trial {trial}"]
        for key in fields:
            value = _draw(source, ("monte_carlo", key), raw[key], generator)
            parent, last = _locate(source, ("monte_carlo", key), variant, key)
            parent[last] = value
            words.append(f"{key} = {value}")
        yield ", ".join([label, *words] if label else words), variant, seed + trial


def _locate(source: Source, path: Path, table: dict[str, Any], field: str) -> tuple[Any, Any]:
    """The container and the key or index that "step.0.duration" means; the last key may be a new one."""
    here: Any = table
    parts = field.split(".")
    for position, part in enumerate(parts):
        is_last = position == len(parts) - 1
        if isinstance(here, list):
            if not part.isdigit() or int(part) >= len(here):
                allowed = f"0 to {len(here) - 1} in place of {part}" if here else "a field of the scenario"
                raise source.error(path, f'no field "{field}"', allowed)
            key: Any = int(part)
        elif isinstance(here, dict):
            if part not in here and not is_last:
                nearest = quantity.nearest_word(part, here)
                raise source.error(path, f'no field "{field}"', "a field of the scenario", nearest)
            key = part
        else:
            raise source.error(path, f'no field "{field}"', "a field of the scenario")
        if is_last:
            return here, key
        here = here[key]
    raise AssertionError("split gives at least one part")


def _draw(source: Source, path: Path, raw: object, generator: random.Random) -> Any:
    table = Table(source, path, raw, _DISTRIBUTIONS)
    kind = table.exactly_one(_DISTRIBUTIONS, "distribution")
    values = table.raw[kind]
    if kind == "choice":
        if not isinstance(values, list) or not values:
            table.fail(kind, "a list of values")
        return generator.choice(values)
    if not isinstance(values, list) or len(values) != 2:
        table.fail(kind, "[mean, standard deviation]" if kind == "normal" else "[lowest, highest]")
    first, second, unit = _pair(table, kind, values)
    if kind == "normal":
        drawn = max(0.0, generator.gauss(first, second))
    elif first > second or (kind == "log_uniform" and first <= 0):
        table.fail(kind, "[lowest, highest], for log_uniform above 0")
    elif kind == "uniform":
        drawn = generator.uniform(first, second)
    else:
        drawn = first * (second / first) ** generator.random()
    if not unit and all(isinstance(value, int) for value in values):
        return round(drawn)
    return f"{drawn:.9g} {unit}" if unit else drawn


def _pair(table: Table, key: str, values: list[Any]) -> tuple[float, float, str]:
    """Both values in one unit, and the unit ("" for plain numbers)."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return float(values[0]), float(values[1]), ""
    for kind_name in quantity.likely_kinds(values[0]):
        try:
            amounts = [quantity.parse(value, kind_name) for value in values]
        except quantity.QuantityError:
            continue
        if kind_name == "time":
            return float(amounts[0]) / quantity.NS_PER_S, float(amounts[1]) / quantity.NS_PER_S, "s"
        return float(amounts[0]), float(amounts[1]), quantity.KINDS[kind_name].unit
    table.fail(key, "two numbers, or two quantities of the same kind")
