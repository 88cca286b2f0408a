"""Keeps the record of what the pump says: events as they come, and those that were missed read back from its
log.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hil.errors import LinkTimeout, Refused
from hil.pump.client import Client
from hil.pump.readings import Event, Status
from hil.run.record import AlarmSeen, LogSeen, Record, StatusSeen
from hil.scenario.model import Condition
from hil.targets.base import TargetClock
from hil.words import vocabulary
from hil.words.quantity import NS_PER_S

# A notice that the pump logs twice, as an alarm and as an entry of its own, is one.
_SAME_NOTICE_NS = 30 * NS_PER_S
_NOTICE_ENTRIES = ("STALL_RECOVERED", "POWER_LOST")

# What the pump says at once and writes later is lost when the power fails between; its numbers are then given
# again. So many at most can be waiting.
_LOST_MOST = 64


class Listener:
    """`on_patient_bolus(t_ns)` is called when the pump begins a patient bolus, whoever asked for it."""

    def __init__(self, clock: TargetClock, record: Record, on_patient_bolus: Callable[[int], None]) -> None:
        self._clock = clock
        self._record = record
        self._on_patient_bolus = on_patient_bolus
        self._seen: dict[tuple[int, int, str, int, int], int] = {}  # and when
        self._boots_read = 1  # of the boot whose log was read last; the first one is that of the lead-in
        self._waiting: list[tuple[Condition, Callable[[], None]]] = []
        self._is_behind = False
        self._gap_from: int | None = None
        self.next_seq = 0
        self.boots: int | None = None

    def watch(self, condition: Condition, met: Callable[[], None]) -> None:
        """Call `met` once, when an alarm or a mode comes true."""
        if condition.kind == "mode" and self._record.mode_at(self._clock.now_ns) == condition.name:
            met()
        else:
            self._waiting.append((condition, met))

    def take(self, event: Event) -> None:
        """An event that has just arrived, unless the link was out: then it may be hours old."""
        if not self._is_behind:
            if event.log_seq > self.next_seq and self._gap_from is None:
                self._gap_from = self.next_seq
            self._keep(event, self._clock.now_ns)

    @property
    def has_gap(self) -> bool:
        """Entries between those that were heard were lost on the link; `catch_up` reads them."""
        return self._gap_from is not None

    def fall_behind(self) -> None:
        """The link is out. What waits in the port is no news when it is in again; `catch_up` reads it from the log."""
        self._is_behind = True

    def take_status(self, status: Status) -> None:
        now_ns = self._clock.now_ns
        self.boots = status.boots
        self._record.statuses.append(StatusSeen(now_ns, msgspec.to_builtins(status)))
        if not self._record.modes:
            self._record.modes.append((now_ns, status.mode))

    def catch_up(self, client: Client) -> None:
        """Read the entries that were never heard. Their time follows from the pump's own count of seconds, which a
        restart without a clock sets back: none is dated later than the next entry whose time is known.
        """
        try:
            status = client.status()
            self.take_status(status)
            self._is_behind = False
            has_restarted = self.boots is not None and self.boots != self._boots_read
            begin = max(0, self.next_seq - _LOST_MOST) if has_restarted else self.next_seq
            begin = begin if self._gap_from is None else min(begin, self._gap_from)
            self._boots_read = self.boots or self._boots_read
            read = [(event, self._time_of(event, status.run_s)) for event in client.log(begin)]
        except (LinkTimeout, Refused):
            return  # the pump is away again; the next boot or connection tries anew
        self._gap_from = None
        latest_ns = self._clock.now_ns
        dated: list[tuple[Event, int]] = []
        for event, t_ns in reversed(read):
            latest_ns = min(latest_ns, t_ns)
            dated.append((event, latest_ns))
        for event, t_ns in reversed(dated):
            self._keep(event, t_ns)

    def _time_of(self, event: Event, run_s: int) -> int:
        """When it was heard, else as many seconds ago as the pump has counted since."""
        heard_ns = self._seen.get(_identity(event))
        return self._clock.now_ns - max(0, run_s - event.run_s) * NS_PER_S if heard_ns is None else heard_ns

    def _keep(self, event: Event, t_ns: int) -> None:
        identity = _identity(event)
        if identity in self._seen:
            return
        self._seen[identity] = t_ns
        self.next_seq = max(self.next_seq, event.log_seq + 1)
        record = self._record
        record.log.append(LogSeen(t_ns, event.code, event.a, event.b, event.log_seq, event.text))
        if event.code == "ALARM":
            self._alarm(AlarmSeen(t_ns, event.alarm, event.alarm_event))
        elif event.code in _NOTICE_ENTRIES:
            self._alarm(AlarmSeen(t_ns, event.code, "RAISED"))
        elif event.code == "MODE":
            mode = vocabulary.MODES[event.a] if 0 <= event.a < len(vocabulary.MODES) else f"?{event.a}"
            record.modes.append((t_ns, mode))
            self._meet(lambda condition: condition.kind == "mode" and condition.name == mode)
        elif event.code == "BOLUS_STARTED" and event.text.split()[1] == "PATIENT":
            self._on_patient_bolus(t_ns)

    def _alarm(self, seen: AlarmSeen) -> None:
        if seen.name in _NOTICE_ENTRIES and any(
            other.name == seen.name and abs(other.t_ns - seen.t_ns) < _SAME_NOTICE_NS
            for other in reversed(self._record.alarms[-20:])
        ):
            return
        self._record.alarms.append(seen)
        self._meet(
            lambda condition: (
                condition.kind == "alarm"
                and condition.event == seen.event
                and vocabulary.alarm_matches(condition.name, seen.name)
            )
        )

    def _meet(self, is_met: Callable[[Condition], bool]) -> None:
        met = [waiting for waiting in self._waiting if is_met(waiting[0])]
        self._waiting = [waiting for waiting in self._waiting if waiting not in met]
        for _, callback in met:
            callback()


def _identity(event: Event) -> tuple[int, int, str, int, int]:
    """Of an entry: its number may have been given twice."""
    return (event.log_seq, event.run_s, event.code, event.a, event.b)
