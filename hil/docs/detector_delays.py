"""Measures how long each detector takes at three rates, and writes the table of firmware/DESIGN.md.

`python -m hil.docs.detector_delays` runs every fault at every rate on the target `sim` and rewrites the
block; a test measures a part of it again and fails when document and pump disagree.

The computed delay is the longest from the moment of the fault: the wait for the next stroke or look
included, with strokes of 300 nL. It comes from the figures in the head of each detector's module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from hil.docs.blocks import filled
from hil.docs.icd import table
from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.scenario.reader import read_text
from hil.words.quantity import NS_PER_S

DESIGN = Path(__file__).resolve().parents[2] / "firmware" / "DESIGN.md"

RATES_UL_PER_H = (2, 20, 1000)
STROKE_UL = 0.3
LOOK_S = 30.0
# So long that every window of the detectors is whole, and between two strokes.
_WARM_UP_S = {2: 14_480, 20: 3_700, 1000: 119}
# A revolution more: the pump knows the rollers of its line.
_LEARNED_S = {2: 112_080, 20: 11_240, 1000: 241}
_MARGIN_S = 5.0


def interval_s(rate: float) -> float:
    return STROKE_UL * 3600.0 / rate


@dataclass(frozen=True)
class Detector:
    """`fault` is the rest of a scenario's step; `computed_s(rate)` the longest delay."""

    alarm: str
    what: str
    fault: str
    computed_s: Callable[[float], float]
    bench: str = ""
    is_learned: bool = False

    def fault_s(self, rate: int) -> int:
        """When the fault comes."""
        return (_LEARNED_S if self.is_learned else _WARM_UP_S)[rate]

    @property
    def title(self) -> str:
        return f"{self.alarm}: {self.what}"


def strokes(count: float, seconds: float = 1.0) -> Callable[[float], float]:
    """So many strokes after the one that is waited for, and what the verdict itself takes."""
    return lambda rate: count * interval_s(rate) + seconds


def fixed(seconds: float) -> Callable[[float], float]:
    return lambda rate: seconds


def _balance_s(rate: float) -> float:
    return max(900.0, 3 * interval_s(rate)) + interval_s(rate)


_STROKES_A_SLIP = 13  # a cycle is four strokes: 30 % of the volume


def _slipping_s(rate: float) -> float:
    return _balance_s(rate) + 3 * _STROKES_A_SLIP * interval_s(rate)


DETECTORS = (
    Detector("MOTOR_STALL", "rotor stands", 'inject = "motor.stall"', strokes(1, 11.0)),
    Detector("MOTOR_STALL", "field mirrored", 'inject = "motor.reverse"', strokes(1, 11.0)),
    Detector("STEP_LOSS", "a cycle lost", 'inject = "motor.slip"\nmean_between = "1 s"', strokes(1)),
    Detector(
        "UNDER_DELIVERY",
        "a cycle lost each 13 strokes, 30 %",
        'inject = "motor.slip"\nmean_between = "{slip} s"',
        _slipping_s,
    ),
    Detector(
        "OVER_DELIVERY",
        "driver adds a fifth to each stroke",
        'inject = "motor.runaway"\nrate = "11 mL/h"',
        _balance_s,
    ),
    Detector(
        "OVER_DELIVERY",
        "driver doubles each stroke",
        'inject = "motor.runaway"\nrate = "60 mL/h"',
        strokes(1),
    ),
    Detector(
        "CATHETER_OCCLUSION",
        "line closed at once",
        'inject = "catheter.occlusion"\nonset = "0 s"',
        strokes(17.5),
    ),
    *(
        Detector(
            "CATHETER_OCCLUSION",
            f"line of {softness} nL/kPa closed at once",
            'inject = "catheter.occlusion"\nonset = "0 s"',
            strokes(8 + softness / 20),
            f'compliance = "{softness} nL/kPa"',
        )
        for softness in (25, 125, 250, 500)
    ),
    Detector(
        "CATHETER_DISCONNECTED",
        "line open, learned",
        'inject = "catheter.disconnection"',
        strokes(20),
        is_learned=True,
    ),
    Detector("CATHETER_DISCONNECTED", "line open, not learned", 'inject = "catheter.disconnection"', strokes(60)),
    Detector(
        "CATHETER_DISCONNECTED",
        "line of 500 nL/kPa open, learned",
        'inject = "catheter.disconnection"',
        strokes(65),
        'compliance = "500 nL/kPa"',
        is_learned=True,
    ),
    Detector("SENSOR_FAULT_ROTOR", "no answer", 'inject = "sensor.rotor_dead"', fixed(LOOK_S + 1.0)),
    Detector("SENSOR_FAULT_ROTOR", "magnet lost", 'inject = "sensor.rotor_magnet_lost"', fixed(LOOK_S + 1.0)),
    Detector("SENSOR_FAULT_ROTOR", "stuck", 'inject = "sensor.rotor_stuck"', strokes(1, 11.0)),
    Detector("SENSOR_FAULT_PRESSURE", "stuck", 'inject = "sensor.pressure_stuck"', strokes(7)),
    Detector(
        "SENSOR_FAULT_PRESSURE",
        "shorted to the supply",
        'inject = "sensor.pressure_stuck"\npressure = "220 kPa"',
        lambda rate: min(3 * interval_s(rate), 3 * LOOK_S) + 1.0,
    ),
    Detector(
        "SENSOR_FAULT_PRESSURE", "20 kPa off", 'inject = "sensor.pressure_offset"\noffset = "20 kPa"', strokes(11)
    ),
    Detector("SUPPLY_LOW", "sags to 3.2 V", 'inject = "supply.sag"\nvoltage = "3.2 V"', fixed(40.0)),
    Detector("SUPPLY_CRITICAL", "sags to 2.9 V", 'inject = "supply.sag"\nvoltage = "2.9 V"', fixed(40.0)),
    Detector("CLOCK_FAULT", "stopped", 'inject = "clock.stop"', fixed(61.0)),
    Detector("CLOCK_FAULT", "an hour ahead", 'inject = "clock.jump"\nby = "1 h"', fixed(61.0)),
    Detector("CLOCK_FAULT", "5 % fast", 'inject = "clock.drift"\nfraction = 0.05', fixed(1801.0)),
    Detector("BUTTON_STUCK", "patient button held", 'inject = "button.stuck"', fixed(61.0)),
)


def scenario_text(detector: Detector, rate: int) -> str:
    """One scenario: warm up, then the fault, for as long as the computed delay allows."""
    fault_s = detector.fault_s(rate)
    end_s = fault_s + detector.computed_s(rate) + _MARGIN_S
    return f"""
name = "Delay of {detector.title} at {rate} uL per h"
why = "for the table of firmware/DESIGN.md"
requirements = ["DET-01"]
duration = "{end_s:.0f} s"
seed = 1
start_clock = "2026-03-02 08:00:00"

[bench]
refill_due = "1 h"
{detector.bench}

[therapy]
drug = {{ name = "baclofen", concentration = "500 ug/mL" }}
fill = "18 mL"
basal = [{{ days = "mon-sun", segments = [["00:00", "{rate} uL/h"]] }}]

[[step]]
at = "{fault_s} s"
{detector.fault.format(slip=round(_STROKES_A_SLIP * interval_s(rate)))}

[[expect]]
alarm = "{detector.alarm}"
after = "{fault_s} s"
within = "{detector.computed_s(rate):.0f} s"
"""


def measured_s(detector: Detector, rate: int) -> float | None:
    """Seconds from the fault to the alarm; None when it did not come in time."""
    [scenario] = read_text(scenario_text(detector, rate), "detector_delays.toml")
    _result, record = run_scenario(scenario, "sim", Options())
    assert record is not None, _result.message
    fault_ns = detector.fault_s(rate) * NS_PER_S
    times_ns = [
        seen.t_ns
        for seen in record.alarms
        if (seen.name, seen.event) == (detector.alarm, "RAISED") and seen.t_ns >= fault_ns
    ]
    return (min(times_ns) - fault_ns) / NS_PER_S if times_ns else None


def shown(seconds: float | None) -> str:
    """A delay for people: 0.4 s, 53 s, 7.7 min, 1.5 h."""
    if seconds is None:
        return "none"
    for length_s, unit in ((3600.0, "h"), (60.0, "min")):
        if seconds >= 1.5 * length_s:
            return f"{seconds / length_s:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10.0 else f"{seconds:.1f} s"


def in_seconds(delay: str) -> float:
    """What `shown` wrote, as a number."""
    number, unit = delay.split()
    return float(number) * {"s": 1.0, "min": 60.0, "h": 3600.0}[unit]


def row(detector: Detector) -> tuple[str, ...]:
    """The line of one detector, measured now."""
    computed = [shown(detector.computed_s(rate)) for rate in RATES_UL_PER_H]
    measured = [shown(measured_s(detector, rate)) for rate in RATES_UL_PER_H]
    return (detector.title, *(f"{least} of {most}" for least, most in zip(measured, computed, strict=True)))


def rendered(text: str, detectors: Iterable[Detector] = DETECTORS) -> str:
    """The document with its table measured anew."""
    head = ("alarm and fault", *(f"at {rate} uL/h" for rate in RATES_UL_PER_H))
    lines = table(head, [row(detector) for detector in detectors])
    return filled(text, {"delays": lambda: lines})


if __name__ == "__main__":
    DESIGN.write_text(rendered(DESIGN.read_text()))
