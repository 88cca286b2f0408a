"""A bench whose one truth is a balance: what left the reservoir, or came into a beaker, as measured and not as counted.

No faults, no hands, no supply: what a scenario asks of those is blocked before (hil/run/blocked.py). Evaporation during
the run is not taken off; docs/bench/running.md says how much that is.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

from hil.errors import BenchBroken
from hil.scenario.model import Condition
from hil.targets.balance import Balance
from hil.targets.base import Injection
from hil.targets.truth import Edges, TruthSeries

LEAST_NL = 200_000.0  # below it a balance of 0.1 mg does not tell a dose from its own noise
_NL_PER_G = 1e6
_WATER_G_PER_ML = 0.9982


class BalanceBench:
    """`now_ns` is the time of the run. Every failure of the balance is `BenchBroken`."""

    def __init__(self, balance: Balance, now_ns: Callable[[], int]) -> None:
        self._balance = balance
        self._now_ns = now_ns
        self.serial_number = balance.reset()
        self._t_ns = array("q")
        self._grams = array("d")

    def begin(self) -> None:
        """A run begins: what was weighed before it is left aside."""
        del self._t_ns[:], self._grams[:]

    def sample(self) -> None:
        weight = self._balance.weigh()
        self._t_ns.append(self._now_ns())
        self._grams.append(weight.grams)

    def truth(self) -> TruthSeries:
        """Delivered volume alone. A pan that became lighter holds the reservoir, one that became heavier the beaker."""
        if not self._grams:
            return TruthSeries()
        first_g, last_g = self._grams[0], self._grams[-1]
        nl_per_g = (-_NL_PER_G if last_g < first_g else _NL_PER_G) / _WATER_G_PER_ML
        delivered_nl = array("d", ((grams - first_g) * nl_per_g for grams in self._grams))
        return TruthSeries(t_ns=self._t_ns, delivered_nl=delivered_nl, least_nl=LEAST_NL)

    def close(self) -> None:
        self._balance.close()

    # What nothing here can do: the first three are blocked before a run, so nobody comes here.

    def inject(self, fault: str, parameters: dict[str, Any]) -> Injection:
        raise BenchBroken(f"{fault}: a balance injects nothing")

    def press(self, button: str, hold_ns: int | None) -> None:
        raise BenchBroken(f"{button}: a balance presses no button")

    def watch(self, condition: Condition, met: Callable[[], None]) -> None:
        raise BenchBroken(f"{condition.text}: a balance is not fast enough for that")

    def release(self, button: str) -> None:
        """Nothing was pressed."""

    def withdraw(self, volume_nl: int) -> None:
        """Done by hand."""

    def fill(self, volume_nl: int, port: str, concentration_ug_per_ml: int | None = None) -> None:
        """Done by hand."""

    def patient(self) -> dict[str, float] | None:
        return None

    def buzzer(self) -> Edges:
        return []
