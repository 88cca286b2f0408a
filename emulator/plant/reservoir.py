"""The drug that is really there, whatever the pump believes."""

from emulator.plant.config import PlantConfig

FL_PER_NL = 1_000_000  # femtolitres: small enough for a thousandth of a microstep, and exact to add up


class Reservoir:
    """True volume (femtolitres, 0 or more) and true concentration.

    A fill beyond the capacity is refused by physics: the plunger of the syringe stops.
    """

    def __init__(self, config: PlantConfig) -> None:
        self.capacity_nl = config.capacity_nl
        self.volume_fl = round(config.fill_nl * FL_PER_NL)
        self.concentration_ug_per_ml = config.concentration_ug_per_ml

    @property
    def volume_nl(self) -> float:
        """What is left."""
        return self.volume_fl / FL_PER_NL

    @property
    def is_dry(self) -> bool:
        """Nothing left to displace."""
        return self.volume_fl <= 0

    def withdraw(self, volume_nl: float | None = None) -> float:
        """Take volume out with a syringe, all of it when None; returns what came out (nL)."""
        out_fl = self.volume_fl if volume_nl is None else min(round(volume_nl * FL_PER_NL), self.volume_fl)
        self.volume_fl -= out_fl
        return out_fl / FL_PER_NL

    def fill(self, volume_nl: float, concentration_ug_per_ml: float | None = None) -> float:
        """Put volume in, mixing with what is left; returns what went in (nL)."""
        in_nl = min(volume_nl, self.capacity_nl - self.volume_nl)
        if in_nl <= 0.0:
            return 0.0
        strength = concentration_ug_per_ml
        if strength is None:
            strength = self.concentration_ug_per_ml
        drug = self.concentration_ug_per_ml * self.volume_nl + strength * in_nl
        self.volume_fl += round(in_nl * FL_PER_NL)
        self.concentration_ug_per_ml = drug / self.volume_nl
        return in_nl
