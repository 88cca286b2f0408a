"""Published figures beside those of the emulated plant: the table of emulator/FIDELITY.md.

`python -m emulator.fidelity` measures each row on the plant and its parts, writes the table, and exits with 1 when a
row has left its band. The bands are those of the publications, or what this project judges to be near enough.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import exp
from pathlib import Path
from statistics import fmean, pstdev

from emulator.bench.as5600 import As5600
from emulator.bench.config import BenchConfig
from emulator.bench.ds3231 import CONTROL, STATUS, TEMPERATURE, Ds3231
from emulator.bench.noise import deviates
from emulator.bench.sensors import PressureSensor
from emulator.mcu.analog import counts_of
from emulator.nets import PulseTrain
from emulator.plant import Plant, PlantConfig
from emulator.plant.catheter import Catheter
from emulator.plant.config import DRUGS, WATER_G_PER_ML, viscosity_mpa_s
from emulator.plant.patient import Patient

FIDELITY = Path(__file__).with_name("FIDELITY.md")
_BLOCK = re.compile(r"(<!-- generated: fidelity -->\n).*?(<!-- end -->)", re.DOTALL)
S = 1_000_000_000
PERIOD_NS = 625_000
STROKES_PER_REV = 200
HOUR_S = 3_600
START = datetime(2026, 3, 2, 8, 0, 0)


@dataclass(frozen=True)
class Row:
    """`measure` gives the plant's figure in `unit`; low and high are the band. `source`: number in FIDELITY.md."""

    figure: str
    published: str
    source: str
    measure: Callable[[], float]
    unit: str
    low: float
    high: float
    judged: str

    def cells(self, value: float) -> tuple[str, ...]:
        verdict = self.judged if self.low <= value <= self.high else f"**OUTSIDE {self.low:g} to {self.high:g}**"
        return (self.figure, self.published, self.source, f"{value:.4g} {self.unit}".strip(), verdict)


class Driven:
    """A plant with its motor on, stroke by stroke."""

    def __init__(self, config: PlantConfig | None = None) -> None:
        self.plant = Plant(config)
        self.plant.motor.set_enabled(True)

    def stroke(self, microsteps: int = 16, wait_ns: int = S) -> float:
        """nL through the head."""
        before_nl = self.plant.displaced_nl
        train = PulseTrain(self.plant.now_ns, microsteps, PERIOD_NS // 2, PERIOD_NS)
        self.plant.begin_train(train)
        self.plant.advance(train.end_ns + wait_ns)
        return self.plant.displaced_nl - before_nl

    def strokes(self, count: int, wait_ns: int = S) -> list[float]:
        return [self.stroke(wait_ns=wait_ns) for _ in range(count)]

    def revolution_nl(self) -> float:
        return sum(self.strokes(STROKES_PER_REV))


def steady(**config: float) -> PlantConfig:
    """The default plant with a still patient."""
    still: dict[str, float] = {"posture_kpa": 0.0, "breath_kpa": 0.0, "heartbeat_kpa": 0.0, "cough_kpa": 0.0}
    return PlantConfig(**(still | config))  # type: ignore[arg-type]


def back_pressure_percent(kpa: float) -> float:
    return 100 * (Driven(steady(patient_kpa=kpa)).revolution_nl() / 60_000 - 1)


def temperature_percent(temperature_c: float) -> float:
    return 100 * (Driven(steady(temperature_c=temperature_c)).revolution_nl() / 60_000 - 1)


def held_at_ul(kpa: float, **config: float) -> float:
    """What a closed line holds at this pressure above rest."""
    driven = Driven(steady(**config))
    driven.plant.line.close("clamp", 0.0)
    while driven.plant.line.excess_kpa < kpa:
        driven.stroke(wait_ns=0)
    return driven.plant.line.trapped_nl / 1_000 * kpa / driven.plant.line.excess_kpa


def hours_to(kpa: float, ul_per_h: float) -> float:
    return held_at_ul(kpa) / ul_per_h


def bolus_share() -> float:
    """What leaves when a closed line opens, of what went in."""
    driven = Driven(steady())
    driven.plant.line.close("clamp", 0.0)
    into_nl = sum(driven.strokes(30))
    before_nl = driven.plant.in_csf_nl
    driven.plant.line.open("clamp")
    driven.plant.advance(driven.plant.now_ns + 60 * S)
    return (driven.plant.in_csf_nl - before_nl) / into_nl


def lowest_stroke_nl() -> float:
    return min(Driven(steady()).strokes(STROKES_PER_REV))


def standstills() -> float:
    """Percent that a tube of an over-infusing pump gives more after a standstill of three days."""
    driven = Driven(steady())
    driven.plant.head.gain_by_standing("tube", 0.15)
    driven.revolution_nl()
    driven.plant.advance(driven.plant.now_ns + 72 * HOUR_S * S)
    return 100 * (driven.revolution_nl() / 60_000 - 1)


def month_percent() -> float:
    """Of volume, over 30 revolutions with a patient who moves."""
    driven = Driven()
    return 100 * (sum(sum(driven.strokes(STROKES_PER_REV, 54 * S)) for _ in range(30)) / 30 / 60_000 - 1)


def trumpet_percent(strokes: int) -> float:
    """Largest error over any window of so many strokes in three revolutions."""
    volumes = Driven(steady()).strokes(3 * STROKES_PER_REV)
    totals = [0.0]
    for volume in volumes:
        totals.append(totals[-1] + volume)
    mean_nl = totals[-1] / len(volumes)
    windows = (totals[i + strokes] - totals[i] for i in range(len(totals) - strokes))
    return 100 * max(abs(window / strokes / mean_nl - 1) for window in windows)


def level_kpa(sitting: bool) -> float:
    plant = Plant()
    plant.advance((HOUR_S + 60) * S if sitting else 60 * S)
    return plant.line.pressure_kpa


def cough_kpa() -> float:
    line = Plant(PlantConfig(breath_kpa=0.0, heartbeat_kpa=0.0)).line
    return max(line.swing_kpa(tenth * S // 10) for tenth in range(36_000))


def swing_kpa() -> float:
    line = Plant(PlantConfig(cough_kpa=0.0)).line
    return max(line.swing_kpa(tenth * S // 10) for tenth in range(3_000))


def half_life_h(drug: str) -> float:
    patient = Patient(PlantConfig(drug=DRUGS[drug]))
    before_ug, hours = patient.amount_ug, 0
    while patient.amount_ug > before_ug / 2:
        hours += 1
        patient.advance(hours * 36 * S)
    return hours / 100


def hours_to_withdrawal() -> float:
    patient = Patient(PlantConfig())
    hours = 0
    while patient.hours_below == 0.0:
        hours += 1
        patient.advance(hours * HOUR_S * S)
    return float(hours)


def arrival_share(dead_volumes: float) -> float:
    """Strength at the tip after so many dead volumes of a new drug, over the new one's."""
    config = steady(concentration_ug_per_ml=0.0)
    catheter = Catheter(config)
    for _ in range(round(dead_volumes * 100)):
        catheter.push(config.dead_volume_nl / 100, 500.0)
    return catheter.tip_ug_per_ml / 500.0


def widest_code() -> float:
    fine = [counts_of(mv) for mv in range(3_300)]
    return max(fine.count(code) for code in set(fine)) * 4_096 / 3_300


def worst_code() -> float:
    return float(max(abs(counts_of(mv) - mv * 4_096 // 3_300) for mv in range(3_300)))


def pressure_lsb() -> float:
    sensor = PressureSensor(Plant(steady()), BenchConfig(), 1)
    return pstdev([sensor.millivolts(0) for _ in range(4_000)]) * 4_096 / 3_300


def rotor_counts() -> float:
    sensor = As5600(Plant(steady()), BenchConfig(magnet_offset_counts=2_000.5), 1)
    return pstdev([sensor.sample(0) - 2_000.5 for _ in range(4_000)])


def rotor_degrees() -> float:
    """Largest error of the angle over a turn."""
    driven = Driven(steady())
    sensor = As5600(driven.plant, BenchConfig(magnet_offset_counts=0.0), 1)
    errors = []
    for _ in range(STROKES_PER_REV):
        driven.stroke(wait_ns=0)
        turned = driven.plant.motor.rotor_rev * 4_096
        errors.append((sensor.true_counts(driven.plant.now_ns) - turned + 2_048) % 4_096 - 2_048)
    return max(map(abs, errors)) * 360 / 4_096


def clock_ppm() -> float:
    clock = Ds3231(BenchConfig())
    return abs(clock.error_s(86_400 * S)) / 86_400 * 1e6


def clock_degrees() -> float:
    chip = Ds3231(BenchConfig(plant=steady(temperature_c=-5.25)))
    return int.from_bytes(chip.read_from(TEMPERATURE, 2, 0), "big", signed=True) / 256


def conversion_ms() -> float:
    chip = Ds3231(BenchConfig())
    chip.write(bytes((CONTROL, 0x3C)), S)
    return next(ms for ms in range(1_000) if not chip.read_from(STATUS, 1, S + ms * 1_000_000)[0] & 0x04) * 1.0


def alarm_s() -> float:
    """When the flag of an alarm that is set to 08:05:30 is first seen."""
    chip = Ds3231(BenchConfig(start_clock=START, clock_drift_ppm=0.0))
    chip.write(bytes((0x07, 0x30, 0x05, 0x08, 0x80)), 0)
    seen_s = next(second for second in range(600) if chip.read_from(STATUS, 1, second * S)[0] & 0x01)
    return (START + timedelta(seconds=seen_s)).timestamp() - START.timestamp()


def noise_correlation() -> float:
    one, other = deviates("1/pressure"), deviates("2/pressure")
    pairs = [(next(one), next(other)) for _ in range(20_000)]
    return abs(fmean(first * second for first, second in pairs))


def pulse_kpa(**config: float) -> float:
    """Mean over a revolution of what a stroke of 300 nL adds."""
    driven = Driven(steady(**config))
    pulses = []
    for _ in range(STROKES_PER_REV):
        before_kpa = driven.plant.line.excess_kpa
        driven.stroke(wait_ns=0)
        pulses.append(driven.plant.line.excess_kpa - before_kpa)
        driven.plant.advance(driven.plant.now_ns + S)
    return fmean(pulses)


def air_nl_per_kpa() -> float:
    line = Plant(steady()).line
    before = line.compliance_nl_per_kpa
    line.air.put("bubble", 1_000.0)
    return line.compliance_nl_per_kpa - before


def stall_kpa() -> float:
    return Plant(steady()).motor.stall_kpa(PERIOD_NS)


def decay_ms() -> float:
    """Time in which a pulse of the open line falls to 1/e."""
    driven = Driven(steady())
    driven.stroke(wait_ns=0)
    first_kpa, begin_ns = driven.plant.line.excess_kpa, driven.plant.now_ns
    while driven.plant.line.excess_kpa > first_kpa * exp(-1):
        driven.plant.advance(driven.plant.now_ns + 100_000)
    return (driven.plant.now_ns - begin_ns) / 1e6


def bad_roller_share() -> float:
    strokes = Driven(steady(bad_roller=0.5)).strokes(STROKES_PER_REV)
    shares = [sum(strokes[begin:end]) for begin, end in pairwise((0, 67, 133, 200))]
    return shares[0] / sum(shares) * 3


ROWS = (
    Row("volume over a month, patient moves", "+1 % (6 months), -2.4 to +2.5 %", "10", month_percent, "%", -2.5, 2.5,
        "inside; a constant error is `calibration_error`"),
    Row("flow at +100 mmHg", "-10 to +5 %", "19", lambda: back_pressure_percent(13.3), "%", -10, 5, "inside"),
    Row("flow at +300 mmHg", "-17 to -7 %", "19", lambda: back_pressure_percent(40.0), "%", -17, -7, "inside"),
    Row("flow at 2 degC", "-12 to -1 %", "19", lambda: temperature_percent(2.0), "%", -12, -1, "inside"),
    Row("flow at 40 degC", "-10 to +10 %", "19", lambda: temperature_percent(40.0), "%", -10, 10, "inside"),
    Row("compliance of the line at 100 kPa", "12.5 to 25 uL", "20, 21", lambda: held_at_ul(100.0), "uL", 12.5, 25,
        "inside; `compliance` for another line"),
    Row("time to 100 kPa at 1 uL/h", "12.5 h", "20", lambda: hours_to(100.0, 1.0), "h", 10, 30, "as soft a line"),
    Row("time to 100 kPa at 10 uL/h", "75 min", "20", lambda: 60 * hours_to(100.0, 10.0), "min", 60, 180,
        "volume decides, so it goes with 1/rate"),
    Row("time to 100 kPa at 0.25 uL/h", "100 h", "21", lambda: hours_to(100.0, 0.25), "h", 50, 120, "inside"),
    Row("trapped volume, rate x 50", "constant: 5 h, 50 min, 5 min", "23",
        lambda: hours_to(60.0, 5.0) * 5 / (hours_to(60.0, 250.0) * 250), "", 0.98, 1.02, "constant"),
    Row("bolus after release, of what went in", "all of it", "24", bolus_share, "", 0.98, 1.02, "all of it"),
    Row("20 uL of air add at 100 kPa", "20 uL (Boyle)", "physics", lambda: 20 * air_nl_per_kpa() / 10, "uL", 17, 23,
        "linear, so right near ambient pressure only"),
    Row("gas gives way by, for each uL", "9.9 nL/kPa", "physics", air_nl_per_kpa, "nL/kPa", 9.7, 10.1, "Boyle"),
    Row("dead volume of 1 cm", "2.6 uL", "7", lambda: PlantConfig().dead_volume_nl / 77_000, "uL", 2.55, 2.65, "same"),
    Row("resistance of that bore at 37 degC", "0.56e-4 kPa.h/uL", "physics",
        lambda: PlantConfig().resistance_kpa_s_per_nl / 3.6 * 1e4, "e-4 kPa.h/uL", 0.54, 0.58, "Hagen, Poiseuille"),
    Row("viscosity of water, 10 over 37 degC", "1.31 / 0.69", "16",
        lambda: viscosity_mpa_s(10.0) / viscosity_mpa_s(37.0), "", 1.83, 1.95, "same"),
    Row("pulse of a stroke, open line", "none found", "-", pulse_kpa, "kPa", 1.0, 2.0, "follows from bore and line"),
    Row("pulse in a line of 25 nL/kPa", "none found", "-", lambda: pulse_kpa(compliance_nl_per_kpa=25.0), "kPa", 3.5,
        12, "the resistance bounds it"),
    Row("pulse in a line of 500 nL/kPa", "none found", "-", lambda: pulse_kpa(compliance_nl_per_kpa=500.0), "kPa",
        0.45, 0.65, "volume over compliance"),
    Row("decay of a pulse, open line", "none found", "-", decay_ms, "ms", 30, 50, "resistance x compliance"),
    Row("lowest flow as a roller leaves, over the mean", "interrupted, may reverse", "17",
        lambda: lowest_stroke_nl() / 300, "", -0.5, 0.0, "interrupted; depth assumed"),
    Row("largest error over 10 strokes", "11 %, a low-pulsation pump", "18", lambda: trumpet_percent(10), "%", 11, 60,
        "above it, as in an ordinary head"),
    Row("largest error over a revolution", "0", "physics", lambda: trumpet_percent(STROKES_PER_REV), "%", 0.0, 0.5,
        "a revolution keeps its volume"),
    Row("one bad roller of three, its share over a third", "0.59 (2.95 instead of 5 uL)", "25", bad_roller_share, "",
        0.55, 0.65, "`bad_roller`; not by default"),
    Row("over-infusion after a standstill of 72 h", "above 14.5 %, after 48 h", "11", standstills, "%", 14.5, 30,
        "`head.over_infusion`; not by default (1 in 700)"),
    Row("stall pressure of the motor", "none found", "-", stall_kpa, "kPa", 138, 1_000,
        "assumed; above the hard limit, so nothing rests on it"),
    Row("CSF pressure, lying", "0.96 to 2.2 kPa", "8", lambda: level_kpa(False), "kPa", 0.96, 2.2, "inside"),
    Row("CSF pressure, sitting", "up to 10 kPa", "22", lambda: level_kpa(True), "kPa", 1.3, 10, "at the lower end"),
    Row("cough or Valsalva above rest", "up to 4.6 kPa", "22", cough_kpa, "kPa", 2, 4.6, "inside"),
    Row("breath and heartbeat, peak", "0.1 to 0.7 kPa", "assumed", swing_kpa, "kPa", 0.1, 0.7, "inside"),
    Row("half-life, baclofen", "5 h (0.9 to 5)", "1, 2", lambda: half_life_h("baclofen"), "h", 0.9, 5.05, "upper end"),
    Row("half-life, morphine", "175 +-9, 196 +-13 min", "3", lambda: 60 * half_life_h("morphine"), "min", 166, 209,
        "inside"),
    Row("half-life, ziconotide", "4.6 +-0.9 h", "4", lambda: half_life_h("ziconotide"), "h", 3.7, 5.5, "same"),
    Row("half-life, clonidine", "66 +-2 min", "5", lambda: 60 * half_life_h("clonidine"), "min", 64, 68, "same"),
    Row("baclofen, loss to withdrawal", "1 to 3 days", "6", hours_to_withdrawal, "h", 24, 72, "inside"),
    Row("new drug at the tip after 0.8 dead volumes", "arrives early", "9", lambda: arrival_share(0.8), "", 0.01, 0.4,
        "early"),
    Row("new drug at the tip after 1.2 dead volumes", "diluted", "9", lambda: arrival_share(1.2), "", 0.6, 0.995,
        "diluted"),
    Row("density of the liquid", "0.9982 g/mL", "16", lambda: WATER_G_PER_ML, "g/mL", 0.998, 0.999, "same"),
    Row("ADC, widest code", "DNL 8.9 LSB: 9.9 wide", "26", widest_code, "LSB", 8, 11, "at 512, 1536, 2560, 3584"),
    Row("ADC, largest error", "INL 7.9 LSB", "26", worst_code, "LSB", 3, 8, "inside"),
    Row("noise of the pressure reading", "converter alone 1 to 1.4 LSB", "26", pressure_lsb, "LSB", 1.0, 4.0,
        "with the sensor's own"),
    Row("AS5600, noise", "0.17 counts RMS, slow filter", "datasheet", rotor_counts, "counts", 0.0, 0.6,
        "with the step of a count"),
    Row("AS5600, error over a turn", "+-1 deg", "datasheet", rotor_degrees, "deg", 0.1, 1.0, "glued with care"),
    Row("DS3231, rate", "+-2 ppm", "datasheet", clock_ppm, "ppm", 0.0, 2.0, "inside"),
    Row("DS3231 at -5.25 degC shows", "-5.25", "datasheet", clock_degrees, "degC", -5.25, -5.25, "two's complement"),
    Row("DS3231, conversion", "125 ms, at most 200", "datasheet", conversion_ms, "ms", 100, 200, "same"),
    Row("DS3231, alarm at 08:05:30 seen after", "330 s", "datasheet", alarm_s, "s", 330, 330, "same"),
    Row("noise of two seeds, correlation", "0", "-", noise_correlation, "", 0.0, 0.03, "independent"),
    Row("microstep of the head", "18 750 pL", "reference bench",
        lambda: 1_000 * Driven(steady()).revolution_nl() / 3_200, "pL", 18_600, 18_900, "same"),
)  # fmt: skip


def measured(rows: Iterable[Row] = ROWS) -> list[tuple[Row, float]]:
    return [(row, row.measure()) for row in rows]


def rendered(text: str, found: Iterable[tuple[Row, float]]) -> str:
    """The document with its table made anew."""
    head = ("figure", "published", "source", "this plant", "judged")
    lines = [head, ("---",) * len(head), *(row.cells(value) for row, value in found)]
    rows = "".join("| " + " | ".join(line) + " |\n" for line in lines)
    return _BLOCK.sub(lambda block: f"{block[1]}\n{rows}\n{block[2]}", text)


def main() -> int:
    """Exit code: 0 when each row is in its band."""
    found = measured()
    FIDELITY.write_text(rendered(FIDELITY.read_text(), found))
    outside = [(row, value) for row, value in found if not row.low <= value <= row.high]
    for row, value in outside:
        print(f"{row.figure}: {value:.4g} {row.unit} is outside {row.low:g} to {row.high:g}")
    print(f"{len(found)} rows, {len(outside)} outside their band: {FIDELITY.name}")
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
