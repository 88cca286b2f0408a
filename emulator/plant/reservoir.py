"""The drug that is really there, whatever the pump believes."""

from emulator.plant.config import PlantConfig


class Reservoir:
    """True volume and true concentration.

    volume_nl: 0 or more. A fill beyond the capacity is refused by physics: the excess is returned, as a
    syringe plunger would push back.
    """

    def __init__(self, config: PlantConfig) -> None:
        self.capacity_nl = config.capacity_nl
        self.volume_nl = config.fill_nl
        self.concentration_ug_per_ml = config.concentration_ug_per_ml

    @property
    def is_dry(self) -> bool:
        """Nothing left to displace."""
        return self.volume_nl <= 0.0

    def withdraw(self, volume_nl: float | None = None) -> float:
        """Take volume out with a syringe, all of it when None; returns what came out."""
        out_nl = self.volume_nl if volume_nl is None else min(volume_nl, self.volume_nl)
        self.volume_nl -= out_nl
        return out_nl

    def fill(self, volume_nl: float, concentration_ug_per_ml: float | None = None) -> float:
        """Put volume in, mixing with what is left; returns what went in (nL)."""
        in_nl = min(volume_nl, self.capacity_nl - self.volume_nl)
        if in_nl <= 0.0:
            return 0.0
        strength = concentration_ug_per_ml
        if strength is None:
            strength = self.concentration_ug_per_ml
        drug = self.concentration_ug_per_ml * self.volume_nl + strength * in_nl
        self.volume_nl += in_nl
        self.concentration_ug_per_ml = drug / self.volume_nl
        return in_nl
