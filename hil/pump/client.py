"""The pump as a host sees it: typed requests, each of which ends accepted, refused or uncertain.

Every method that asks for something returns None when the pump took it, raises Refused with the reason
when it did not, LinkTimeout when the pump is silent, and Uncertain when a silent pump may be moving fluid.
After Uncertain no bolus leaves this client until `resolve_uncertain` knows what became of the first:
the pump remembers the number of the last command, and takes no number twice, so its status settles it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import msgspec

from hil.errors import BenchBroken, LinkTimeout, OtherVersion, OutOfRange, Refused, Uncertain
from hil.pump import readings
from hil.pump.exchange import ANSWER_TIMEOUT_S, Answer, Clock, Exchange, Stream, WallClock
from hil.pump.readings import Event, Hello
from hil.pump.requests import TypedRequests
from hil.pump.session import NONCE_BYTES, HostSession
from protocols import codec, ids, messages

BOLUSES = ("GIVE_CLINICIAN_BOLUS", "GIVE_PATIENT_BOLUS", "GIVE_PRIMING_BOLUS", "GIVE_BRIDGE_BOLUS")
MOVES_FLUID = (*BOLUSES, "START", "MINIMUM_RATE")

# The pump did not take the request because it has forgotten this host or stands at another number.
_OUT_OF_STEP = (ids.SESSION_EXPIRED, ids.REPLAYED)


_UNSEALED = ("HELLO", "SESSION_BEGIN", "SESSION_PROVE")


def _is_open_to_all(name: str) -> bool:
    row = messages.row_named(messages.REQUEST, name)
    return row is not None and row[messages.ROLE] == ids.OBSERVER


class Pending(msgspec.Struct, frozen=True):
    """A request whose fate is not known: its number, the boot of the pump it was sent to, and the session that sealed
    it, if one did.
    """

    request: str
    sequence: int
    boots: int
    session: HostSession | None = None


class Resolution(msgspec.Struct, frozen=True):
    """`was_taken` is None when the pump has restarted since, or the session is over, and it cannot say; then read its
    log.
    """

    request: str
    was_taken: bool | None
    reason: str = ""


class Client(TypedRequests):
    """A conversation over `stream` (see exchange.py), timed by `clock`, wall time when none is given.

    A context manager: entering says HELLO, leaving closes the stream. `version` is the major version that
    this host claims to speak.
    """

    def __init__(
        self,
        stream: Stream,
        clock: Clock | None = None,
        *,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        on_event: Callable[[Event], None] | None = None,
        version: int = ids.PROTOCOL_MAJOR,
    ) -> None:
        self.clock: Clock = clock or WallClock()
        self.events: list[Event] = []
        self.uncertain: Pending | None = None
        self.pump: Hello | None = None
        self._session: HostSession | None = None
        self._stream = stream
        self._on_event = on_event
        self._version = version
        self._exchange = Exchange(stream, self.clock, self._keep_event, answer_timeout_s)

    def __enter__(self) -> Client:
        self.hello()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the stream, where it can be closed."""
        close = getattr(self._stream, "close", None)
        if close is not None:
            close()

    # Conversation

    def hello(self) -> Hello:
        """Ask version, capabilities and the next sequence number. The pump sends events from now on.

        Refused: BUSY, from a port whose line another host has. BenchBroken: a rig is there, and no pump.
        """
        fields = {"major": self._version, "minor": ids.PROTOCOL_MINOR}
        answer = self._ask("HELLO", fields)
        if answer.reason == ids.UNKNOWN:
            raise BenchBroken("what answers here does not know HELLO: it is the port of a rig, not of a pump")
        if answer.reason != ids.OK:
            raise Refused(readings.word(ids.REASON_NAMES, answer.reason), "HELLO")
        pump = readings.hello_from(self._body("HELLO", answer))
        self.pump = pump
        self._exchange.next_sequence = pump.next_sequence
        return pump

    @property
    def other_version(self) -> str:
        """What a user is told, in one line, when the pump speaks another protocol; else ""."""
        if self.pump is None or self.pump.major == self._version:
            return ""
        return str(OtherVersion(self.pump.major, self._version, "all but reading"))

    def open_session(self, role: str, key: bytes, host_nonce: bytes | None = None) -> None:
        """Prove to hold the key of PATIENT, CLINICIAN or SERVICE; later requests go out under its seal.

        Refused: BAD_KEY. While the role is locked after 5 failures, the session is for STOP alone, all else is refused
        with LOCKOUT. A session ends 3 min after its last request; then they are refused with SESSION_EXPIRED.
        BenchBroken when what answers does not hold the key, OtherVersion when it speaks another protocol.
        """
        self._session = None
        pump = self.pump or self.hello()
        if pump.major != self._version:
            raise OtherVersion(pump.major, self._version, "SESSION_BEGIN")
        number = ids.ROLE_NAMES.index(role)
        session = HostSession(number, key, host_nonce or secrets.token_bytes(NONCE_BYTES))
        begun = self.request("SESSION_BEGIN", role=number, host_nonce=session.host_nonce)
        proved = self.request("SESSION_PROVE", proof=session.take_challenge(begun["pump_nonce"]))
        if not session.is_pump(proved["pump_proof"]):
            raise BenchBroken("what answers on this line accepts any key: it is not the pump that was keyed")
        self._session = session

    def exchange(self, name: str, **fields: Any) -> tuple[str, dict[str, Any]]:
        """Any request of the catalogue by its name: the reason as a word, and the body of the answer.

        ValueError when the catalogue knows no such request; OutOfRange, which is one, when a value is out of its
        range or a field is missing or unknown.
        """
        if self.pump is None:
            self.hello()
        if name in BOLUSES and self.uncertain is not None:
            raise Uncertain(self.uncertain.request)
        answer = self._ask_in_step(name, fields)
        reason = readings.word(ids.REASON_NAMES, answer.reason)
        return reason, self._body(name, answer) if answer.reason == ids.OK else {}

    def request(self, name: str, **fields: Any) -> dict[str, Any]:
        """As `exchange`, but a refusal is raised. Returns the body, empty where the answer has none."""
        reason, body = self.exchange(name, **fields)
        if reason == "NOT_ALLOWED" and self.pump is not None and self.pump.major != self._version:
            raise OtherVersion(self.pump.major, self._version, name)
        if reason != "OK":
            raise Refused(reason, name)
        return body

    def resolve_uncertain(self) -> Resolution | None:
        """Ask the pump what became of the uncertain request; None when there is none."""
        pending = self.uncertain
        if pending is None:
            return None
        if self._session is not pending.session:
            return Resolution(pending.request, None)
        status = self.status()
        # A session does not outlive a restart of the pump: its seal on the status proves that there was none.
        if self._session is not pending.session or (pending.session is None and status.boots != pending.boots):
            return Resolution(pending.request, None)
        self.uncertain = None
        if status.last_sequence == pending.sequence and status.last_type == pending.request:
            return Resolution(pending.request, status.last_reason == "OK", status.last_reason)
        return Resolution(pending.request, False)

    def forget_uncertain(self) -> None:
        """A person has found out by other means (log, bench) what became of it."""
        self.uncertain = None

    # Events

    def poll(self) -> None:
        """Take in the events that have arrived, without waiting."""
        self._exchange.poll()

    def listen(self, duration_s: float) -> Iterator[Event]:
        """Yield events as they arrive, for `duration_s` of the client's clock."""
        end_s = self.clock.now_s() + duration_s
        seen = len(self.events)
        while self.clock.now_s() < end_s:
            self._exchange.listen()
            while seen < len(self.events):
                yield self.events[seen]
                seen += 1

    # Inside

    def _keep_event(self, values: dict[str, Any]) -> None:
        event = readings.event_from(values, self.clock.now_s())
        self.events.append(event)
        if self._on_event is not None:
            self._on_event(event)

    def _ask_in_step(self, name: str, fields: dict[str, Any]) -> Answer:
        """Ask; when the pump has lost step with this host, say HELLO and ask once more.

        Never a request that moves fluid: what refuses it may not be the pump, and an earlier copy may have been
        taken and its answer lost together with the pump's memory. A second request would be a second bolus.
        """
        answer = self._ask(name, fields)
        moves_fluid = name in MOVES_FLUID
        if answer.reason not in _OUT_OF_STEP and answer.is_proven:
            return answer
        if moves_fluid and (not answer.is_proven or answer.transmissions > 1):
            self._become_uncertain(name)
            raise Uncertain(name)
        if answer.reason != ids.REPLAYED and self._session is not None:
            # The seal is worth nothing any more; what everybody may ask goes on without.
            self._session = None
            if not _is_open_to_all(name):
                return answer
        self.hello()
        return answer if moves_fluid else self._ask(name, fields)

    def _ask(self, name: str, fields: dict[str, Any]) -> Answer:
        row = messages.row_named(messages.REQUEST, name)
        if row is None:
            known = sorted(readings.REQUEST_NAMES.values())
            raise ValueError(f"no request {name}; there are {', '.join(known)}")
        try:
            payload = codec.pack(row, fields)
        except ValueError as problem:
            raise OutOfRange(str(problem)) from None
        try:
            sealer = None if name in _UNSEALED else self._session
            return self._exchange.ask(row[messages.NUMBER], payload, self._version, sealer)
        except LinkTimeout as silence:
            if name not in MOVES_FLUID:
                raise
            self._become_uncertain(name)
            raise Uncertain(name) from silence

    def _become_uncertain(self, name: str) -> None:
        if self.pump is not None:
            sequence = (self._exchange.next_sequence - 1) & 0xFFFF
            self.uncertain = Pending(name, sequence, self.pump.boots, self._session)

    def _body(self, name: str, answer: Answer) -> dict[str, Any]:
        row = messages.row_named(messages.BODY, name)
        try:
            return {} if row is None else codec.unpack(row, answer.body)
        except ValueError as error:
            raise BenchBroken(
                f"what answers on this line is no pump that this host knows, or of another version: {error}"
            ) from error
