"""The values of the trials of a [monte_carlo] table.

Each trial is drawn from a generator of its own, so that trial n is the same however many there are. With `sampling =
"sobol"` the trials fill the space of all distributions evenly (Sobol's sequence, scrambled, Owen 1998); with
`correlation` pairs of fields are drawn together (Gaussian copula). Both need the extra `campaign`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import Any

from hil.scenario.table import Source, Table
from hil.words import quantity

DISTRIBUTIONS = ("uniform", "log_uniform", "normal", "lognormal", "choice")
SETTINGS = ("trials", "worlds", "sampling", "correlation")
_SAMPLINGS = ("random", "sobol")
_NORMAL = NormalDist()
_INSIDE = 1e-12  # a share of 0 or 1 would be infinitely far out in a normal distribution
_SOBOL_AT_ONCE = 1_024


class Draws:
    """Values for `fields`, by trial. Raises `ScenarioError` for a distribution that cannot be."""

    def __init__(self, source: Source, raw: dict[str, Any], fields: Sequence[str], seed: int) -> None:
        self._source = source
        self._raw = raw
        self._fields = fields
        self._seed = seed
        self._table = Table(source, ("monte_carlo",), raw, raw)
        sampling = raw.get("sampling", "random")
        if sampling not in _SAMPLINGS:
            self._table.fail("sampling", " or ".join(_SAMPLINGS))
        self._factor = self._correlated() if "correlation" in raw else None
        self._sobol = _sobol(source, len(fields), seed) if sampling == "sobol" else None
        self._points: list[Sequence[float]] = []

    def of_trial(self, trial: int) -> list[Any]:
        generator = random.Random(f"{self._seed}/{trial}")
        if self._sobol is None and self._factor is None:
            return [self._draw(key, generator) for key in self._fields]
        if self._sobol is None:
            shares: Sequence[float] = [generator.random() for _ in self._fields]
        else:
            while len(self._points) <= trial:
                self._points.append(next(self._sobol))
            shares = self._points[trial]
        if self._factor is not None:
            normals = [_NORMAL.inv_cdf(_inside(share)) for share in shares]
            shares = [
                _NORMAL.cdf(sum(weight * normal for weight, normal in zip(row, normals, strict=True)))
                for row in self._factor
            ]
        return [self._draw(key, _Share(share)) for key, share in zip(self._fields, shares, strict=True)]

    def _correlated(self) -> list[list[float]]:
        """The Cholesky factor of the matrix of correlations."""
        rows = self._raw["correlation"]
        size = len(self._fields)
        matrix = [[float(row == column) for column in range(size)] for row in range(size)]
        is_list = isinstance(rows, list) and bool(rows)
        for row in rows if is_list else [None]:
            if not isinstance(row, list) or len(row) != 3 or not isinstance(row[2], int | float):
                self._table.fail("correlation", '[["step.0.at", "bench.compliance", 0.5]]: two fields and -1 to 1')
            for field in row[:2]:
                if field not in self._fields:
                    self._table.fail("correlation", f"fields that are drawn: {', '.join(self._fields)}")
            at = self._fields.index(row[0]), self._fields.index(row[1])
            matrix[at[0]][at[1]] = matrix[at[1]][at[0]] = float(row[2])
        factor = [[0.0] * size for _ in range(size)]
        for i in range(size):
            for j in range(i + 1):
                left = matrix[i][j] - sum(factor[i][k] * factor[j][k] for k in range(j))
                if i == j and left <= 0.0:
                    self._table.fail("correlation", "correlations that can be true together, each between -1 and 1")
                factor[i][j] = left**0.5 if i == j else left / factor[j][j]
        return factor

    def _draw(self, key: str, generator: random.Random | _Share) -> Any:
        table = Table(self._source, ("monte_carlo", key), self._raw[key], DISTRIBUTIONS)
        kind = table.exactly_one(DISTRIBUTIONS, "distribution")
        values = table.raw[kind]
        if kind == "choice":
            if not isinstance(values, list) or not values:
                table.fail(kind, "a list of values")
            return generator.choice(values)
        if not isinstance(values, list) or len(values) != 2:
            table.fail(kind, _PAIRS[kind])
        if kind == "lognormal":
            return self._lognormal(table, values, generator)
        first, second, unit = _pair(table, kind, values)
        if kind == "normal":
            drawn = max(0.0, generator.gauss(first, second))
        elif first > second or (kind == "log_uniform" and first <= 0):
            table.fail(kind, "[lowest, highest], for log_uniform above 0")
        elif kind == "uniform":
            drawn = generator.uniform(first, second)
        else:
            drawn = first * (second / first) ** generator.random()
        return _written(drawn, unit, values)

    def _lognormal(self, table: Table, values: list[Any], generator: random.Random | _Share) -> Any:
        median, spread = values
        if isinstance(spread, bool) or not isinstance(spread, int | float) or spread < 1:
            table.fail("lognormal", "[median, geometric standard deviation from 1 on]")
        first, _, unit = _pair(table, "lognormal", [median, median])
        return _written(first * spread ** generator.gauss(0.0, 1.0), unit, [median])


_PAIRS = {
    "uniform": "[lowest, highest]",
    "log_uniform": "[lowest, highest]",
    "normal": "[mean, standard deviation]",
    "lognormal": "[median, geometric standard deviation]",
}


class _Share:
    """As a generator that has drawn this share of 1."""

    def __init__(self, share: float) -> None:
        self._share = share

    def random(self) -> float:
        return self._share

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self._share

    def gauss(self, mean: float, deviation: float) -> float:
        return mean + deviation * _NORMAL.inv_cdf(_inside(self._share))

    def choice(self, values: Sequence[Any]) -> Any:
        return values[min(len(values) - 1, int(self._share * len(values)))]


def _inside(share: float) -> float:
    return min(1.0 - _INSIDE, max(_INSIDE, share))


def _sobol(source: Source, dimensions: int, seed: int) -> Iterator[Sequence[float]]:
    try:
        from scipy.stats import qmc
    except ImportError:
        raise source.error(
            ("monte_carlo", "sampling"), "sobol needs scipy", 'random, or: pip install "pumpbench[campaign]"'
        ) from None
    return _points(qmc.Sobol(dimensions, scramble=True, rng=seed))


def _points(sequence: Any) -> Iterator[Sequence[float]]:
    while True:
        yield from sequence.random(_SOBOL_AT_ONCE).tolist()


def _written(drawn: float, unit: str, values: Sequence[Any]) -> Any:
    if not unit and all(isinstance(value, int) for value in values):
        return round(drawn)
    return f"{drawn:.9g} {unit}" if unit else float(f"{drawn:.9g}")


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
