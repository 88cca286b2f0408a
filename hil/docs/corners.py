"""False alarms and delays of the detectors over the corners of the bench: `make corners`.

Each corner is a bench that deviates. On it the pump runs fault-free (a flex programme with boluses, the lowest rate,
the highest basal rate), and then the line closes and opens, and the rotor stands. Inside the envelope no alarm may be
false and each fault must be told within the promised bound with at most 20 uL trapped; outside it the table says what
happens. `--write` puts the table into docs/corners.md. Exit code: 0, or 1 when a corner inside breaks a promise.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from hil.docs.blocks import filled
from hil.docs.icd import table
from hil.run.execution import run_scenario
from hil.run.record import Record
from hil.run.runner import Options
from hil.scenario.reader import read_text
from hil.words.quantity import NS_PER_S

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "corners.md"
STROKE_UL = 0.3
MONTH_S = 30 * 86_400
TRAPPED_NL = 20_000
DEFAULT_NL_PER_KPA = 190.0
# What belongs to the programmes themselves.
EXPECTED = ("REFILL_DUE", "LOW_RESERVOIR", "STOPPED_LONG")


class Corner(msgspec.Struct, frozen=True):
    """One bench. `keys`: of [bench]. `swings`: rollers make strokes without a pulse. `why`: it lies outside."""

    name: str
    keys: dict[str, str | float] = {}
    steps: str = ""
    swings: bool = False
    outside: str = ""

    @property
    def nl_per_kpa(self) -> float:
        given = str(self.keys.get("compliance", f"{DEFAULT_NL_PER_KPA} nL/kPa"))
        air = str(self.keys.get("air", "0 uL"))
        return float(given.split()[0]) + 9.9 * float(air.split()[0])

    def strokes_to_occlusion(self) -> float:
        """Rises of a stroke over compliance, half a pulse each, up to 3 kPa; then noise and the first one. Rollers
        that leave the tube press nothing for up to half of their way."""
        return 8 + self.nl_per_kpa / 20 + (30 if self.swings else 0)

    def strokes_to_disconnection(self) -> float:
        """11 strokes of 300 Pa in a line with clear pulses; more where pulses are small, or missing now and then."""
        return 65 if self.swings or self.nl_per_kpa > 250 else 20


NOISE: dict[str, str | float] = {"pressure_noise": "0.3 kPa", "rotor_noise": 0.51, "supply_noise": "9 mV"}
MOVES: dict[str, str | float] = {
    "posture": "8 kPa",
    "cough": "6 kPa",
    "cough_period": "5 min",
    "breath": "0.4 kPa",
    "heartbeat": "0.3 kPa",
}
CALM: dict[str, str | float] = {"posture": "0 kPa", "cough": "0 kPa", "breath": "0 kPa", "heartbeat": "0 kPa"}


def _all(**keys: str | float) -> dict[str, str | float]:
    shared: dict[str, str | float] = {"pulsation": 1.0, "magnet_eccentricity": "3 deg", "clock_drift": 2}
    return NOISE | MOVES | shared | keys


CORNERS = (
    Corner("as it comes"),
    Corner("ideal on purpose", CALM | {"roller_dip": 0.0, "roller_reversal": 0.0, "back_pressure_loss": 0.0}),
    Corner("tube +20 %", {"calibration_error": 0.2}),
    Corner("tube -20 %", {"calibration_error": -0.2}),
    *(Corner(f"compliance {c} nL/kPa", {"compliance": f"{c} nL/kPa"}) for c in (25, 50, 125, 250, 350, 500)),
    Corner("air 20 uL", {"air": "20 uL"}),
    Corner("air 30 uL", {"air": "30 uL"}),
    Corner("noise x3", NOISE),
    Corner("noise x3, compliance 500", NOISE | {"compliance": "500 nL/kPa"}),
    Corner("eccentricity 1 deg", {"magnet_eccentricity": "1 deg"}),
    Corner("eccentricity 3 deg", {"magnet_eccentricity": "3 deg"}),
    Corner("non-linearity 1 deg", {"magnet_linearity": "1 deg"}),
    Corner("ADC offset +30 LSB", {"adc_offset": 30}),
    Corner("ADC offset -30 LSB", {"adc_offset": -30}),
    Corner("clock +20 ppm", {"clock_drift": 20}),
    Corner("clock -20 ppm", {"clock_drift": -20}),
    Corner("10 degC", {"temperature": "10 degC"}),
    Corner("45 degC", {"temperature": "45 degC"}),
    Corner("supply 3.45 V, noise 30 mV", {"supply": "3.45 V", "supply_noise": "30 mV"}),
    Corner("posture 8 kPa", {"posture": "8 kPa"}),
    Corner("posture 8 kPa each 30 min", {"posture": "8 kPa", "posture_period": "30 min"}),
    Corner("cough 6 kPa each minute", {"cough": "6 kPa", "cough_period": "1 min"}),
    Corner("breath and heartbeat 1 kPa each", {"breath": "1 kPa", "heartbeat": "1 kPa"}),
    Corner("rest -10 kPa", {"patient_pressure": "-10 kPa"}),
    Corner("rest -10 kPa, moves", MOVES | {"patient_pressure": "-10 kPa"}),
    Corner("rest +13.3 kPa", {"patient_pressure": "13.3 kPa"}),
    Corner("rest +25 kPa", {"patient_pressure": "25 kPa"}),
    Corner("rest +25 kPa, moves, soft", MOVES | {"patient_pressure": "25 kPa", "compliance": "500 nL/kPa"}),
    Corner("back pressure loses 0.4 % a kPa", {"back_pressure_loss": 0.004, "patient_pressure": "25 kPa"}),
    Corner("pulsation 55 %", {"pulsation": 0.55}, swings=True),
    Corner("pulsation 100 %", {"pulsation": 1.0}, swings=True),
    Corner("pulsation 100 %, compliance 500", {"pulsation": 1.0, "compliance": "500 nL/kPa"}, swings=True),
    Corner("roller dip 15 %", {"roller_dip": 0.15}, swings=True),
    Corner("roller dip 15 %, reversal", {"roller_dip": 0.15, "roller_reversal": 0.5}, swings=True),
    Corner("one bad roller", {"bad_roller": 0.5}, swings=True),
    Corner("bore 0.45 mm", {"bore": "0.45 mm"}),
    Corner("bore 0.8 mm", {"bore": "0.8 mm"}),
    Corner("all, soft, high", _all(compliance="500 nL/kPa", patient_pressure="25 kPa", adc_offset=30), swings=True),
    Corner("all, soft, low", _all(compliance="500 nL/kPa", patient_pressure="-10 kPa", adc_offset=-30), swings=True),
    Corner("all, stiff, high", _all(compliance="25 nL/kPa", patient_pressure="25 kPa", adc_offset=30), swings=True),
    Corner(
        "all, stiff, low, cold",
        _all(compliance="25 nL/kPa", patient_pressure="-10 kPa", adc_offset=-30, temperature="10 degC"),
        swings=True,
    ),
    Corner("all, as it comes", _all(temperature="45 degC"), swings=True),
    Corner("compliance 1000 nL/kPa", {"compliance": "1000 nL/kPa"}, outside="pulses of 0.3 kPa"),
    Corner("rest +40 kPa", {"patient_pressure": "40 kPa"}, outside="no patient, says the pump"),
    Corner("rest -13 kPa", {"patient_pressure": "-13 kPa"}, outside="below the sensor"),
    Corner("posture 20 kPa", {"posture": "20 kPa"}, outside="more than sitting up"),
    Corner("noise x10", {"pressure_noise": "1 kPa"}, outside="the sensor is noisy"),
    Corner("pulsation 150 %", {"pulsation": 1.5}, swings=True, outside="flow reverses"),
)

_THERAPY = """
[therapy]
drug = {{ name = "baclofen", concentration = "500 ug/mL" }}
fill = "19 mL"
basal = {basal}
"""
_FLEX = '[{ days = "mon-sun", segments = [["00:00", "15 uL/h"], ["06:30", "60 uL/h"], ["22:00", "10 uL/h"]] }]'
_BOLUS = """
[[step]]
at = "9 h"
every = "24 h"
count = {days}
do = "clinician_bolus"
volume = "200 uL"
duration = "1 min"
"""


class Told(msgspec.Struct):
    """One fault: seconds to its alarm (None: never), the bound, the most volume trapped, other alarms."""

    what: str
    alarm_s: float | None
    promised_s: float
    trapped_nl: float
    others: list[str]

    @property
    def is_kept(self) -> bool:
        return self.alarm_s is not None and self.alarm_s <= self.promised_s and self.trapped_nl <= TRAPPED_NL

    @property
    def text(self) -> str:
        seen = "none" if self.alarm_s is None else f"{self.alarm_s / 60:.1f}"
        more = "".join(f", {name}" for name in self.others)
        return f"{seen} of {self.promised_s / 60:.1f} min{more}"


class Outcome(msgspec.Struct):
    """One corner. `false_alarms`: name -> how many in `simulated_s`."""

    corner: Corner
    false_alarms: dict[str, int]
    simulated_s: float
    told: list[Told]

    @property
    def is_kept(self) -> bool:
        return not self.false_alarms and all(one.is_kept and not one.others for one in self.told)

    @property
    def false_text(self) -> str:
        per_month = MONTH_S / self.simulated_s
        return ", ".join(f"{name} {count * per_month:.1f}" for name, count in self.false_alarms.items()) or "0"


def scenario_text(corner: Corner, duration: str, basal: str, steps: str, seed: int) -> str:
    keys = "".join(f"{key} = {_toml(value)}\n" for key, value in corner.keys.items())
    return (
        f'name = "Corner {corner.name}"\nduration = "{duration}"\nseed = {seed}\n[bench]\nrefill_due = "1 h"\n{keys}'
        + _THERAPY.format(basal=basal)
        + steps
        + '[[expect]]\ntruth = "delivered"\nabove = "0 nL"\n'
    )


def _toml(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def run(corner: Corner, duration: str, basal: str, steps: str, seed: int) -> Record:
    [scenario] = read_text(scenario_text(corner, duration, basal, steps, seed), "corner")
    result, record = run_scenario(scenario, "sim", Options())
    if record is None or result.verdict == "infra":
        raise RuntimeError(f"{corner.name}: {result.message}")
    return record


def raised(record: Record, after_ns: int = 0) -> list[tuple[int, str]]:
    return [(seen.t_ns, seen.name) for seen in record.alarms if seen.event == "RAISED" and seen.t_ns >= after_ns]


def fault_free(corner: Corner, days: int, seed: int) -> tuple[dict[str, int], float]:
    """False alarms by name, and the seconds simulated."""
    found: dict[str, int] = {}
    simulated_s = 0.0
    for duration, basal, steps in (
        (f"{days} d", _FLEX, _BOLUS.format(days=days)),
        (f"{days} d", '"2 uL/h"', ""),
        ("1 h", '"1 mL/h"', ""),
    ):
        record = run(corner, duration, basal, steps, seed)
        simulated_s += record.end_ns / NS_PER_S
        for _, name in raised(record):
            if name not in EXPECTED:
                found[name] = found.get(name, 0) + 1
    return found, simulated_s


def told(corner: Corner, what: str, alarm: str, rate_ul_per_h: float, fault: str, promised_s: float) -> Told:
    """The fault comes after a revolution and a bit, so that the line is learned."""
    learned_s = round(66 * 3600 / rate_ul_per_h)
    learned_s += round(0.4 * STROKE_UL * 3600 / rate_ul_per_h)
    end_s = learned_s + round(promised_s) + 60
    steps = f'[[step]]\nat = "{learned_s} s"\n{fault}\n'
    record = run(corner, f"{end_s} s", f'"{rate_ul_per_h:g} uL/h"', steps, 1)
    return judged(record, what, alarm, learned_s, promised_s)


def judged(record: Record, what: str, alarm: str, fault_s: float, promised_s: float) -> Told:
    fault_ns = round(fault_s * NS_PER_S)
    seen = raised(record, fault_ns)
    first_ns = next((t_ns for t_ns, name in seen if name == alarm), None)
    others = sorted({name for _, name in seen} - {alarm, *EXPECTED})
    assert record.truth is not None
    trapped_nl = max((record.truth.trapped_nl[row] for row in record.truth.rows_in(fault_ns, record.end_ns)), default=0)
    alarm_s = None if first_ns is None else (first_ns - fault_ns) / NS_PER_S
    return Told(what, alarm_s, promised_s, trapped_nl, others)


def in_bolus(corner: Corner) -> Told:
    """The line closes while the fastest bolus runs."""
    steps = (
        '[[step]]\nat = "70 min"\ndo = "clinician_bolus"\nvolume = "1 mL"\nduration = "1 min"\n'
        '[[step]]\nat = "70 min 20 s"\ninject = "catheter.occlusion"\nonset = "0 s"\n'
    )
    record = run(corner, "80 min", '"60 uL/h"', steps, 1)
    return judged(record, "occlusion in a bolus", "CATHETER_OCCLUSION", 4_220, 10.0)


def detections(corner: Corner) -> list[Told]:
    closed = 'inject = "catheter.occlusion"\nonset = "0 s"'
    occlusion, disconnection = corner.strokes_to_occlusion() + 1, corner.strokes_to_disconnection() + 1

    def strokes_s(count: float, rate: float) -> float:
        return count * STROKE_UL * 3600 / rate

    return [
        told(corner, "occlusion at 20 uL/h", "CATHETER_OCCLUSION", 20, closed, strokes_s(occlusion, 20)),
        told(corner, "occlusion at 2 uL/h", "CATHETER_OCCLUSION", 2, closed, strokes_s(occlusion, 2)),
        in_bolus(corner),
        told(
            corner,
            "occlusion over 1 h",
            "CATHETER_OCCLUSION",
            20,
            'inject = "catheter.occlusion"\nonset = "1 h"',
            20 * 3600.0,
        ),
        told(
            corner,
            "disconnection at 20 uL/h",
            "CATHETER_DISCONNECTED",
            20,
            'inject = "catheter.disconnection"',
            strokes_s(disconnection, 20),
        ),
        told(corner, "stall at 20 uL/h", "MOTOR_STALL", 20, 'inject = "motor.stall"', 65.0),
    ]


def measure(corner: Corner, days: int, seed: int) -> Outcome:
    """One corner, all of it."""
    found, simulated_s = fault_free(corner, days, seed)
    return Outcome(corner, found, simulated_s, detections(corner))


def rendered(outcomes: Sequence[Outcome]) -> str:
    whats = [one.what for one in outcomes[0].told]
    head = ("corner", "false alarms per pump-month", *whats, "most trapped", "")
    rows = [
        (
            outcome.corner.name,
            outcome.false_text,
            *(one.text for one in outcome.told),
            f"{max(one.trapped_nl for one in outcome.told) / 1000:.1f} uL",
            f"outside: {outcome.corner.outside}" if outcome.corner.outside else "kept" if outcome.is_kept else "BROKEN",
        )
        for outcome in outcomes
    ]
    return table(head, rows)


def broken(outcomes: Iterable[Outcome]) -> list[str]:
    """Corners inside the envelope that do not keep the promise."""
    return [outcome.corner.name for outcome in outcomes if not outcome.corner.outside and not outcome.is_kept]


def _measure(arguments: tuple[Corner, int, int]) -> Outcome:
    return measure(*arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=3, help="fault-free days at each of two programmes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="corners in parallel")
    parser.add_argument("--only", action="append", default=[], help="corners whose name contains this; repeat it")
    parser.add_argument("--write", action="store_true", help=f"put the table into {DOCUMENT.name}")
    options = parser.parse_args()
    corners = [corner for corner in CORNERS if not options.only or any(word in corner.name for word in options.only)]
    outcomes = []
    with ProcessPoolExecutor(max_workers=options.jobs) as pool:
        for outcome in pool.map(_measure, [(corner, options.days, options.seed) for corner in corners]):
            print(rendered([outcome]).splitlines()[-1], flush=True)
            outcomes.append(outcome)
    if options.write:
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(filled(text, {"corners": lambda: rendered(outcomes)}), encoding="utf-8")
    found = broken(outcomes)
    print(f"{len(outcomes)} corners, {len(found)} of those inside broken" + "".join(f": {name}" for name in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
