"""The configuration of a bench, and the scenario keys that change it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from emulator.plant.config import DRUGS, PlantConfig


@dataclass(frozen=True)
class BenchConfig:
    """Parts around the plant. Noise is one standard deviation."""

    plant: PlantConfig = field(default_factory=PlantConfig)
    # AS5600 datasheet, electrical characteristics: 0.015 deg RMS with the slow filter = 0.17 counts.
    rotor_noise_counts: float = 0.17
    # How the magnet happens to be glued on, how far off centre, and how far it is from round (assumed: glued with care,
    # a fifth of the +-1 deg that the datasheet allows).
    magnet_offset_counts: float = 1_234.0
    magnet_eccentricity_deg: float = 0.1
    magnet_linearity_deg: float = 0.1
    pressure_noise_kpa: float = 0.1  # assumed
    adc_offset_lsb: float = 5.0  # of the converter's 4096 (assumed; the RP2040's datasheet gives none)
    supply_noise_mv: float = 3.0  # assumed, at the pin
    clock_drift_ppm: float = 1.0  # DS3231 datasheet: +-2 ppm from 0 to 40 degC
    start_clock: datetime = datetime(2026, 3, 2, 8, 0, 0)
    is_clock_set: bool = True

    @classmethod
    def ideal(cls, plant: PlantConfig | None = None, **changes: Any) -> "BenchConfig":
        """Parts without error on purpose, on a steady plant unless another one is given."""
        exact: dict[str, Any] = {
            "rotor_noise_counts": 0.0,
            "magnet_eccentricity_deg": 0.0,
            "magnet_linearity_deg": 0.0,
            "pressure_noise_kpa": 0.0,
            "adc_offset_lsb": 0.0,
            "supply_noise_mv": 0.0,
            "clock_drift_ppm": 0.0,
        }
        return cls(plant=plant or PlantConfig.ideal(), **(exact | changes))

    def with_key(self, key: str, value: float) -> "BenchConfig":
        """This bench with one scenario key changed; value in the unit kind of SCENARIO_KEYS.

        Raises KeyError for a key that SCENARIO_KEYS does not list.
        """
        part, name, _ = SCENARIO_KEYS[key]
        if part == "bench":
            return replace(self, **{name: value})
        plant = self.plant
        if name == "dead_volume_nl":
            return replace(self, plant=plant.with_dead_volume(value))
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
    "hold_torque": ("plant", "hold_torque_mnm", "torque"),
    "friction_torque": ("plant", "friction_torque_mnm", "torque"),
    "detent_torque": ("plant", "detent_torque_mnm", "torque"),
    "rotor_phase": ("plant", "rotor_phase_microsteps", "number"),
    "pull_out_speed": ("plant", "pull_out_microsteps_per_s", "frequency"),
    "volume_per_rev": ("plant", "volume_per_rev_nl", "volume"),
    "calibration_error": ("plant", "calibration_error", "fraction"),
    "pulsation": ("plant", "pulsation", "fraction"),
    "roller_dip": ("plant", "roller_dip", "fraction"),
    "roller_reversal": ("plant", "roller_reversal", "fraction"),
    "bad_roller": ("plant", "bad_roller", "fraction"),
    "back_pressure_loss": ("plant", "back_pressure_per_kpa", "fraction"),
    "temperature": ("plant", "temperature_c", "temperature"),
    "patient_pressure": ("plant", "patient_kpa", "pressure"),
    "posture": ("plant", "posture_kpa", "pressure"),
    "posture_period": ("plant", "posture_period_s", "duration"),
    "breath": ("plant", "breath_kpa", "pressure"),
    "heartbeat": ("plant", "heartbeat_kpa", "pressure"),
    "cough": ("plant", "cough_kpa", "pressure"),
    "cough_period": ("plant", "cough_period_s", "duration"),
    "compliance": ("plant", "compliance_nl_per_kpa", "compliance"),
    "air": ("plant", "air_nl", "volume"),
    "dead_volume": ("plant", "dead_volume_nl", "volume"),
    "catheter_length": ("plant", "catheter_mm", "length"),
    "bore": ("plant", "bore_mm", "length"),
    "supply": ("plant", "supply_mv", "voltage"),
    "pressure_noise": ("bench", "pressure_noise_kpa", "pressure"),
    "rotor_noise": ("bench", "rotor_noise_counts", "number"),
    "magnet_eccentricity": ("bench", "magnet_eccentricity_deg", "degrees"),
    "magnet_linearity": ("bench", "magnet_linearity_deg", "degrees"),
    "adc_offset": ("bench", "adc_offset_lsb", "number"),
    "supply_noise": ("bench", "supply_noise_mv", "voltage"),
    "clock_drift": ("bench", "clock_drift_ppm", "number"),
}
