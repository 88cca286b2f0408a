"""A fault and its parameters as a person types them, `motor.stall duration="40 min"`, to what a bench takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hil.errors import ScenarioError
from hil.words import quantity
from hil.words.bench import Parameter, fault_catalogue
from hil.words.quantity import QuantityError, nearest_word


def read_fault(word: str, given: Mapping[str, str]) -> tuple[str, dict[str, Any], int | None]:
    """The fault's id, its parameters, and how long it lasts when that is not a parameter of its own.

    ScenarioError with what is allowed and the nearest word for anything that cannot be.
    """
    faults = fault_catalogue()
    fault = faults.get(word)
    if fault is None:
        allowed = "a fault of `pumpbench faults`"
        raise ScenarioError("inject", 0, "", f"found {word!r}", allowed, nearest_word(word, faults))
    values: dict[str, Any] = {}
    duration_ns = None
    for name, text in given.items():
        if name in fault.parameters:
            values[name] = _value(word, name, fault.parameters[name], text)
        elif name == "duration":
            duration_ns = int(_amount(word, name, "time", text))
        else:
            known = (*fault.parameters, *(() if "duration" in fault.parameters else ("duration",)))
            nearest = nearest_word(name, known)
            raise ScenarioError(word, 0, name, "unknown parameter", ", ".join(known), nearest)
    return fault.id, values, duration_ns


def _value(fault: str, name: str, parameter: Parameter, text: str) -> Any:
    if parameter.kind == "word":
        if parameter.choices and text not in parameter.choices:
            nearest = nearest_word(text, parameter.choices)
            raise ScenarioError(fault, 0, name, f"found {text!r}", parameter.range_text, nearest)
        return text
    if parameter.kind == "count":
        value: float = int(text) if text.isdecimal() else _fail(fault, name, text, "a whole number")
    elif parameter.is_signed_time:
        value = parameter.from_canonical(_amount(fault, name, "signed time", text))
    else:
        value = parameter.from_canonical(_amount(fault, name, parameter.kind, text))
    is_low = parameter.low is not None and value < parameter.low
    if is_low or (parameter.high is not None and value > parameter.high):
        _fail(fault, name, text, parameter.range_text)
    return value


def _amount(fault: str, name: str, kind: str, text: str) -> Any:
    try:
        if kind == "signed time":
            return quantity.Fraction(quantity.parse_signed_duration_ns(text))
        return quantity.parse(text, kind)
    except QuantityError as error:
        _fail(fault, name, text, error.allowed, error.nearest)


def _fail(fault: str, name: str, text: str, allowed: str, nearest: str = "") -> Any:
    raise ScenarioError(fault, 0, name, f"found {text!r}", allowed, nearest)
