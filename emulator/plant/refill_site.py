"""What a person with a needle really does, which is not always what is entered afterwards."""

from enum import Enum

from emulator.plant.plant import Plant


class Port(Enum):
    """Where the needle is."""

    RESERVOIR = "reservoir"
    POCKET = "pocket"
    CATHETER = "catheter"


class RefillSite:
    """Withdrawing and filling through the skin; call with the plant advanced to now.

    Faults arm the next visit: pocket_nl and wrong_port_nl of the next fill go astray, strength_ratio
    is the true over the entered concentration, is_overdue keeps everybody away.
    Counters are their evidence.
    """

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.pocket_nl = 0.0
        self.wrong_port_nl = 0.0
        self.strength_ratio = 1.0
        self.is_overdue = False
        self.pocketed_nl = 0.0
        self.misported_nl = 0.0
        self.mixed_wrongly_nl = 0.0
        self.visits_missed = 0

    def withdraw(self, volume_nl: float | None = None) -> float:
        """Empty the reservoir (or take volume_nl); returns the nL in the syringe."""
        if self.is_overdue:
            self.visits_missed += 1
            return 0.0
        return self._plant.reservoir.withdraw(volume_nl)

    def fill(
        self, volume_nl: float, concentration_ug_per_ml: float | None = None, port: Port = Port.RESERVOIR
    ) -> float:
        """Inject; concentration None is the one that the reservoir had. Returns the nL in the reservoir."""
        if self.is_overdue:
            self.visits_missed += 1
            return 0.0
        entered = concentration_ug_per_ml
        if entered is None:
            entered = self._plant.reservoir.concentration_ug_per_ml
        true_ug_per_ml = entered * self.strength_ratio
        if port is Port.POCKET:
            self.pocketed_nl += volume_nl
            return 0.0
        if port is Port.CATHETER:
            self.inject_csf(volume_nl, true_ug_per_ml)
            return 0.0
        astray_nl = min(self.pocket_nl, volume_nl)
        self.pocket_nl = 0.0
        self.pocketed_nl += astray_nl
        misported_nl = min(self.wrong_port_nl, volume_nl - astray_nl)
        self.wrong_port_nl = 0.0
        if misported_nl:
            self.inject_csf(misported_nl, true_ug_per_ml)
        filled_nl = self._plant.reservoir.fill(volume_nl - astray_nl - misported_nl, true_ug_per_ml)
        if self.strength_ratio != 1.0:
            self.mixed_wrongly_nl += filled_nl
        return filled_nl

    def lose_to_pocket(self, volume_nl: float) -> None:
        """The last fill left this much beside the pump."""
        self.pocketed_nl += self._plant.reservoir.withdraw(volume_nl)

    def inject_csf(self, volume_nl: float, concentration_ug_per_ml: float | None = None) -> None:
        """The catheter access port is a way straight into the CSF."""
        strength = concentration_ug_per_ml
        if strength is None:
            strength = self._plant.reservoir.concentration_ug_per_ml
        self.misported_nl += volume_nl
        self._plant.inject_csf(volume_nl, strength)
