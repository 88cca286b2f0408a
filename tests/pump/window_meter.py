"""A meter on the plant that the firmware knows nothing of: the fullest of all sliding windows."""

from __future__ import annotations

from bisect import bisect_right

from emulator.plant import Plant


class WindowMeter:
    """Notes every burst with what it truly displaced, from now on."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._ends_ns: list[int] = []
        self._totals_nl: list[float] = [plant.displaced_nl]
        plant.on_burst(self._burst)

    def _burst(self, t_ns: int, _before_kpa: float, _peak_kpa: float) -> None:
        self._ends_ns.append(t_ns)
        self._totals_nl.append(self._plant.displaced_nl)

    def fullest_nl(self, window_s: float) -> float:
        """The most in any closed window of that length, wherever it begins.

        A fullest window can be moved until it begins with a burst, so those are all that need be looked at.
        A burst that ends inside counts as a whole.
        """
        window_ns = round(window_s * 1e9)
        totals = self._totals_nl
        return max(
            (
                totals[bisect_right(self._ends_ns, end_ns + window_ns)] - totals[index]
                for index, end_ns in enumerate(self._ends_ns)
            ),
            default=0.0,
        )

    @property
    def total_nl(self) -> float:
        return self._totals_nl[-1] - self._totals_nl[0]
