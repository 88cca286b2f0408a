"""Faults of the catalogue in the numbers that the rig takes, and why one of them cannot be done by a rig."""

from __future__ import annotations

from typing import Any

import msgspec

from hil.scenario.model import Inject, Scenario
from hil.words.bench import fault_catalogue
from protocols import rig as table

_BY_NAME = {name: (number, places) for number, name, places in table.FAULTS}
_ALIASES = {"sensor.magnet_lost": "sensor.rotor_magnet_lost"}
_PLACES = ("a", "b", "c")
_UNTIL_CLEARED_MS = -1
# What a parameter must be when the wire has no place for it.
_FIXED: dict[tuple[str, str], Any] = {("supply.cut", "operation"): 0, ("reservoir.empty_early", "duration"): None}
# Conditions of a step that the pump tells, or that a rig sees.
_SEEN = ("alarm", "mode", "delivered", "stroke")
_WHY = {"sensor.pressure_noisy": "a filtered voltage cannot differ between two readings in a row"}


class OnTheWire(msgspec.Struct, frozen=True):
    """A fault as RIG_INJECT takes it."""

    number: int
    values: dict[str, int]
    duration_ms: int


def cannot(fault: str, parameters: dict[str, Any]) -> str | None:
    """Why a rig cannot do this; None when it can."""
    name = _ALIASES.get(fault, fault)
    if name not in _BY_NAME:
        return f"{fault}: {_WHY.get(name, 'a rig has no hand on it')}"
    for (of, parameter), allowed in _FIXED.items():
        if of == name and parameters.get(parameter, allowed) != allowed:
            return f"{fault}: a rig does it with {parameter} = {allowed} only"
    return None


def what_blocks(scenario: Scenario) -> list[str]:
    """Why a bench whose plant is a rig cannot run this scenario, with the line of each step; nothing when it can."""
    reasons = [] if "board" in scenario.targets else [f"{scenario.file}: its `targets` leave out board"]
    for step in scenario.steps:
        why = None
        if isinstance(step.action, Inject):
            why = cannot(step.action.fault, step.action.parameters)
        if step.when is not None and step.when.kind not in _SEEN:
            why = f"when {step.when.kind}: a rig cannot see it"
        if why is not None:
            reasons.append(f"line {step.line}: {why}")
    return reasons


def on_the_wire(fault: str, parameters: dict[str, Any]) -> OnTheWire:
    """ValueError says why not. Parameters are in the units of the emulator, seconds and kPa among them."""
    why = cannot(fault, parameters)
    if why is not None:
        raise ValueError(why)
    name = _ALIASES.get(fault, fault)
    number, places = _BY_NAME[name]
    defaults = {word: parameter.default for word, parameter in fault_catalogue()[name].parameters.items()}
    given = {**defaults, **parameters}
    values: dict[str, int] = dict.fromkeys(_PLACES, table.NOT_GIVEN)
    for place, (word, factor) in zip(_PLACES, places, strict=False):
        value = given.pop(word)
        if value is None:
            continue
        scaled = factor.index(value) if isinstance(factor, tuple) else round(value * factor)
        values[place] = max(-table.MOST, min(table.MOST, scaled))
    duration_s = given.pop("duration", None)
    duration_ms = _UNTIL_CLEARED_MS if duration_s is None else min(round(duration_s * 1_000), table.MOST)
    return OnTheWire(number, values, duration_ms)
