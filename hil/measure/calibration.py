"""Volume of one revolution by a balance: turn, rest, weigh; then least squares.

    reading = start + drift x time + slope x revolutions

fitted to all weighings at rest. The drift is evaporation and the balance's own; it is told from delivery because at
each rest time passes and nothing turns, longest before the first and after the last turn. Turns are whole, so that the
rollers' phase and the magnet's cancel. The standard uncertainty of the slope is that of ordinary least squares, with
the scatter taken no smaller than one digit of the balance allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import sqrt

import msgspec

from hil.errors import BenchBroken, OutOfRange, PumpbenchError
from hil.measure.accuracy import HONEST_NL
from hil.pump.client import Client
from hil.pump.jog import jog, most_nl
from hil.targets.balance import Balance, Weight

DIGIT_G = 0.0001
WATER_G_PER_ML = 0.9982  # 20 degC
# Room temperature by 4 degC is 0.09 %, and what air bears of water is 0.1 %: one rectangular part for both.
DENSITY_PART = 0.001
COVERAGE = 2  # 95 % of a normal distribution
_SETTLE_WITHIN_S = 60.0
_EVERY_S = 1.0
_SHORT_REST = 5
_NL_PER_G = 1e6
_PARAMETERS = 3
_LEAST_STEPS = 4


class NotHonest(PumpbenchError):
    """What was weighed does not carry a calibration."""


class Weighed(msgspec.Struct, frozen=True):
    """One weighing at rest: seconds, revolutions turned so far, grams."""

    t_s: float
    revolutions: float
    grams: float


class Slope(msgspec.Struct, frozen=True):
    """Grams per revolution and grams per second with their standard uncertainties; `scatter_g`: of one weighing."""

    grams_per_rev: float
    u_grams_per_rev: float
    drift_g_per_s: float
    u_drift_g_per_s: float
    scatter_g: float
    weighings: int


class Volume(msgspec.Struct, frozen=True):
    """nL per revolution; `u_nl` is one standard uncertainty of all parts together."""

    nl_per_rev: float
    u_nl: float
    revolutions: float
    slope: Slope

    @property
    def expanded_nl(self) -> float:
        return COVERAGE * self.u_nl


def check_volume(revolutions: int, config: dict[str, int]) -> None:
    """OutOfRange for less than a balance can weigh, or for a bench that cannot turn once at a time."""
    nl_per_rev = config["nl_per_rev"]
    if revolutions * nl_per_rev < HONEST_NL:
        least = -(-HONEST_NL // nl_per_rev)
        raise OutOfRange(
            f"revolutions: found {revolutions}, {revolutions * nl_per_rev / 1000:g} uL; allowed: {least} or more:"
            f" below {HONEST_NL // 1000} uL a balance of 0.1 mg does not carry a calibration"
        )
    if most_nl(config) < nl_per_rev:
        raise OutOfRange(
            f"catheter_dead_volume_nl: found {config['catheter_dead_volume_nl']}; the pump primes that and 20 %, less"
            f" than one revolution of {nl_per_rev} nL: pumpbench flash PORT --config FILE"
        )


def fit(weighings: Sequence[Weighed]) -> Slope:
    """Ordinary least squares with two regressors. NotHonest when the weighings do not tell them apart."""
    n = len(weighings)
    if n <= _PARAMETERS:
        raise NotHonest(f"{n} weighings; {_PARAMETERS + 1} are the least")
    t0, r0, g0 = (sum(column) / n for column in zip(*(msgspec.structs.astuple(row) for row in weighings), strict=True))
    rows = [(row.t_s - t0, row.revolutions - r0, row.grams - g0) for row in weighings]
    tt, rr, tr = sum(t * t for t, _, _ in rows), sum(r * r for _, r, _ in rows), sum(t * r for t, r, _ in rows)
    tg, rg = sum(t * g for t, _, g in rows), sum(r * g for _, r, g in rows)
    apart = tt * rr - tr * tr
    if apart <= 1e-9 * tt * rr:
        raise NotHonest("turning and time went together in all weighings: evaporation cannot be told from delivery")
    drift, per_rev = (tg * rr - rg * tr) / apart, (rg * tt - tg * tr) / apart
    left = sum((g - drift * t - per_rev * r) ** 2 for t, r, g in rows)
    scatter = max(sqrt(left / (n - _PARAMETERS)), DIGIT_G / sqrt(12))
    return Slope(per_rev, scatter * sqrt(tt / apart), drift, scatter * sqrt(rr / apart), scatter, n)


def volume_of(slope: Slope, revolutions: float, density_g_per_ml: float) -> Volume:
    """Of a reservoir or of a beaker on the pan. NotHonest when too little was weighed, or nothing clear."""
    nl_per_rev = abs(slope.grams_per_rev) / density_g_per_ml * _NL_PER_G
    if nl_per_rev * revolutions < HONEST_NL:
        raise NotHonest(
            f"the balance saw {nl_per_rev * revolutions / 1000:.1f} uL in {revolutions:g} revolutions; below"
            f" {HONEST_NL // 1000} uL it does not carry a calibration: is the line open, and on the pan?"
        )
    u_fit = slope.u_grams_per_rev / density_g_per_ml * _NL_PER_G
    return Volume(nl_per_rev, sqrt(u_fit**2 + (DENSITY_PART / sqrt(3) * nl_per_rev) ** 2), revolutions, slope)


class Calibration:
    """`rest_s`: weighed before the first and after the last turn. `settle_s`: after each turn, before weighing."""

    def __init__(
        self,
        client: Client,
        balance: Balance,
        tell: Callable[[str], None] = lambda line: None,
        rest_s: float = 120.0,
        settle_s: float = 10.0,
    ) -> None:
        self._client = client
        self._balance = balance
        self._tell = tell
        self._rest_s = rest_s
        self._settle_s = settle_s
        self._turned = 0.0
        self.weighings: list[Weighed] = []

    def run(self, revolutions: int, density_g_per_ml: float = WATER_G_PER_ML) -> Volume:
        """Turn and weigh. OutOfRange, NotHonest, BenchBroken by the balance; Refused and JogEnded by the pump."""
        config = self._client.config()
        check_volume(revolutions, config)
        nl_per_rev = config["nl_per_rev"]
        at_once = min(most_nl(config) // nl_per_rev, max(1, revolutions // _LEAST_STEPS))
        self._balance.reset()
        self._rest(round(self._rest_s / _EVERY_S))
        done = 0
        while done < revolutions:
            step = min(at_once, revolutions - done)
            self._turned += jog(self._client, step * nl_per_rev) / nl_per_rev
            done += step
            self._rest(_SHORT_REST if done < revolutions else round(self._rest_s / _EVERY_S))
            self._tell(f"{done} of {revolutions} revolutions, {self.weighings[-1].grams:.4f} g")
        return volume_of(fit(self.weighings), self._turned, density_g_per_ml)

    def _rest(self, count: int) -> None:
        self._wait(self._settle_s)
        self._client.status()  # a session ends after 3 minutes without a request
        for _ in range(count):
            weight = self._stable()
            self.weighings.append(Weighed(self._client.clock.now_s(), self._turned, weight.grams))
            self._wait(_EVERY_S)

    def _stable(self) -> Weight:
        end_s = self._client.clock.now_s() + _SETTLE_WITHIN_S
        while not (weight := self._balance.weigh()).is_stable:
            if self._client.clock.now_s() > end_s:
                raise BenchBroken(
                    f"balance: not stable within {_SETTLE_WITHIN_S:g} s at rest; draught, vibration, or a tube that"
                    " touches the pan?"
                )
            self._wait(_EVERY_S)
        return weight

    def _wait(self, seconds: float) -> None:
        for _ in self._client.listen(seconds):
            pass
