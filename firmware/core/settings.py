"""The two small records of a prescription beside drug and programme: patient bolus and dose limit.

A volume of zero means: none prescribed, none set.
"""

from struct import calcsize

from micropython import const

from firmware.core.record import Record
from protocols.ids import OK, OUT_OF_RANGE

BOLUS_HIGH_NL = const(40000000)  # the larger reservoir
BOLUS_LONGEST_S = const(21600)  # THR-09: up to 6 h
LOCKOUT_LONGEST_S = const(604800)
PER_DAY_HIGH = const(96)  # one every 15 min, the shortest lock-out of comparable pumps
WINDOW_SHORTEST_S = const(600)
WINDOW_LONGEST_S = const(86400)
DOSE_HIGH_NL = const(500000000)

_PATIENT_LAYOUT = "<IIIB"
_DOSE_LAYOUT = "<II"
PATIENT_BYTES = calcsize(_PATIENT_LAYOUT)
DOSE_BYTES = calcsize(_DOSE_LAYOUT)


class PatientBolus(Record):
    """THR-10: fixed volume over a duration, lock-out from the end of the last, number in sliding 24 h."""

    LAYOUT = _PATIENT_LAYOUT
    FIELDS = ("volume_nl", "duration_s", "lockout_s", "per_day")

    def __init__(self):
        self.volume_nl = 0
        self.duration_s = 60
        self.lockout_s = 0
        self.per_day = 1

    def set(self, volume_nl, duration_s, lockout_s, per_day):
        """OUT_OF_RANGE keeps the old record whole."""
        if not 0 <= volume_nl <= BOLUS_HIGH_NL or not 1 <= duration_s <= BOLUS_LONGEST_S:
            return OUT_OF_RANGE
        if not 0 <= lockout_s <= LOCKOUT_LONGEST_S or not 1 <= per_day <= PER_DAY_HIGH:
            return OUT_OF_RANGE
        self.volume_nl = volume_nl
        self.duration_s = duration_s
        self.lockout_s = lockout_s
        self.per_day = per_day
        return OK


class DoseLimit(Record):
    """THR-13: at most volume_nl in every sliding window of window_s (10 min .. 24 h)."""

    LAYOUT = _DOSE_LAYOUT
    FIELDS = ("volume_nl", "window_s")

    def __init__(self):
        self.volume_nl = 0
        self.window_s = WINDOW_LONGEST_S

    def set(self, volume_nl, window_s):
        """OUT_OF_RANGE keeps the old record whole."""
        if not 0 <= volume_nl <= DOSE_HIGH_NL or not WINDOW_SHORTEST_S <= window_s <= WINDOW_LONGEST_S:
            return OUT_OF_RANGE
        self.volume_nl = volume_nl
        self.window_s = window_s
        return OK
