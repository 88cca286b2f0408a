"""The words of scenarios for what the pump reports: alarms, modes, log entries, reasons, status fields.

Names, numbers and priorities come from `protocols`. A pump with a wrong table of alarms cannot vouch for itself: the
priorities that the requirements demand stand a second time in tests/firmware/core_detectors/test_alarm_catalogue.py.
"""

from __future__ import annotations

from fractions import Fraction

from hil.words.quantity import NS_PER_S
from protocols import alarms, ids, messages

ALARMS = tuple(name for name in alarms.NAMES if name)
MODES = tuple(ids.MODE_NAMES)
LOG_ENTRIES = tuple(name for name in ids.LOG_NAMES if name)
REASONS = tuple(name for name in ids.REASON_NAMES if name != "OK")
ALARM_EVENTS = tuple(name for name in ids.ALARM_EVENT_NAMES if name)

# A family stands for all its members: SENSOR_FAULT for SENSOR_FAULT_ROTOR and the others, ANY for all alarms.
ANY = "ANY"
ALARM_FAMILIES = ("SENSOR_FAULT",)
ALARM_WORDS = (*ALARMS, *ALARM_FAMILIES, ANY)

PRIORITIES = {row[alarms.NAME]: ids.PRIORITY_NAMES[row[alarms.PRIORITY]] for row in alarms.ALARMS}

# What the bench alone knows, and what each is counted in.
TRUTHS = {
    "delivered": "volume",
    "in_csf": "volume",
    "line_pressure": "pressure",
    "reservoir": "volume",
    "missed": "volume",
    "trapped": "volume",
}

BUZZER_PATTERNS = ("HIGH", "MEDIUM", "LOW", "SILENT")
PATIENT_QUANTITIES = ("hours_below", "hours_above")

# Fields of the status that are numbers of something with a name.
STATUS_WORDS = {
    "mode": ids.MODE_NAMES,
    "action": ids.ACTION_NAMES,
    "bolus_kind": ids.BOLUS_NAMES,
    "top_alarm": ("NONE", *ALARMS),
    "flags": tuple(name for name in ids.FLAG_NAMES if name),
    "last_reason": ids.REASON_NAMES,
    "reset_cause": ("POWER_ON", "WATCHDOG", "SERVICE"),
}

# Suffix of a status field: see `status_kind`.
_SUFFIXES = {
    "_nl_per_h": ("rate", Fraction(1)),
    "_nl": ("volume", Fraction(1)),
    "_pa": ("pressure", Fraction(1, 1000)),
    "_mv": ("voltage", Fraction(1)),
    "_s": ("time", Fraction(NS_PER_S)),
}


def alarm_matches(word: str, name: str) -> bool:
    """Whether the alarm `name` is meant by `word`, which may be a family."""
    return word in (name, ANY) or (word in ALARM_FAMILIES and name.startswith(word + "_"))


def status_fields() -> dict[str, str]:
    """Word in a scenario -> field of the status. The unit suffix may be left out."""
    status = messages.row_named(messages.BODY, "STATUS")
    names = [] if status is None else [field[0] for field in status[messages.FIELDS]]
    words = {name: name for name in names}
    for name in names:
        for suffix in _SUFFIXES:
            if name.endswith(suffix):
                words.setdefault(name.removesuffix(suffix), name)
                break
    return words


def status_kind(field: str) -> tuple[str, Fraction] | None:
    """Kind of quantity of a status field, and how many units of that kind one unit of the field is.

    None: the field is a plain number. Scenarios count pressure in kPa and time in ns, the pump in Pa and s.
    """
    for suffix, kind in _SUFFIXES.items():
        if field.endswith(suffix):
            return kind
    return None
