"""Names that scenarios may use on a bench: faults with their parameters, deviations of the bench, nets, targets.

The emulator keeps the registry; this file turns it into words and units of scenarios. A real bench offers a
part of the same names.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import exp
from pathlib import Path
from typing import Any

from emulator.bench.config import SCENARIO_KEYS, BenchConfig
from emulator.faults import ALIASES, FAULTS, UNITS
from emulator.plant.config import PlantConfig
from hil.words import quantity
from hil.words.quantity import KINDS, TIME_UNITS_NS, QuantityError, nearest_word
from hil.words.settings_rules import contradiction

TARGET_NAMES = ("sim", "mpy", "chip", "board")

NETS = (
    "STEP",
    "DIR",
    "EN",
    "DIAG",
    "PATIENT_BUTTON",
    "SILENCE_BUTTON",
    "ALARM_LAMP",
    "READY_LAMP",
)

# Kinds of the emulator that have another name here; an angle in counts is a plain number.
_OTHER_KINDS = {"duration": "time", "flow": "rate", "angle": "number", "degrees": "angle"}
# How many units of `hil.words.quantity` one of the emulator's is, where they differ.
_FACTORS = {"degrees": Fraction(1, 360), "compliance": Fraction(1, 1_000)}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a fault or a field of a bench. `kind` is one of `hil.words.quantity`, or `count` or `word`.

    `default`, `low` and `high` are in the unit of the emulator: seconds for times, else that of
    `hil.words.quantity`.
    """

    kind: str
    unit_factor: int | Fraction = 1
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()

    def from_canonical(self, amount: Fraction) -> float:
        """The emulator's number for an amount in the unit of `hil.words.quantity`."""
        return float(amount / self.unit_factor)

    def read(self, value: object) -> float | str:
        """What the emulator takes, for what a person wrote. Raises `QuantityError` for what cannot be."""
        if self.kind == "word":
            return self._word(value)
        if self.kind == "count":
            return self._count(value)
        if self.kind == "time" and self.low is not None and self.low < 0:
            amount = Fraction(quantity.parse_signed_duration_ns(value))
        else:
            amount = quantity.parse(value, self.kind)
        number = self.from_canonical(amount)
        if (self.low is not None and number < self.low) or self._is_above(number):
            raise QuantityError(value, self.range_text)
        return number

    def _is_above(self, number: float) -> bool:
        return self.high is not None and number > self.high

    def _word(self, value: object) -> str:
        if self.choices and value not in self.choices:
            raise QuantityError(value, ", ".join(self.choices), nearest_word(str(value), self.choices))
        if not isinstance(value, str) or not value.strip():
            raise QuantityError(value, "text in quotes that is not empty")
        return value

    def _count(self, value: object) -> int:
        low = int(self.low or 0)
        if isinstance(value, int) and not isinstance(value, bool) and value >= low and not self._is_above(value):
            return value
        allowed = f"a whole number from {low} up" if self.high is None else f"a whole number, {low} to {int(self.high)}"
        raise QuantityError(value, allowed)

    @property
    def range_text(self) -> str:
        """What is allowed, in words; empty when anything is."""
        if self.kind == "word":
            return " | ".join(self.choices)
        if self.low is not None and self.high is not None:
            return f"{self.shown(self.low)} to {self.shown(self.high)}"
        if self.low is not None:
            return f"at least {self.shown(self.low)}"
        return KINDS[self.kind].unit if self.kind in KINDS else ""

    def shown(self, value: object) -> str:
        """A value in the unit of the emulator, for people."""
        if isinstance(value, str) or not isinstance(value, int | float):
            return str(value)
        if self.kind == "time":
            return _shown_time(value)
        unit = KINDS[self.kind].unit if self.kind in KINDS else ""
        return f"{value:,.10g} {unit}".strip()


def _shown_time(seconds: float) -> str:
    for unit, length_s in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds and seconds % length_s == 0:
            return f"{seconds / length_s:g} {unit}"
    return f"{seconds:g} s"


def _parameter(
    kind: str,
    default: Any = None,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
) -> Parameter:
    ours = _OTHER_KINDS.get(kind, kind)
    factor = TIME_UNITS_NS[UNITS[kind]] if ours == "time" else _FACTORS.get(kind, 1)
    return Parameter(ours, factor, default, low, high, choices)


@dataclass(frozen=True)
class FaultEntry:
    """One fault of the catalogue. `verdict` is what a correct firmware shows; `silent`: it cannot see it.
    `targets` are those on which it can be.
    """

    id: str
    description: str
    parameters: dict[str, Parameter]
    verdict: str
    targets: tuple[str, ...]


@cache
def fault_catalogue() -> dict[str, FaultEntry]:
    names = {**{name: name for name in FAULTS}, **ALIASES}
    return {
        name: FaultEntry(
            id=name,
            description=FAULTS[known].description,
            parameters={parameter: _parameter(*fields) for parameter, fields in FAULTS[known].parameters.items()},
            verdict=FAULTS[known].verdict,
            targets=FAULTS[known].targets,
        )
        for name, known in names.items()
    }


@dataclass(frozen=True)
class Setting:
    """A figure in the pump's own /config.json: `per_unit` of its units are one of the emulator's."""

    name: str
    kind: str
    per_unit: float = 1.0


# What a bench and its pump must agree on: the plant gets it, and the pump's configuration too.
_SHARED_SETTINGS = {
    "reservoir": Setting("reservoir_capacity_nl", "volume"),
    "volume_per_rev": Setting("nl_per_rev", "volume"),
    "dead_volume": Setting("catheter_dead_volume_nl", "volume"),
}
# What only the pump is configured with.
_PUMP_SETTINGS = {
    "low_level": Setting("low_level_nl", "volume"),
    "empty_level": Setting("empty_level_nl", "volume"),
    "refill_due": Setting("refill_due_h", "duration", 1 / 3600),
    "occlusion_limit": Setting("occlusion_limit_pa", "pressure", 1000.0),
    "supply_low": Setting("supply_low_mv", "voltage"),
    "supply_critical": Setting("supply_critical_mv", "voltage"),
}


_SIGNED_KEYS = ("calibration_error", "temperature", "patient_pressure", "posture", "clock_drift", "adc_offset")
_SETTINGS_FILE = Path(__file__).resolve().parents[2] / "firmware" / "services" / "storage" / "settings.py"
# firmware/drivers/step_generator.py and firmware/core/stroke.py
_STROKES_MICROSTEPS_PER_S = 1_600
_LONGEST_STROKE_NL = 5_000
_FIRST = "reservoir"  # the capacity bounds the fill, whatever the order in the file


@cache
def bench_fields() -> dict[str, Parameter]:
    """Keys of [bench]: deviations of the plant and its parts, and of the pump's configuration."""
    fields = {
        key: _parameter(kind, low=None if key in _SIGNED_KEYS else 0.0) for key, (_, _, kind) in SCENARIO_KEYS.items()
    }
    limits = setting_limits()
    for key, setting in (_SHARED_SETTINGS | _PUMP_SETTINGS).items():
        least, most = limits[setting.name]
        fields[key] = _parameter(setting.kind, low=least / setting.per_unit, high=most / setting.per_unit)
    return fields


def bench_config(values: dict[str, float]) -> BenchConfig:
    """The reference bench with the deviations of a scenario. ValueError says which of them cannot be."""
    config = BenchConfig()
    for key in sorted(values, key=_FIRST.__ne__):
        if key in SCENARIO_KEYS:
            config = config.with_key(key, values[key])
    return config


def contradiction_on_bench(values: dict[str, float]) -> tuple[str, str] | None:
    """The key of [bench] that cannot work beside the others, and what is allowed in the pump's own units."""
    figures = {**default_settings(), **pump_settings(values)}
    wrong = contradiction(figures)
    if wrong is None:
        plant = bench_config(values).plant
        reached_kpa = plant.patient_kpa + plant.posture_kpa + plant.cough_kpa + _pulse_kpa(plant)
        if reached_kpa * 1_000 < figures["occlusion_limit_pa"]:
            return None
        written = [
            key for key in ("compliance", "volume_per_rev", "bore", "patient_pressure", *values) if key in values
        ]
        return written[
            0
        ], f"a line that strokes and patient leave below the occlusion limit, not at {reached_kpa:.3g} kPa"
    name, allowed = wrong
    settings = _SHARED_SETTINGS | _PUMP_SETTINGS
    own = [key for key, setting in settings.items() if setting.name == name]
    others = [key for key, setting in settings.items() if setting.name in allowed]
    written = [key for key in (*own, *others, "volume_per_rev") if key in values]
    return written[0], f"{name}: {allowed}"


def _pulse_kpa(plant: PlantConfig) -> float:
    """What the longest stroke presses into the line at most, while the line already gives way."""
    nl_per_s = _STROKES_MICROSTEPS_PER_S * plant.volume_per_rev_nl / plant.microsteps_per_rev
    steady_kpa = plant.resistance_kpa_s_per_nl * nl_per_s * (1 + plant.pulsation)
    time_constant_s = plant.resistance_kpa_s_per_nl * plant.compliance_nl_per_kpa
    return steady_kpa * (1 - exp(-_LONGEST_STROKE_NL / nl_per_s / time_constant_s))


def pump_settings(values: dict[str, float]) -> dict[str, int]:
    """What /config.json has to say for a bench that deviates like this."""
    settings = _SHARED_SETTINGS | _PUMP_SETTINGS
    return {
        settings[key].name: round(value * settings[key].per_unit) for key, value in values.items() if key in settings
    }


def net_names() -> tuple[str, ...]:
    return NETS


def default_settings() -> dict[str, int]:
    """The figures of a pump without a /config.json, as its firmware has them."""
    return {name: default for name, default, *_ in _limits()}


def setting_limits() -> dict[str, tuple[int, int]]:
    """Least and most of each figure that the pump takes."""
    return {name: (least, most) for name, _default, least, most in _limits()}


@cache
def _limits() -> tuple[tuple[str, int, int, int], ...]:
    tree = ast.parse(_SETTINGS_FILE.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_LIMITS":
            return tuple(ast.literal_eval(node.value))
    raise ValueError(f"{_SETTINGS_FILE} has no table _LIMITS")
