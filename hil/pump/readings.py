"""Readings of a pump: typed records with words for numbers. Built from the fields of protocols/messages.py.

Quantities keep the unit of the wire, which stands in their name. A number without a word, from a newer
pump for instance, is shown as `?17`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from protocols import alarms, ids
from protocols.messages import CATALOGUE, DIRECTION, NAME, NUMBER, REQUEST

REQUEST_NAMES: dict[int, str] = {row[NUMBER]: row[NAME] for row in CATALOGUE if row[DIRECTION] == REQUEST}
RESET_NAMES: dict[int, str] = {
    ids.RESET_POWER_ON: "POWER_ON",
    ids.RESET_WATCHDOG: "WATCHDOG",
    ids.RESET_SERVICE: "SERVICE",
}


def word(names: Sequence[str] | Mapping[int, str], number: int) -> str:
    """The word of a number; `?n` when it has none, "" for the empty word of 0."""
    if isinstance(names, Mapping):
        return names.get(number, f"?{number}")
    has_word = number == 0 or 0 < number < len(names) and names[number]
    return names[number] if has_word else f"?{number}"


def words(names: Sequence[str], bits: int) -> tuple[str, ...]:
    """The words of the bits that are set, lowest bit first."""
    return tuple(word(names, index) for index in range(bits.bit_length()) if bits >> index & 1)


class Hello(msgspec.Struct, frozen=True):
    major: int
    minor: int
    next_sequence: int
    capabilities: tuple[str, ...]
    max_payload: int
    boots: int
    device_id: bytes


class Status(msgspec.Struct, frozen=True):
    """Fields as in the message STATUS; epochs in s since 2020-01-01, 0 where the pump does not know."""

    mode: str
    action: str
    bolus_kind: str
    flags: tuple[str, ...]
    alarm_count: int
    top_alarm: str
    epoch_s: int
    run_s: int
    rate_nl_per_h: int
    basal_nl_per_h: int
    bolus_remaining_nl: int
    reservoir_nl: int
    delivered_nl: int
    commanded_nl: int
    strokes: int
    low_at_s: int
    empty_at_s: int
    refill_due_at_s: int
    lockout_s: int
    pressure_pa: int
    supply_mv: int
    rotor_counts: int
    events_rejected: int
    boots: int
    reset_cause: str
    log_seq: int
    soft_limit_fields: int
    frames_bad: int
    frames_repeated: int
    last_sequence: int
    last_type: str
    last_reason: str


class Alarm(msgspec.Struct, frozen=True):
    """One active alarm; `state` holds the words of ids.ALARM_STATE_NAMES."""

    name: str
    priority: str
    state: tuple[str, ...]
    raised_at_s: int


class Event(msgspec.Struct, frozen=True):
    """One log entry. `host_s` is the host's clock at arrival, None for an entry that was read back."""

    log_seq: int
    epoch_s: int
    run_s: int
    code: str
    a: int
    b: int
    host_s: float | None = None

    @property
    def alarm(self) -> str:
        """Name of the alarm that an ALARM entry is about, else ""."""
        return word(alarms.NAMES, self.a) if self.code == "ALARM" else ""

    @property
    def alarm_event(self) -> str:
        """RAISED, CLEARED, ACKNOWLEDGED or SILENCED in an ALARM entry, else ""."""
        return word(ids.ALARM_EVENT_NAMES, self.b) if self.code == "ALARM" else ""

    @property
    def role(self) -> str:
        """The role whose session asked, in a COMMAND entry; "" without a session and in other entries."""
        number = self.b // ids.COMMAND_ROLE_STEP if self.code == "COMMAND" else ids.OBSERVER
        return "" if number == ids.OBSERVER else word(ids.ROLE_NAMES, number)

    @property
    def text(self) -> str:
        """The entry in words: arguments that are numbers of something become its name."""
        names = _ARGUMENT_NAMES.get(self.code, ((), ()))
        b = self.b
        if self.code == "COMMAND":
            b %= ids.COMMAND_ROLE_STEP
        parts = [word(table, value) if table else str(value) for table, value in zip(names, (self.a, b), strict=True)]
        if self.role:
            parts.append(f"as {self.role}")
        return " ".join([self.code, *parts])


class Segment(msgspec.Struct, frozen=True):
    start_minute: int
    rate_nl_per_h: int


_ARGUMENT_NAMES: dict[str, tuple[Any, Any]] = {
    "BOOT": (RESET_NAMES, ()),
    "MODE": (ids.MODE_NAMES, ids.MODE_NAMES),
    "ALARM": (alarms.NAMES, ids.ALARM_EVENT_NAMES),
    "COMMAND": (REQUEST_NAMES, ids.REASON_NAMES),
    "BOLUS_STARTED": (ids.BOLUS_NAMES, ()),
    "BOLUS_COMPLETED": (ids.BOLUS_NAMES, ()),
    "BOLUS_HALTED": (ids.BOLUS_NAMES, ()),
    "BOLUS_SUSPENDED": (ids.BOLUS_NAMES, ()),
    "BOLUS_RESUMED": (ids.BOLUS_NAMES, ()),
    "BOLUS_DENIED": (ids.BOLUS_NAMES, ids.REASON_NAMES),
    "SELF_TEST": (ids.ITEM_NAMES, ()),
    "REPEATED": (ids.LOG_NAMES, ()),
    "SESSION": (ids.ROLE_NAMES, ids.SESSION_EVENT_NAMES),
}


def hello_from(values: dict[str, Any]) -> Hello:
    capabilities = words(ids.CAPABILITY_NAMES, values["capabilities"])
    return Hello(**{**values, "capabilities": capabilities})


def status_from(values: dict[str, Any]) -> Status:
    return Status(
        **{
            **values,
            "mode": word(ids.MODE_NAMES, values["mode"]),
            "action": word(ids.ACTION_NAMES, values["action"]),
            "bolus_kind": word(ids.BOLUS_NAMES, values["bolus_kind"]),
            "flags": words(ids.FLAG_NAMES, values["flags"]),
            "top_alarm": word(alarms.NAMES, values["top_alarm"]),
            "reset_cause": word(RESET_NAMES, values["reset_cause"]),
            "last_type": word(REQUEST_NAMES, values["last_type"]) if values["last_type"] else "",
            "last_reason": word(ids.REASON_NAMES, values["last_reason"]),
        }
    )


def alarm_from(values: dict[str, Any]) -> Alarm:
    return Alarm(
        name=word(alarms.NAMES, values["alarm"]),
        priority=word(ids.PRIORITY_NAMES, values["priority"]),
        state=words(ids.ALARM_STATE_NAMES, values["state"]),
        raised_at_s=values["raised_at_s"],
    )


def event_from(values: dict[str, Any], host_s: float | None = None) -> Event:
    return Event(**{**values, "code": word(ids.LOG_NAMES, values["code"])}, host_s=host_s)
