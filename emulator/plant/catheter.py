"""Where the drug is inside the catheter: old and new drug meet there after a refill.

Plug flow would deliver the new drug at once after the dead volume; published priming incidents show an
early arrival and a diluted tail. The dead volume is a row of cells that move on together and exchange a
share with their neighbours at each move.
"""

from emulator.plant.config import PlantConfig

CELLS = 20


class Catheter:
    """Concentrations along the dead volume, from the pump (first) to the tip (last), ug/mL."""

    def __init__(self, config: PlantConfig) -> None:
        self._cell_nl = config.dead_volume_nl / CELLS
        self._mixing = config.mixing
        self._cells = [config.concentration_ug_per_ml] * CELLS
        self._through_nl = 0.0

    @property
    def tip_ug_per_ml(self) -> float:
        """Concentration that leaves now."""
        return self._cells[-1]

    @property
    def drug_ug(self) -> float:
        """Amount inside the dead volume."""
        return sum(self._cells) * self._cell_nl * 1e-6

    def push(self, out_nl: float, inlet_ug_per_ml: float) -> float:
        """`out_nl` leave at the tip (negative: CSF comes back in); returns the ug that leave."""
        left_nl = self._cell_nl - self._through_nl
        drug = 0.0
        while out_nl >= left_nl:
            drug += left_nl * self._cells[-1]
            out_nl -= left_nl
            left_nl = self._cell_nl
            self._through_nl = 0.0
            self._shift(inlet_ug_per_ml)
        self._through_nl += out_nl
        # CSF that is drawn in carries a dilution that the next outflow brings back: booked as returned.
        return (drug + out_nl * self._cells[-1]) * 1e-6

    def _shift(self, inlet_ug_per_ml: float) -> None:
        cells = self._cells
        cells.insert(0, inlet_ug_per_ml)
        cells.pop()
        if min(cells) == max(cells):
            return
        share = self._mixing
        for i in range(CELLS - 1):
            exchanged = (cells[i] - cells[i + 1]) * share / 2
            cells[i] -= exchanged
            cells[i + 1] += exchanged
