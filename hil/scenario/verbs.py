"""What a person can do in a scenario: the verbs of `do` with their arguments.

An argument is (kind, is required). Kinds are those of `hil.words.quantity`, and: `text`, `whole`, `alarm`,
`button`, `port`, `date_time`, `shift` (a signed duration), `basal` and the prescription tables of
[therapy].
"""

from __future__ import annotations

Argument = tuple[str, bool]

_PRESCRIPTION: dict[str, Argument] = {
    "basal": ("basal", False),
    "drug": ("drug", False),
    "patient_bolus": ("patient_bolus", False),
    "dose_limit": ("dose_limit", False),
}
_TRUE_REFILL: dict[str, Argument] = {
    "truly_withdrawn": ("volume", False),
    "truly_filled": ("volume", False),
    "port": ("port", False),
}

VERBS: dict[str, dict[str, Argument]] = {
    "start": {},
    "stop": {},
    "minimum_rate": {},
    "clinician_bolus": {"volume": ("volume", True), "duration": ("time", False)},
    "priming_bolus": {"volume": ("volume", True)},
    "bridge_bolus": {"volume": ("volume", True), "rate": ("rate", True)},
    "cancel_bolus": {},
    "request_patient_bolus": {},
    "press": {"button": ("button", True), "hold": ("time", False)},
    "release": {"button": ("button", True)},
    "upload_programme": _PRESCRIPTION,
    "confirm_soft_limit": {},
    "commit_programme": {},
    "abort_programme": {},
    "refill": {"withdrawn": ("volume", True), "filled": ("volume", True), **_TRUE_REFILL},
    "begin_refill": {},
    "enter_withdrawn": {"volume": ("volume", True), "truly_withdrawn": ("volume", False)},
    "enter_filled": {
        "volume": ("volume", True),
        "truly_filled": ("volume", False),
        "port": ("port", False),
    },
    "confirm_refill": {},
    "cancel_refill": {},
    "silence": {},
    "acknowledge": {"alarm": ("alarm", True)},
    "set_clock": {"to": ("date_time", False), "by": ("shift", False)},
    "self_test": {},
    "power_off": {},
    "power_on": {},
    "connect": {},
    "disconnect": {},
}

BUTTONS = ("patient", "silence")
PORTS = ("reservoir", "catheter_access", "pocket")

# A person who presses a button or asks for a patient bolus may well be told no: that alone fails nothing.
MAY_BE_REFUSED = ("request_patient_bolus", "press", "release")

# Verbs with no answer of the pump: their effect is on the bench or on the link itself.
WITHOUT_ANSWER = ("press", "release", "power_off", "power_on", "connect", "disconnect")
