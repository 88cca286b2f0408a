"""The scenario language as a JSON Schema (2020-12), for editors that complete and check TOML.

It is made from the tables that the reader itself uses, so it knows every fault, verb and field. It says which
keys and words there are; ranges and units are the reader's business, which has better messages.
"""

from __future__ import annotations

import json
from typing import Any

from hil.scenario.arguments import ARGUMENT_KINDS
from hil.scenario.draws import DISTRIBUTIONS
from hil.scenario.expectations import KEYS as EXPECTATIONS
from hil.scenario.model import DAY_NAMES
from hil.scenario.verbs import VERBS
from hil.words import quantity, vocabulary
from hil.words.bench import TARGET_NAMES, Parameter, bench_fields, fault_catalogue, net_names
from hil.words.requirements import requirements

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}
_ANY_NUMBER = ("fraction", "number")


def schema() -> Schema:
    """The whole language."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "pumpbench scenario",
        "type": "object",
        "required": ["name", "duration"],
        "additionalProperties": False,
        "properties": {
            "name": {**_TEXT, "description": "One line for people"},
            "why": {**_TEXT, "description": "The incident or requirement behind it"},
            "requirements": _some(list(requirements())),
            "duration": _quantity("time"),
            "aftermath": {**_quantity("time"), "description": "From the last step that has a time to the end"},
            "seed": {**_WHOLE, "description": "Of noise and of intermittent faults"},
            "start_clock": {"description": 'Wall time at time 0, like "2026-03-02 08:00:00"'},
            "targets": _some(list(TARGET_NAMES)),
            "bench": _object({name: _parameter(field) for name, field in bench_fields().items()}),
            "therapy": _object({"fill": _quantity("volume"), **_prescription()}),
            "step": {"type": "array", "items": {"oneOf": _steps()}},
            "expect": {"type": "array", "items": {"oneOf": _expectations()}},
            "sweep": {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}},
            "monte_carlo": _monte_carlo(),
        },
    }


def text() -> str:
    """As it is written to a file."""
    return json.dumps(schema(), indent=1) + "\n"


def _object(properties: Schema, required: tuple[str, ...] = (), description: str = "") -> Schema:
    made: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        made["required"] = list(required)
    if description:
        made["description"] = description
    return made


def _word(words: list[str]) -> Schema:
    return {"enum": words}


def _some(words: list[str]) -> Schema:
    """One word or a list of them."""
    return {"anyOf": [_word(words), {"type": "array", "items": _word(words)}]}


def _quantity(kind: str) -> Schema:
    known = quantity.KINDS[kind]
    made: Schema = {"type": ["string", "number"] if kind in _ANY_NUMBER else "string"}
    return {**made, "description": f"{kind}, in {', '.join(known.offered)}", "examples": [known.example]}


def _parameter(parameter: Parameter) -> Schema:
    if parameter.kind == "word":
        return _word(list(parameter.choices)) if parameter.choices else _TEXT
    made = _WHOLE if parameter.kind == "count" else _quantity(parameter.kind)
    allowed = parameter.range_text
    return {**made, "description": f"{made.get('description', 'a whole number')}: {allowed}"} if allowed else made


def _prescription() -> Schema:
    segment = {"type": "array", "prefixItems": [_TEXT, _quantity("rate")], "minItems": 2, "maxItems": 2}
    segments = {"type": "array", "items": segment, "minItems": 1, "maxItems": 24}
    days = {**_TEXT, "description": f"{', '.join(DAY_NAMES)}; mon-fri; sat,sun; all"}
    day = _object({"days": days, "segments": segments}, ("segments",))
    volume, rate, time = _quantity("volume"), _quantity("rate"), _quantity("time")
    limits = {"hard_rate": rate, "soft_rate": rate, "hard_bolus": volume, "soft_bolus": volume}
    drug = {"name": _TEXT, "concentration": _quantity("concentration"), **limits}
    bolus = {"volume": volume, "duration": time, "lockout": time, "per_day": {**_WHOLE, "minimum": 1}}
    return {
        "basal": {"anyOf": [rate, {"type": "array", "items": day, "minItems": 1}]},
        "drug": _object(drug, ("name", "concentration")),
        "patient_bolus": _object(bolus, ("volume", "lockout", "per_day")),
        "dose_limit": _object({"volume": volume, "window": time}, ("volume",)),
    }


def _steps() -> list[Schema]:
    whatever = {"any": {"const": True}}
    answer = {"refused": _some(list(vocabulary.REASONS)), "accepted": {"const": True}, **whatever}
    condition = {**_TEXT, "description": "alarm NAME, mode NAME, delivered 100 uL, stroke 100, flash operation 17"}
    timing = {
        "at": _quantity("time"),
        "when": condition,
        "clock": {"description": "A wall time"},
        "every": _quantity("time"),
        "count": {**_WHOLE, "minimum": 1},
        "delay": _quantity("time"),
    }
    made = []
    for verb, known in VERBS.items():
        fields = {name: _argument(argument.kind) for name, argument in known.arguments.items()}
        needed = tuple(name for name, argument in known.arguments.items() if argument.is_required)
        verb_fields = {"do": {"const": verb}, **timing, "expect": _object(answer), **fields}
        made.append(_object(verb_fields, ("do", *needed)))
    for fault in fault_catalogue().values():
        parameters = {name: _parameter(parameter) for name, parameter in fault.parameters.items()}
        fault_fields = {"inject": {"const": fault.id}, **timing, "duration": _quantity("time"), **parameters}
        fault_fields["expect"] = _object(whatever)
        made.append(_object(fault_fields, ("inject",), f"{fault.description}; must show: {fault.verdict}"))
    clear_fields = {"clear": _word(list(fault_catalogue())), **timing, "expect": _object(whatever)}
    made.append(_object(clear_fields, ("clear",)))
    return made


def _argument(kind: str) -> Schema:
    prescription = _prescription()
    if kind in prescription:
        return prescription[kind]
    if ARGUMENT_KINDS[kind].words:
        return _word(list(ARGUMENT_KINDS[kind].words))
    if kind == "whole":
        return _WHOLE
    return _quantity(kind) if kind in quantity.KINDS else _TEXT


def _expectations() -> list[Schema]:
    kinds: dict[str, Schema] = {
        "alarm": _some(list(vocabulary.ALARM_WORDS)),
        "never": _some(list(vocabulary.ALARM_WORDS)),
        "mode": _word(list(vocabulary.MODES)),
        "truth": _word(list(vocabulary.TRUTHS)),
        "status": _word(list(vocabulary.status_fields())),
        "log": _word(list(vocabulary.LOG_ENTRIES)),
        "refused": _word(list(vocabulary.REASONS)),
        "buzzer": _word(list(vocabulary.BUZZER_PATTERNS)),
        "wave": _word(list(net_names())),
        "patient": _word(list(vocabulary.PATIENT_QUANTITIES)),
    }
    return [
        _object({kind: kinds[kind], **{key: _span(key) for key in keys}}, (kind,))
        for kind, keys in EXPECTATIONS.items()
    ]


def _span(key: str) -> Schema:
    if key in ("after", "within", "at", "any_window", "cleared_within"):
        return _quantity("time")
    if key == "over":
        return {"type": "array", "items": _quantity("time"), "minItems": 2, "maxItems": 2}
    if key in ("count", "at_least", "level"):
        return _WHOLE
    if key in ("a", "b"):
        return {"type": "integer"}
    if key == "clock":
        return {"type": "boolean"}
    if key == "do":
        return _word(list(VERBS))
    return {"description": "An amount with its unit" if key != "between" else "[lowest, highest]"}


def _monte_carlo() -> Schema:
    pair = {"type": "array", "minItems": 2, "maxItems": 2}
    pairs = {name: pair for name in DISTRIBUTIONS if name != "choice"}
    one_of = {**pairs, "choice": {"type": "array", "minItems": 1}}
    drawn = {**_object(one_of), "minProperties": 1, "maxProperties": 1}
    properties = {
        "trials": {**_WHOLE, "minimum": 1},
        "worlds": {**_WHOLE, "minimum": 1},
        "sampling": {"enum": ["random", "sobol"]},
        "correlation": {"type": "array", "items": {"type": "array", "minItems": 3, "maxItems": 3}},
    }
    return {"type": "object", "properties": properties, "required": ["trials"], "additionalProperties": drawn}
