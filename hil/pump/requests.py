"""One method for each request of the catalogue, with units in its arguments and records as results.

Errors are those of `Client.request`: Refused, LinkTimeout, Uncertain, BenchBroken; OutOfRange for a value that
does not fit its field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from hil.errors import BenchBroken, OutOfRange
from hil.pump import readings
from hil.pump.readings import Alarm, Event, Segment, Status
from protocols import alarms, ids

LOG_ENTRIES_PER_READ = 10
DRUG_NAME_LENGTH = 16

_LAST_LOG_SEQ = 0x3FFF_FFFF  # the end of the field in the catalogue
# A pump keeps some thousand entries. Blocks of them may be damaged, all of them in a row at the worst.
_MOST_EMPTY_READS = 4_096 // ids.SPAN_OF_LOG_READ


class TypedRequests:
    """What a Client is asked for by name; the subclass sends."""

    def request(self, name: str, **fields: Any) -> dict[str, Any]:
        raise NotImplementedError

    # Reading

    def status(self) -> Status:
        return readings.status_from(self.request("STATUS"))

    def alarms(self) -> list[Alarm]:
        """Active alarms in the pump's order: priority, then newest first."""
        return [readings.alarm_from(item) for item in self.request("ALARMS")["items"]]

    def log(self, from_seq: int = 0, count: int | None = None) -> Iterator[Event]:
        """Log entries from a number on, read in portions. Those that the pump has no more are left out: an
        export from 0 begins with the oldest that is there.
        """
        left = count
        empty = 0
        while left is None or left > 0:
            limit = LOG_ENTRIES_PER_READ if left is None else min(left, LOG_ENTRIES_PER_READ)
            items = self.request("LOG_READ", from_seq=from_seq, limit=limit)["items"]
            yield from _growing(items, from_seq)
            left = None if left is None else left - len(items)
            empty = 0 if items else empty + 1
            if empty > _MOST_EMPTY_READS:
                raise BenchBroken(f"the pump says that its log goes on, and has nothing from number {from_seq} on")
            after = items[-1]["log_seq"] + 1 if items else from_seq + ids.SPAN_OF_LOG_READ
            if after > _LAST_LOG_SEQ:
                return
            # A short answer is the end of the log, or a gap in it.
            if len(items) < limit and after >= self.status().log_seq:
                return
            from_seq = after

    def faults(self, from_seq: int = 0) -> Iterator[Event]:
        """Alarms and faults from a number on, of the ring that keeps at least 1 000 of them (INT-06)."""
        while items := self.request("FAULTS_READ", from_seq=from_seq, limit=LOG_ENTRIES_PER_READ)["items"]:
            yield from _growing(items, from_seq)
            from_seq = items[-1]["log_seq"] + 1
            if from_seq > _LAST_LOG_SEQ:
                return

    def config(self) -> dict[str, int]:
        return self.request("CONFIG_READ")

    def prescription(self, staged: bool = False) -> dict[str, Any]:
        """Drug, patient bolus and dose limit; the drug's name as text."""
        found = self.request("PRESCRIPTION_READ", is_staged=int(staged))
        found["drug_name"] = found["drug_name"].rstrip(b"\0").decode("utf-8", "replace")
        return found

    def programme_day(self, day: int, staged: bool = False) -> list[Segment]:
        """Segments of one day, 0 = Monday."""
        found = self.request("PROGRAMME_READ", is_staged=int(staged), day=day)
        return [Segment(**item) for item in found["items"]]

    # Therapy

    def start(self) -> None:
        self.request("START")

    def stop(self) -> None:
        self.request("STOP")

    def minimum_rate(self) -> None:
        self.request("MINIMUM_RATE")

    def programme_begin(self) -> None:
        self.request("PROGRAMME_BEGIN")

    def stage_day(self, day_mask: int, segments: Sequence[tuple[int, int]]) -> None:
        """`segments` are (start minute, nL/h); `day_mask` bit 0 is Monday."""
        items = [{"start_minute": minute, "rate_nl_per_h": rate} for minute, rate in segments]
        self.request("PROGRAMME_DAY", day_mask=day_mask, items=items)

    def stage_drug(self, name: str, concentration_ug_per_ml: int, **limits: int) -> None:
        """`limits`: hard_ and soft_rate_nl_per_h, hard_ and soft_bolus_nl, drug_flags; 0 is no limit.

        ValueError when the name takes more than 16 bytes of UTF-8.
        """
        encoded = name.encode()
        if len(encoded) > DRUG_NAME_LENGTH:
            raise OutOfRange(f"drug name {name!r} takes {len(encoded)} bytes, at most {DRUG_NAME_LENGTH} fit")
        fields: dict[str, Any] = dict.fromkeys(
            ("hard_rate_nl_per_h", "soft_rate_nl_per_h", "hard_bolus_nl", "soft_bolus_nl", "drug_flags"), 0
        )
        fields.update(limits)
        padded = encoded.ljust(DRUG_NAME_LENGTH, b"\0")
        self.request("STAGE_DRUG", drug_name=padded, concentration_ug_per_ml=concentration_ug_per_ml, **fields)

    def stage_patient_bolus(self, volume_nl: int, duration_s: int, lockout_s: int, per_day: int) -> None:
        self.request(
            "STAGE_PATIENT_BOLUS",
            patient_bolus_nl=volume_nl,
            patient_bolus_s=duration_s,
            patient_lockout_s=lockout_s,
            patient_per_day=per_day,
        )

    def stage_dose_limit(self, volume_nl: int, window_s: int) -> None:
        self.request("STAGE_DOSE_LIMIT", dose_limit_nl=volume_nl, dose_window_s=window_s)

    def confirm_soft_limit(self) -> None:
        self.request("CONFIRM_SOFT_LIMIT")

    def programme_commit(self) -> None:
        self.request("PROGRAMME_COMMIT")

    def programme_discard(self) -> None:
        self.request("PROGRAMME_DISCARD")

    def clinician_bolus(self, volume_nl: int, duration_s: int) -> None:
        self.request("GIVE_CLINICIAN_BOLUS", volume_nl=volume_nl, duration_s=duration_s)

    def patient_bolus(self) -> None:
        self.request("GIVE_PATIENT_BOLUS")

    def priming_bolus(self, volume_nl: int) -> None:
        self.request("GIVE_PRIMING_BOLUS", volume_nl=volume_nl)

    def bridge_bolus(self, volume_nl: int, rate_nl_per_h: int) -> None:
        self.request("GIVE_BRIDGE_BOLUS", volume_nl=volume_nl, rate_nl_per_h=rate_nl_per_h)

    def bolus_cancel(self) -> None:
        self.request("BOLUS_CANCEL")

    # Refill, alarms, service

    def refill_begin(self) -> None:
        self.request("REFILL_BEGIN")

    def refill_withdrawn(self, volume_nl: int) -> None:
        self.request("REFILL_WITHDRAWN", volume_nl=volume_nl)

    def refill_filled(self, volume_nl: int) -> None:
        self.request("REFILL_FILLED", volume_nl=volume_nl)

    def refill_confirm(self) -> None:
        self.request("REFILL_CONFIRM")

    def refill_cancel(self) -> None:
        self.request("REFILL_CANCEL")

    def catheter_empty(self) -> None:
        self.request("CATHETER_EMPTY")

    def silence(self) -> None:
        self.request("SILENCE")

    def acknowledge(self, alarm: str) -> None:
        """`alarm` is a name of alarms.NAMES; ValueError when it is none."""
        if alarm not in alarms.NAMES[1:]:
            raise OutOfRange(f"no alarm {alarm!r}; there are {', '.join(filter(None, alarms.NAMES))}")
        self.request("ACKNOWLEDGE", alarm=alarms.NAMES.index(alarm))

    def set_clock(self, epoch_s: int) -> None:
        """Seconds since 2020-01-01 00:00:00, local time."""
        self.request("SET_CLOCK", epoch_s=epoch_s)

    def self_test(self) -> None:
        self.request("SELF_TEST")

    def leave_to_repl(self) -> None:
        self.request("LEAVE_TO_REPL")


def _growing(items: list[dict[str, Any]], from_seq: int) -> Iterator[Event]:
    """Entries as events. BenchBroken when their numbers do not grow: such a log would never end."""
    for item in items:
        if item["log_seq"] < from_seq:
            raise BenchBroken(f"the pump's log goes back: entry {item['log_seq']} where {from_seq} was asked for")
        from_seq = item["log_seq"] + 1
        yield readings.event_from(item)
