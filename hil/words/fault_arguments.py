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
            duration_ns = _duration_ns(word, text)
        else:
            known = (*fault.parameters, *(() if "duration" in fault.parameters else ("duration",)))
            nearest = nearest_word(name, known)
            raise ScenarioError(word, 0, name, "unknown parameter", ", ".join(known), nearest)
    return fault.id, values, duration_ns


def _value(fault: str, name: str, parameter: Parameter, text: str) -> Any:
    """A count is typed as text here, where a file of TOML has a number."""
    try:
        return parameter.read(int(text) if parameter.kind == "count" and text.isdecimal() else text)
    except QuantityError as error:
        raise _error(fault, name, text, error) from None


def _duration_ns(fault: str, text: str) -> int:
    try:
        return quantity.parse_duration_ns(text)
    except QuantityError as error:
        raise _error(fault, "duration", text, error) from None


def _error(fault: str, name: str, text: str, error: QuantityError) -> ScenarioError:
    return ScenarioError(fault, 0, name, f"found {text!r}", error.allowed, error.nearest)
