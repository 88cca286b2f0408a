"""A prescription as a list of items in words, from a pump or from a file, so that two can be compared.

Rates and volumes stand in uL with all their digits: what differs by one nL differs here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hil.errors import ScenarioError
from hil.pump.client import Client
from hil.scenario.model import DAY_NAMES, Therapy
from hil.scenario.table import Source
from hil.scenario.therapy import read_therapy
from hil.words.toml_text import toml_text

Items = dict[str, str]

_LIMITS = ("hard_rate_nl_per_h", "soft_rate_nl_per_h", "hard_bolus_nl", "soft_bolus_nl")
_NONE = "none"


def in_ul(amount_nl: int) -> str:
    """12345 nL as "12.345 uL", no digit lost."""
    return f"{amount_nl / 1000:.3f}".rstrip("0").rstrip(".") + " uL"


def in_s(duration_s: int) -> str:
    """Whole hours and minutes where it is some."""
    for unit, length_s in (("h", 3600), ("min", 60)):
        if duration_s and duration_s % length_s == 0:
            return f"{duration_s // length_s} {unit}"
    return f"{duration_s} s"


def of_pump(client: Client, staged: bool = False) -> Items:
    """Committed or staged, as the pump reads it back."""
    found = client.prescription(staged)
    items = _drug_items(found["drug_name"], found["concentration_ug_per_ml"], found)
    items["patient bolus"] = _patient_bolus(
        found["patient_bolus_nl"],
        found["patient_bolus_s"],
        found["patient_lockout_s"],
        found["patient_per_day"],
    )
    items["dose limit"] = _dose_limit(found["dose_limit_nl"], found["dose_window_s"])
    for day, name in enumerate(DAY_NAMES):
        segments = client.programme_day(day, staged)
        items[name] = _day([(segment.start_minute, segment.rate_nl_per_h) for segment in segments])
    return items


def of_therapy(therapy: Therapy) -> Items:
    """Only the parts that the therapy has."""
    items: Items = {}
    if (drug := therapy.drug) is not None:
        limits = {name: getattr(drug, name) or 0 for name in _LIMITS}
        items |= _drug_items(drug.name, drug.concentration_ug_per_ml, limits)
    if (bolus := therapy.patient_bolus) is not None:
        items["patient bolus"] = _patient_bolus(bolus.volume_nl, bolus.duration_s, bolus.lockout_s, bolus.per_day)
    if (limit := therapy.dose_limit) is not None:
        items["dose limit"] = _dose_limit(limit.volume_nl, limit.window_s)
    if therapy.basal is not None:
        for name, segments in zip(DAY_NAMES, therapy.basal.days, strict=True):
            items[name] = _day(segments)
    return items


def differences(pump: Items, wanted: Items) -> list[tuple[str, str, str]]:
    """(item, in the pump, wanted) where they differ; items that are not wanted are left alone."""
    return [(item, pump.get(item, _NONE), text) for item, text in wanted.items() if pump.get(item, _NONE) != text]


def read_therapy_file(path: Path) -> Therapy:
    """The [therapy] table of a TOML file; a scenario has one too. ScenarioError with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise ScenarioError(str(path), 0, "", f"cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ScenarioError(str(path), 0, "", f"is not valid TOML: {error}") from None
    if "therapy" not in raw:
        raise ScenarioError(str(path), 0, "therapy", "missing", "a table [therapy] as in a scenario")
    return read_therapy(Source(str(path), text), raw["therapy"])


def as_toml(client: Client) -> str:
    """The committed prescription as a [therapy] table that `programme upload` takes back."""
    found = client.prescription()
    drug: dict[str, Any] = {
        "name": found["drug_name"],
        "concentration": f"{found['concentration_ug_per_ml']} ug/mL",
    }
    for key, field in zip(("hard_rate", "soft_rate", "hard_bolus", "soft_bolus"), _LIMITS, strict=True):
        if found[field]:
            drug[key] = f"{found[field]} {'nL/h' if 'rate' in key else 'nL'}"
    basal = [{"days": name, "segments": _segments(client, day)} for day, name in enumerate(DAY_NAMES)]
    therapy: dict[str, Any] = {"drug": drug, "basal": basal}
    if found["patient_bolus_nl"]:
        therapy["patient_bolus"] = {
            "volume": f"{found['patient_bolus_nl']} nL",
            "duration": f"{found['patient_bolus_s']} s",
            "lockout": f"{found['patient_lockout_s']} s",
            "per_day": found["patient_per_day"],
        }
    if found["dose_limit_nl"]:
        therapy["dose_limit"] = {"volume": f"{found['dose_limit_nl']} nL", "window": f"{found['dose_window_s']} s"}
    return toml_text({"therapy": therapy})


def _segments(client: Client, day: int) -> list[list[str]]:
    return [[_clock(each.start_minute), f"{each.rate_nl_per_h} nL/h"] for each in client.programme_day(day)]


def _drug_items(name: str, concentration_ug_per_ml: int, limits: dict[str, Any]) -> Items:
    items = {"drug": f"{name or _NONE}, {concentration_ug_per_ml} ug/mL"}
    for field in _LIMITS:
        kind, what = field.split("_")[:2]
        unit = "/h" if what == "rate" else ""
        items[f"{kind} {what} limit"] = in_ul(limits[field]) + unit if limits[field] else _NONE
    return items


def _patient_bolus(volume_nl: int, duration_s: int, lockout_s: int, per_day: int) -> str:
    if not volume_nl:
        return _NONE
    span = f" over {in_s(duration_s)}" if duration_s else ""
    return f"{in_ul(volume_nl)}{span}, lock-out {in_s(lockout_s)}, {per_day} a day"


def _dose_limit(volume_nl: int, window_s: int) -> str:
    return f"{in_ul(volume_nl)} in {in_s(window_s)}" if volume_nl else _NONE


def _day(segments: Any) -> str:
    return ", ".join(f"{_clock(minute)} {in_ul(rate)}/h" for minute, rate in segments) or _NONE


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
