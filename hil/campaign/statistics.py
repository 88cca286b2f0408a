"""Statistics of a campaign, all of them from scipy: shares with exact intervals, delays with missed ones censored."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import msgspec

from hil.errors import BenchBroken

LEVEL = 0.95


class Share(msgspec.Struct, frozen=True):
    """`count` of `total` with the exact two-sided interval of Clopper and Pearson (1934). In words, 0 is told with its
    one-sided bound, about 3 / total."""

    count: int
    total: int
    low: float
    high: float

    @property
    def text(self) -> str:
        if not self.total:
            return "none of 0"
        if self.count == 0:
            return f"0 of {self.total}: below {1 - (1 - LEVEL) ** (1 / self.total):.2%} with {LEVEL:.0%} confidence"
        return f"{self.count} of {self.total}, {self.count / self.total:.2%} ({self.low:.2%} to {self.high:.2%})"


class Delays(msgspec.Struct, frozen=True):
    """Times of detection. `missed` ones are censored at the end of their run (Kaplan and Meier 1958). `curve`: time in
    s, share detected by then, and its interval. `median_s`: None when not half of them are ever detected."""

    seen: int
    missed: int
    median_s: float | None
    p95_s: float | None
    curve: list[tuple[float, float, float, float]]


def require_scipy() -> Any:
    """Raises `BenchBroken` that names the extra."""
    try:
        import scipy.stats
    except ImportError:
        raise BenchBroken('a campaign needs scipy: pip install "pumpbench[campaign]"') from None
    return scipy.stats


def share(count: int, total: int) -> Share:
    stats = require_scipy()
    if not total:
        return Share(0, 0, 0.0, 1.0)
    found = stats.binomtest(count, total).proportion_ci(LEVEL, method="exact")
    return Share(count, total, float(found.low), float(found.high))


def delays(seen_s: Sequence[float], missed_after_s: Sequence[float]) -> Delays | None:
    """None when nothing was to be detected."""
    stats = require_scipy()
    if not seen_s and not missed_after_s:
        return None
    data = stats.CensoredData(uncensored=list(seen_s), right=list(missed_after_s))
    curve = stats.ecdf(data)
    times = [float(t_s) for t_s in curve.cdf.quantiles]
    shares = [float(value) for value in curve.cdf.probabilities]
    lows, highs = shares, shares
    if len(seen_s) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # where all or none are left the band has no width: nan
            band = curve.cdf.confidence_interval(LEVEL)
        lows, highs = ([float(value) for value in side.probabilities] for side in (band.low, band.high))
    rows = list(zip(times, shares, lows, highs, strict=True))

    def quantile(level: float) -> float | None:
        return next((t_s for t_s, reached, _, _ in rows if reached >= level), None)

    return Delays(len(seen_s), len(missed_after_s), quantile(0.5), quantile(LEVEL), rows)


def rate_interval(count: int, exposure: float) -> tuple[float, float]:
    """Of a Poisson rate, exact (Garwood 1936), per unit of `exposure`."""
    stats = require_scipy()
    tail = (1 - LEVEL) / 2 if count else 1 - LEVEL
    low = float(stats.gamma.ppf(tail, count)) if count else 0.0
    return low / exposure, float(stats.gamma.ppf(1 - tail, count + 1)) / exposure


def paired(only_first: int, only_second: int) -> float:
    """The probability of so uneven a count of changed verdicts by chance: McNemar's test, exact."""
    changed = only_first + only_second
    return float(require_scipy().binomtest(only_first, changed).pvalue) if changed else 1.0
