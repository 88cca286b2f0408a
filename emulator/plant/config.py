"""Every physical constant of the bench, with its unit and where it comes from.

"reference bench" is what this project chose to build, "source n" a row of the table in emulator/FIDELITY.md,
"assumed" a plausible value without evidence.
"""

from dataclasses import dataclass, replace
from math import pi, sqrt
from typing import Any


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

# CRC Handbook, viscosity of water, mPa.s by degC; between them it is interpolated.
_WATER_MPA_S = ((0.0, 1.79), (10.0, 1.31), (20.0, 1.00), (30.0, 0.798), (40.0, 0.653), (50.0, 0.547), (60.0, 0.467))


def viscosity_mpa_s(temperature_c: float) -> float:
    """Of water, mPa.s. Outside 0 to 60 degC the value of the nearer end."""
    below_c, below = _WATER_MPA_S[0]
    for above_c, above in _WATER_MPA_S:
        if temperature_c <= above_c:
            if above_c == below_c:
                return above
            return below + (above - below) * max(temperature_c - below_c, 0.0) / (above_c - below_c)
        below_c, below = above_c, above
    return below


@dataclass(frozen=True)
class PlantConfig:
    """The reference bench as physics sees it; a bench that differs replaces fields. Defaults are realistic:
    `ideal` has a head, a line and a patient that are steady."""

    # Motor (reference bench: 200 steps, 1/16 microstepping). Torques are assumed for a small NEMA 8 motor.
    microsteps_per_rev: int = 3_200
    hold_torque_mnm: float = 14.0
    friction_torque_mnm: float = 10.0
    detent_torque_mnm: float = 0.7  # holds a rotor that stands; 5 % of holding, usual for hybrid motors (assumed)
    pull_out_microsteps_per_s: float = 32_000.0  # available torque falls linearly to 0 here (assumed)
    # Where the rotor stands in the driver's cycle when the driver first gets its supply: 0 is where home would have
    # drawn it. Whoever mounts the motor does not know.
    rotor_phase_microsteps: float = 0.0

    # Peristaltic head (reference bench: 60 000 nL/rev, 3 rollers). Source 17: flow is interrupted and may
    # reverse as a roller leaves; source 18: 11 % for a pump made for low pulsation. Figures are assumed.
    volume_per_rev_nl: float = 60_000.0
    rollers: int = 3
    pulsation: float = 0.15  # flow swings by this fraction, once per roller; above 1 it reverses
    roller_dip: float = 0.05  # share of a roller's way over which it leaves the tube
    roller_reversal: float = 0.1  # flow there, backwards, over the mean flow
    bad_roller: float = 0.0  # share that the first roller displaces less; a revolution keeps its volume
    calibration_error: float = 0.0  # true volume over the nominal one, minus 1
    temperature_c: float = 37.0
    temperature_per_k: float = 0.001  # tube softens: volume per revolution, relative to 37 degC (assumed)
    # Source 19: -17 to -7 % at +300 mmHg (40 kPa). Counted from the pressure of calibration.
    back_pressure_per_kpa: float = 0.003
    calibrated_kpa: float = 1.3

    # Reservoir (source 7: 20 or 40 mL).
    capacity_nl: float = 20_000_000.0
    fill_nl: float = 18_000_000.0
    concentration_ug_per_ml: float = 500.0

    # Catheter and line. Sources 20 and 21: 12.5 and 25 uL at 100 kPa are 125 to 250 nL/kPa.
    compliance_nl_per_kpa: float = 190.0
    catheter_mm: float = 770.0
    bore_mm: float = 0.575  # 0.0026 mL/cm (source 7)
    air_nl: float = 0.0  # gas in the line at the start
    mixing: float = 0.2  # share exchanged between neighbouring catheter cells at each shift (assumed)

    # Patient: lumbar pressure lying (source 8: 0.96 to 2.2 kPa), and what moves it.
    patient_kpa: float = 1.3
    posture_kpa: float = 2.0  # higher while sitting (assumed; source 22 has up to 10 kPa)
    posture_period_s: float = 7_200.0  # one half lying, one half sitting (assumed)
    breath_kpa: float = 0.15  # amplitude, 15 a minute (assumed)
    heartbeat_kpa: float = 0.2  # amplitude, 70 a minute (assumed)
    cough_kpa: float = 4.0  # source 22: 4.6 kPa at a Valsalva manoeuvre
    cough_period_s: float = 900.0  # one of a second in each, at a random time (assumed)
    drug: DrugKinetics = DRUGS["baclofen"]
    starts_at_usual_dose: bool = True

    # Supply at the battery side; brown-out of the board (RP2040 core regulator needs about 1.8 V).
    supply_mv: float = 3_700.0
    power_off_below_mv: float = 1_800.0
    power_on_above_mv: float = 2_000.0

    def __post_init__(self) -> None:
        if not 0 <= self.fill_nl <= self.capacity_nl:
            raise ValueError(f"fill {self.fill_nl:.0f} nL is outside 0..{self.capacity_nl:.0f} nL")
        for name, most in (("pulsation", 4.0), ("roller_reversal", 4.0), ("roller_dip", 0.5), ("bad_roller", 0.9)):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise ValueError(f"{name} {value} is outside 0..{most:g}")
        if min(self.friction_torque_mnm, self.detent_torque_mnm) < 0 or self.hold_torque_mnm <= 0:
            raise ValueError("holding torque must be above 0, friction and detent not below")
        if self.compliance_nl_per_kpa <= 0 or self.bore_mm <= 0 or self.catheter_mm <= 0:
            raise ValueError("compliance, bore and length of the catheter must be above 0")
        if self.posture_period_s < 2 or self.cough_period_s < 2:
            raise ValueError("posture and cough come at most once in 2 s")

    @classmethod
    def ideal(cls, **changes: Any) -> "PlantConfig":
        """A bench that is steady on purpose: rollers as a sine, a patient who neither moves nor breathes."""
        steady: dict[str, Any] = {
            "roller_dip": 0.0,
            "roller_reversal": 0.0,
            "back_pressure_per_kpa": 0.0,
            "posture_kpa": 0.0,
            "breath_kpa": 0.0,
            "heartbeat_kpa": 0.0,
            "cough_kpa": 0.0,
        }
        return cls(**(steady | changes))

    @property
    def dead_volume_nl(self) -> float:
        """What the bore holds over the length of the catheter; 1 mm3 is 1000 nL."""
        return pi / 4 * self.bore_mm**2 * self.catheter_mm * 1_000.0

    @property
    def resistance_kpa_s_per_nl(self) -> float:
        """Of the same bore, after Hagen and Poiseuille: 128 viscosity length / (pi bore^4).

        mPa.s mm / mm4 is 1e6 Pa.s/m3, and 1 Pa.s/m3 is 1e-15 kPa.s/nL.
        """
        return 128 * viscosity_mpa_s(self.temperature_c) * self.catheter_mm / (pi * self.bore_mm**4) * 1e-9

    def with_dead_volume(self, volume_nl: float) -> "PlantConfig":
        """A catheter of the same length whose bore holds this much. Raises ValueError for none."""
        if volume_nl <= 0:
            raise ValueError("dead volume must be above 0")
        return replace(self, bore_mm=sqrt(volume_nl * 1e-3 / (pi / 4 * self.catheter_mm)))
