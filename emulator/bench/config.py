"""The configuration of a bench, and the scenario keys that change it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from emulator.plant.config import DRUGS, PlantConfig


@dataclass(frozen=True)
class BenchConfig:
    """Parts around the plant. Noise is one standard deviation."""

    plant: PlantConfig = field(default_factory=PlantConfig)
    # AS5600 datasheet, electrical characteristics: 0.015 deg RMS with the slow filter = 0.17 counts.
    rotor_noise_counts: float = 0.17
    # How the magnet happens to be glued on, and how far off centre (assumed; datasheet allows +-1 deg).
    magnet_offset_counts: float = 1_234.0
    magnet_eccentricity_counts: float = 1.0
    pressure_noise_kpa: float = 0.1  # assumed
    supply_noise_mv: float = 3.0  # assumed, at the pin
    # DS3231 datasheet: +-2 ppm from 0 to 40 degC. The default bench has a perfect one.
    clock_drift_ppm: float = 0.0
    start_clock: datetime = datetime(2026, 3, 2, 8, 0, 0)
    is_clock_set: bool = True

    def with_key(self, key: str, value: float) -> "BenchConfig":
        """This bench with one scenario key changed; value in the unit kind of SCENARIO_KEYS.

        Raises KeyError for a key that SCENARIO_KEYS does not list.
        """
        part, name, _ = SCENARIO_KEYS[key]
        if part == "bench":
            return replace(self, **{name: value})
        plant = self.plant
        if name == "capacity_nl" and plant.fill_nl > value:
            plant = replace(plant, fill_nl=value)
        return replace(self, plant=replace(plant, **{name: value}))

    def with_drug(self, name: str, usual_daily_ug: float | None = None) -> "BenchConfig":
        """This bench with another drug's kinetics in the patient.

        Raises ValueError for a drug without kinetics.
        """
        if name not in DRUGS:
            raise ValueError(f"no kinetics for drug {name!r}; there are {', '.join(DRUGS)}")
        drug = DRUGS[name]
        if usual_daily_ug is not None:
            drug = replace(drug, usual_daily_ug=usual_daily_ug)
        return replace(self, plant=replace(self.plant, drug=drug))


# Scenario key -> (where, field, unit kind as in emulator.faults.UNITS).
SCENARIO_KEYS: dict[str, tuple[str, str, str]] = {
    "reservoir": ("plant", "capacity_nl", "volume"),
    "fill": ("plant", "fill_nl", "volume"),
    "concentration": ("plant", "concentration_ug_per_ml", "concentration"),
    "volume_per_rev": ("plant", "volume_per_rev_nl", "volume"),
    "calibration_error": ("plant", "calibration_error", "fraction"),
    "pulsation": ("plant", "pulsation", "fraction"),
    "temperature": ("plant", "temperature_c", "temperature"),
    "patient_pressure": ("plant", "patient_kpa", "pressure"),
    "dead_volume": ("plant", "dead_volume_nl", "volume"),
    "supply": ("plant", "supply_mv", "voltage"),
    "pressure_noise": ("bench", "pressure_noise_kpa", "pressure"),
    "rotor_noise": ("bench", "rotor_noise_counts", "number"),
    "supply_noise": ("bench", "supply_noise_mv", "voltage"),
    "clock_drift": ("bench", "clock_drift_ppm", "number"),
}
