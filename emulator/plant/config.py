"""Every physical constant of the bench, with its unit and where it comes from.

"reference bench" is what this project chose to build, "source n" a row of the table in emulator/FIDELITY.md,
"assumed" a plausible value without evidence.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DrugKinetics:
    """How one drug leaves the CSF and where its effect is lost or too much.

    half_life_s: first-order elimination from the CSF (sources 1 to 5).
    usual_daily_ug: the daily dose that this patient is used to (assumed, within the published range).
    withdrawal_fraction: of the usual steady amount; below it hours count as withdrawal. 0 = has none.
    overdose_ratio: times the usual steady amount; above it hours count as overdose (assumed).
    """

    name: str
    half_life_s: float
    usual_daily_ug: float
    withdrawal_fraction: float
    overdose_ratio: float

    def __post_init__(self) -> None:
        if self.half_life_s <= 0 or self.usual_daily_ug <= 0:
            raise ValueError(f"{self.name}: half life and usual daily dose must be above 0")


# Baclofen: 3 % of the steady amount is reached 25 h after loss at 5 h half-life; withdrawal
# begins 1 to 3 days after loss (source 6). The other fractions are assumed alike; ziconotide has none.
DRUGS: dict[str, DrugKinetics] = {
    "baclofen": DrugKinetics("baclofen", 5 * 3600.0, 400.0, 0.03, 3.0),
    "morphine": DrugKinetics("morphine", 185 * 60.0, 4_000.0, 0.03, 3.0),
    "ziconotide": DrugKinetics("ziconotide", 4.6 * 3600.0, 10.0, 0.0, 3.0),
    "clonidine": DrugKinetics("clonidine", 66 * 60.0, 1_000.0, 0.03, 3.0),
    "bupivacaine": DrugKinetics("bupivacaine", 3 * 3600.0, 12_000.0, 0.03, 3.0),
}


# CRC Handbook, water at 20 degC; drug solutions on the bench are water to 1 %.
WATER_G_PER_ML = 0.9982


@dataclass(frozen=True)
class PlantConfig:
    """The reference bench as physics sees it; a bench that differs replaces fields."""

    # Motor (reference bench: 200 steps, 1/16 microstepping). Torques are assumed for a small NEMA 8 motor.
    microsteps_per_rev: int = 3_200
    hold_torque_mnm: float = 14.0
    friction_torque_mnm: float = 10.0
    pull_out_microsteps_per_s: float = 32_000.0  # available torque falls linearly to 0 here (assumed)

    # Peristaltic head (reference bench: 60 000 nL/rev, 3 rollers). Pulsation depth is assumed.
    volume_per_rev_nl: float = 60_000.0
    rollers: int = 3
    pulsation: float = 0.15  # flow swings by this fraction, once per roller
    calibration_error: float = 0.0  # true volume over the nominal one, minus 1
    temperature_c: float = 37.0
    temperature_per_k: float = 0.001  # tube softens: volume per revolution, relative to 37 degC (assumed)

    # Reservoir (source 7: 20 or 40 mL).
    capacity_nl: float = 20_000_000.0
    fill_nl: float = 18_000_000.0
    concentration_ug_per_ml: float = 500.0

    # Catheter and line. A 300 nL stroke in 10 ms gives about 5 kPa that decay with 54 ms (assumed, so
    # that a pulse is well above the noise of the pressure sensor and gone before the next stroke).
    compliance_nl_per_kpa: float = 50.0
    resistance_kpa_h_per_ul: float = 3e-4
    patient_kpa: float = 1.3  # source 8: 0.96 to 2.2 kPa
    dead_volume_nl: float = 200_000.0  # 77 cm at 0.0026 mL/cm (source 7)
    mixing: float = 0.2  # share exchanged between neighbouring catheter cells at each shift (assumed)

    # Patient.
    drug: DrugKinetics = DRUGS["baclofen"]
    starts_at_usual_dose: bool = True

    # Supply at the battery side; brown-out of the board (RP2040 core regulator needs about 1.8 V).
    supply_mv: float = 3_700.0
    power_off_below_mv: float = 1_800.0
    power_on_above_mv: float = 2_000.0

    def __post_init__(self) -> None:
        if not 0 <= self.fill_nl <= self.capacity_nl:
            raise ValueError(f"fill {self.fill_nl:.0f} nL is outside 0..{self.capacity_nl:.0f} nL")
        if not 0 <= self.pulsation < 1:
            raise ValueError(f"pulsation {self.pulsation} is outside 0..1: the head would flow backwards")
        if self.compliance_nl_per_kpa <= 0 or self.resistance_kpa_h_per_ul <= 0:
            raise ValueError("compliance and resistance must be above 0")
