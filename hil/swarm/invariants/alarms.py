"""Alarms: what can be detected is told in time, and nothing is told that is not so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from hil.docs.detector_delays import fixed, strokes
from hil.swarm.judging import Found, invariant
from hil.swarm.life import FaultSpan, Life
from hil.swarm.spans import STROKE_NL, Turned, alarms, has_restart, lowest_rate, modes, rates_in
from hil.words.quantity import NS_PER_H, NS_PER_S

# No alarm has to come of these, and none of them keeps another fault from being told.
SILENT = (
    "buzzer.",
    "button.bounce",
    "link.",
    "patient.",
    "refill.",
    "catheter.migration",
    "head.wear",
    "head.over_infusion",
)


class Told(NamedTuple):
    """One of `alarms` within `delay_s(rate in uL/h)` of the fault. `applies` leaves out what is not detectable.

    `catching_s`: so much more while no stroke since the last start has shown the rotor's phase, so that it has to be
    caught first.
    """

    alarms: tuple[str, ...]
    delay_s: Callable[[float], float]
    applies: Callable[[FaultSpan], bool] = lambda fault: True
    catching_s: float = 0.0


def _number(fault: FaultSpan, name: str, default: float) -> float:
    value = fault.parameters.get(name, default)
    return float(value) if isinstance(value, int | float) else default


# The table has an interval and 11 s, for a rotor whose phase is confirmed; one that has to be caught first has as many
# attempts again, within the interval and 30 s of DET-01.
_CATCHING_S = 19.0
_STALL = Told(("MOTOR_STALL", "SENSOR_FAULT_ROTOR"), strokes(1, 11.0), catching_s=_CATCHING_S)
_ROTOR = Told(("SENSOR_FAULT_ROTOR",), fixed(31.0))

# Delays are those of firmware/DESIGN.md, "Delays", whose table is measured anew by hil/docs/detector_delays.py.
TOLD: dict[str, Told] = {
    "motor.stall": _STALL,
    "motor.magnetic_field": _STALL,
    "motor.reverse": Told(("MOTOR_STALL", "SYSTEM_FAULT"), strokes(1, 11.0), catching_s=_CATCHING_S),
    # A driver that adds a fifth to each stroke, or more.
    "motor.runaway": Told(
        ("OVER_DELIVERY", "SYSTEM_FAULT"),
        lambda rate: max(900.0, strokes(3, 0.0)(rate)) + strokes(1)(rate),
        lambda fault: _number(fault, "rate", 1_000_000.0) >= 11_000_000.0,
    ),
    "catheter.occlusion": Told(
        ("CATHETER_OCCLUSION",),
        strokes(17.5),
        lambda fault: "closed_for" not in fault.parameters and _number(fault, "onset", 60.0) <= 10.0,
    ),
    "catheter.disconnection": Told(("CATHETER_DISCONNECTED",), strokes(70)),
    "sensor.rotor_dead": _ROTOR,
    "sensor.rotor_magnet_lost": _ROTOR,
    "sensor.rotor_stuck": Told(("SENSOR_FAULT_ROTOR", "MOTOR_STALL", "OVER_DELIVERY"), strokes(1, 31.0)),
    "sensor.pressure_stuck": Told(
        ("SENSOR_FAULT_PRESSURE", "CATHETER_OCCLUSION", "CATHETER_DISCONNECTED"),
        lambda rate: strokes(20)(rate) + 95.0,
    ),
    "supply.sag": Told(
        ("SUPPLY_LOW", "SUPPLY_CRITICAL"), fixed(40.0), lambda fault: 2_100.0 < _number(fault, "voltage", 0.0) < 3_250.0
    ),
    "clock.stop": Told(("CLOCK_FAULT",), fixed(61.0)),
    "clock.osf": Told(("CLOCK_FAULT",), fixed(61.0)),
    "clock.jump": Told(("CLOCK_FAULT",), fixed(61.0), lambda fault: abs(_number(fault, "by", 3_600.0)) > 65.0),
    "clock.drift": Told(("CLOCK_FAULT",), fixed(1_801.0), lambda fault: abs(_number(fault, "fraction", 0.05)) > 0.025),
    "button.stuck": Told(("BUTTON_STUCK",), fixed(61.0)),
    "flash.write_error": Told(("SYSTEM_FAULT",), fixed(750.0), lambda fault: "block" not in fault.parameters),
}
_MARGIN_S = 5.0
_ALONE_BEFORE_NS = NS_PER_H


@invariant("detectable_faults_are_told", "DET-01")
def detectable_faults_are_told(life: Life) -> Iterator[Found]:
    """A fault that the pump can detect raises its alarm within the documented delay.

    Excused, by name: it lasts less than the delay; another fault, an alarm or a restart before or meanwhile; the pump
    does not run its programme; the programme asks for nothing.
    """
    spans = alarms(life)
    turned = Turned(life)
    softness = float(life.scenario.bench.get("compliance", 0.0))  # nL/kPa
    for fault in life.faults:
        told = TOLD.get(fault.id)
        if told is None or not told.applies(fault):
            continue
        begin_ns = fault.begin_ns
        rate = lowest_rate(life, begin_ns, begin_ns)
        if not rate or life.record.mode_at(begin_ns) != "RUNNING":
            continue
        delay_s = told.delay_s(rate / 1_000.0) + _MARGIN_S
        if fault.id == "catheter.occlusion":
            delay_s = max(delay_s, strokes(8 + softness / 20)(rate / 1_000.0) + onset_s(fault) + _MARGIN_S)
        if not is_phase_confirmed(turned, life, begin_ns):
            delay_s += told.catching_s
        end_ns = begin_ns + round(delay_s * NS_PER_S)
        if excuse(life, fault, end_ns):
            continue
        if any(span.name in told.alarms and span.begin_ns <= end_ns and span.end_ns >= begin_ns for span in spans):
            continue
        wanted = " or ".join(told.alarms)
        yield Found(end_ns, f"{fault.id} at {begin_ns / NS_PER_S:.0f} s: no {wanted} in {delay_s:.0f} s", fault.id)


def onset_s(fault: FaultSpan) -> float:
    """How long an occlusion takes to close."""
    return _number(fault, "onset", 60.0)


def is_phase_confirmed(turned: Turned, life: Life, t_ns: int) -> bool:
    """Two strokes at least were turned since the last start of the processor: the first may have caught the rotor."""
    since_ns = max([0, *(boot_ns for boot_ns in life.boots_ns if boot_ns <= t_ns)])
    return turned.between(since_ns, t_ns) >= 2 * STROKE_NL


def excuse(life: Life, fault: FaultSpan, end_ns: int) -> str:
    """The name of the rule by which this fault need not be told by `end_ns`; empty when it must be."""
    begin_ns = fault.begin_ns
    if fault.end_ns < end_ns or life.end_ns < end_ns:
        return "too short"
    others = [
        other
        for other in life.faults_in(begin_ns - _ALONE_BEFORE_NS, end_ns)
        if other is not fault and not other.id.startswith(SILENT)
    ]
    if others:
        return "another fault"
    if any(span.begin_ns < end_ns and span.end_ns > begin_ns - _ALONE_BEFORE_NS for span in alarms(life)):
        wanted = TOLD[fault.id].alarms
        if not any(span.name in wanted and begin_ns <= span.begin_ns <= end_ns for span in alarms(life)):
            return "another alarm"
    if has_restart(life, begin_ns - _ALONE_BEFORE_NS, end_ns):
        return "restart"
    if any(mode != "RUNNING" and a < end_ns and b > begin_ns for mode, a, b in modes(life)):
        return "not running"
    plan = life.record.plan
    if plan is not None:
        rates = [rate for _t, rate in rates_in(plan, begin_ns, end_ns)]
        if min(rates) < float(plan.rate_at(begin_ns)):
            return "another rate"
    return ""


# What an alarm may come of: prefixes of faults, and acts of people in words of `_acts_before`.
_MOTOR = ("motor.", "driver.", "sensor.rotor", "sensor.i2c", "supply.", "ram.", "flash.", "cpu.")
CAUSES: dict[str, tuple[str, ...]] = {
    "SYSTEM_FAULT": (*_MOTOR, "clock.", "button.", "press"),
    "MOTOR_STALL": _MOTOR,
    "OVER_DELIVERY": _MOTOR,
    "UNDER_DELIVERY": _MOTOR,
    "STEP_LOSS": _MOTOR,
    "SENSOR_FAULT_ROTOR": _MOTOR,
    "CATHETER_OCCLUSION": ("catheter.", "line.air", "sensor.", "patient.", "motor.", "ram.", "flash."),
    "CATHETER_DISCONNECTED": (
        "catheter.",
        "line.air",
        "head.",
        "motor.",
        "reservoir.",
        "refill.",
        "refill",
        "sensor.",
        "patient.",
        "ram.",
        "flash.",
    ),
    "SENSOR_FAULT_PRESSURE": ("catheter.", "line.air", "sensor.", "patient.", "supply.", "ram.", "flash."),
    "SUPPLY_CRITICAL": ("supply.", "ram.", "flash."),
    "SUPPLY_LOW": ("supply.", "ram.", "flash."),
    "SENSOR_FAULT_SUPPLY": ("supply.", "ram.", "flash."),
    "CLOCK_FAULT": ("clock.", "sensor.i2c", "cpu.", "ram.", "flash.", "supply."),
    "REFILL_MISMATCH": ("refill.", "refill", "ram.", "flash."),
    "BUTTON_STUCK": ("button.", "press", "ram."),
    "RESTARTS": ("supply.", "power", "cpu.", "ram.", "flash."),
    "STOPPED_LONG": (),
}
_LOOK_BACK_NS = 12 * NS_PER_H
_PEOPLE = {"press": ("press", "release"), "refill": ("refill", "enter_", "begin_refill"), "power": ("power_",)}


@invariant("no_alarm_without_cause", "ALM-06")
def no_alarm_without_cause(life: Life) -> Iterator[Found]:
    """An alarm is raised only after something that it may come of."""
    for span in alarms(life):
        causes = CAUSES.get(span.name)
        if causes is None:
            continue
        since_ns = span.begin_ns - _LOOK_BACK_NS
        prefixes = tuple(cause for cause in causes if "." in cause)
        if prefixes and life.faults_in(since_ns, span.begin_ns + NS_PER_S, *prefixes):
            continue
        if any(cause in _PEOPLE and _did(life, _PEOPLE[cause], span.begin_ns) for cause in causes):
            continue
        yield Found(span.begin_ns, f"{span.name} raised, and nothing was wrong", span.name)


def _did(life: Life, verbs: tuple[str, ...], until_ns: int) -> bool:
    """Somebody did it before: as a step of the story, at any time."""
    return any(
        getattr(step.action, "verb", "").startswith(verbs) and step.at_ns is not None and step.at_ns <= until_ns
        for step in life.scenario.steps
    )
