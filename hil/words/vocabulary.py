"""The words of scenarios for what the pump reports: alarms, modes, log entries, reasons, status fields.

Names and numbers come from `protocols`; the priorities are those that the requirements demand, stated here
a second time on purpose: a pump with a wrong catalogue must not vouch for itself.
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

PRIORITIES = {
    "SYSTEM_FAULT": "HIGH",  # INT-02
    "MOTOR_STALL": "HIGH",  # DET-01
    "CATHETER_OCCLUSION": "HIGH",  # DET-05
    "EMPTY_RESERVOIR": "HIGH",  # RES-04
    "OVER_DELIVERY": "HIGH",  # DET-04
    "SENSOR_FAULT_ROTOR": "HIGH",  # DET-08
    "SUPPLY_CRITICAL": "HIGH",  # DET-09
    "STOPPED_LONG": "HIGH",  # THR-16
    "UNDER_DELIVERY": "MEDIUM",  # DET-04
    "STEP_LOSS": "MEDIUM",  # DET-03
    "CATHETER_DISCONNECTED": "MEDIUM",  # DET-07
    "SENSOR_FAULT_PRESSURE": "MEDIUM",  # DET-08
    "SENSOR_FAULT_SUPPLY": "MEDIUM",  # DET-08
    "CLOCK_FAULT": "MEDIUM",  # DET-10
    "DOSE_LIMIT": "MEDIUM",  # THR-13 names none: a dose that is cut short needs a person soon
    "REFILL_MISMATCH": "MEDIUM",  # RES-06 names none
    "LOW_RESERVOIR": "LOW",  # RES-03
    "REFILL_DUE": "LOW",  # RES-08
    "SUPPLY_LOW": "LOW",  # DET-09
    "BUTTON_STUCK": "LOW",  # DET-11
    "UPLOAD_IDLE": "NOTICE",  # THR-07
    "STALL_RECOVERED": "NOTICE",  # DET-02
    "POWER_LOST": "NOTICE",  # INT-05
}

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
    "flags": ids.FLAG_NAMES,
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
