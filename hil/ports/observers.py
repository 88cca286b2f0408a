"""Observers of a pump whose line another host has: they hear its events and may read, and nothing of theirs moves it.

Nobody has the line: an observer's question goes to the pump. A host has it: the pump takes one request at a time, by
numbers that this host counts, so an observer is told what that host was answered a moment ago to the same
question, else BUSY. What asks for more than an answer is NOT_ALLOWED, always.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from hil.ports.loop import Loop
from hil.ports.tcp_port import HostConnection, TcpHosts
from protocols import codec, frame, ids, messages

# Questions without parameters: the answer to one host is the answer to all.
_GLANCES = (ids.MSG_STATUS, ids.MSG_ALARMS)
_FRESH_S = 3.0
_PATIENCE_S = 2.0  # for an answer of the pump; behind it the observer asks again
_MOST_WAITING = 64
_FIRST_PUMP_TYPE = 128
_SEQUENCE_MASK = 0xFFFF
_HEAD_LENGTH = 2
_SEAL_LENGTH = 20  # counter and tag
_OUT_OF_STEP = (ids.REPLAYED, ids.SESSION_EXPIRED)
_HELLO = bytes([ids.PROTOCOL_MAJOR, ids.PROTOCOL_MINOR])
_SESSION_TYPES = (ids.MSG_SESSION_BEGIN, ids.MSG_SESSION_PROVE, ids.MSG_SEALED)


class _Question(msgspec.Struct):
    """`connection` is None for a HELLO of ours, by which we learn the pump's next number."""

    connection: HostConnection | None
    type: int
    sequence: int
    version: int
    payload: bytes
    asked_as: int = -1
    asked_s: float = 0.0
    is_again: bool = False


class Observers(TcpHosts):
    """`ask(data)` writes to the pump; `is_held()` tells whether a host has the line. All the pump sends goes through
    `take_from_pump`, all that host sends through `take_from_host`.
    """

    def __init__(self, loop: Loop, ask: Callable[[bytes], object], is_held: Callable[[], bool], port: int) -> None:
        self._ask = ask
        self._is_held = is_held
        self._now_s = 0.0
        self._decoders: dict[HostConnection, frame.FrameDecoder] = {}
        self._from_pump = frame.FrameDecoder()
        self._from_host = frame.FrameDecoder()
        self._waiting: deque[_Question] = deque()
        self._asked: _Question | None = None
        self._number: int | None = None  # the pump's next; None: not known
        self._sealed: tuple[int, int] | None = None  # sequence number and inner type of the host's last sealed request
        self._seen: dict[int, tuple[float, bytes]] = {}
        super().__init__(loop, port)

    def tick(self, now_s: float) -> None:
        super().tick(now_s)
        self._now_s = now_s
        if self._asked is not None and now_s - self._asked.asked_s > _PATIENCE_S:
            if self._asked.connection is None:
                self._waiting.popleft()
            self._asked = None
            self._number = None
        self._turn()

    def take_from_host(self, data: bytes) -> None:
        """What the host of the line writes."""
        self._number = None  # he counts on
        for found in _frames(self._from_host, data):
            if found.type == ids.MSG_SEALED and len(found.payload) > _SEAL_LENGTH:
                self._sealed = (found.sequence, found.payload[_SEAL_LENGTH])

    def take_from_pump(self, data: bytes) -> None:
        for found in _frames(self._from_pump, data):
            if found.type == ids.MSG_EVENT:
                event = frame.encode(found.type, found.sequence, found.payload, found.version)
                for connection in self._connections:
                    connection.send(event)
            elif found.type == ids.MSG_ANSWER and len(found.payload) >= _HEAD_LENGTH:
                self._take_answer(found)

    def _received(self, connection: HostConnection, data: bytes) -> None:
        decoder = self._decoders.setdefault(connection, frame.FrameDecoder())
        for found in _frames(decoder, data):
            if found.type < _FIRST_PUMP_TYPE:
                self._take_question(_Question(connection, found.type, found.sequence, found.version, found.payload))
        self._turn()

    def _left(self, connection: HostConnection) -> None:
        super()._left(connection)
        self._decoders.pop(connection, None)
        self._waiting = deque(each for each in self._waiting if each.connection is not connection)

    def _take_question(self, question: _Question) -> None:
        row = messages.row_of(messages.REQUEST, question.type)
        if row is None:
            self._refuse(question, ids.UNKNOWN)
        elif row[messages.ROLE] != ids.OBSERVER or question.type in _SESSION_TYPES:
            self._refuse(question, ids.NOT_ALLOWED)
        elif len(self._waiting) >= _MOST_WAITING:
            self._refuse(question, ids.BUSY)
        elif not any(_is_same(question, each) for each in (*self._waiting, self._asked)):
            self._waiting.append(question)

    def _turn(self) -> None:
        """Send the next question, when none is under way."""
        while self._waiting and self._asked is None:
            question = self._waiting[0]
            if question.type == ids.MSG_HELLO:
                self._send(self._waiting.popleft())
            elif self._is_held():
                self._answer_from_seen(self._waiting.popleft())
            elif self._number is None:
                self._send(_Question(None, ids.MSG_HELLO, 0, ids.PROTOCOL_MAJOR, _HELLO))
            else:
                self._send(self._waiting.popleft())

    def _send(self, question: _Question) -> None:
        is_hello = question.type == ids.MSG_HELLO  # answered whatever its number
        question.asked_as = question.sequence if is_hello or self._number is None else self._number
        question.asked_s = self._now_s
        self._asked = question
        self._ask(frame.encode(question.type, question.asked_as, question.payload, question.version))

    def _answer_from_seen(self, question: _Question) -> None:
        seen_s, payload = self._seen.get(question.type, (0.0, b""))
        if payload and not question.payload and self._now_s - seen_s <= _FRESH_S:
            self._deliver(question, payload)
        else:
            self._refuse(question, ids.BUSY)

    def _take_answer(self, found: _Frame) -> None:
        asked = self._asked
        request_type, reason = found.payload[:_HEAD_LENGTH]
        if asked is None or (request_type, found.sequence) != (asked.type, asked.asked_as):
            self._remember(found, request_type, reason)
            return
        self._asked = None
        if request_type == ids.MSG_HELLO:
            if reason == ids.OK and not self._is_held():
                self._number = _next_number(found.payload)
            if self._number is None and asked.connection is None and not self._is_held():
                self._refuse(self._waiting.popleft(), reason or ids.BUSY)
        elif reason in _OUT_OF_STEP and not asked.is_again:
            self._number = None
            asked.is_again = True
            self._waiting.appendleft(asked)
            self._turn()
            return
        elif self._number is not None:
            self._number = (asked.asked_as + 1) & _SEQUENCE_MASK
        self._deliver(asked, found.payload)
        self._turn()

    def _remember(self, found: _Frame, request_type: int, reason: int) -> None:
        """What the host of the line was answered; of a sealed answer what is in it, which is no secret."""
        payload = found.payload
        if request_type == ids.MSG_SEALED and self._sealed is not None and self._sealed[0] == found.sequence:
            request_type = self._sealed[1]
            payload = bytes([request_type, reason]) + payload[_HEAD_LENGTH + _SEAL_LENGTH :]
        if request_type in _GLANCES and reason == ids.OK:
            self._seen[request_type] = (self._now_s, payload)

    def _refuse(self, question: _Question, reason: int) -> None:
        self._deliver(question, bytes([question.type, reason]))

    def _deliver(self, question: _Question, payload: bytes) -> None:
        if question.connection in self._connections:
            question.connection.send(frame.encode(ids.MSG_ANSWER, question.sequence, payload))


class _Frame(msgspec.Struct, frozen=True):
    type: int
    sequence: int
    version: int
    payload: bytes


def _frames(decoder: frame.FrameDecoder, data: bytes) -> list[_Frame]:
    """The good frames that end in these bytes."""
    found = []
    for byte in data:
        if decoder.feed_byte(byte) == frame.FRAME:
            start = frame.DECODED_PAYLOAD_AT
            payload = bytes(decoder.buffer[start : start + decoder.payload_length])
            found.append(_Frame(decoder.type, decoder.sequence, decoder.version, payload))
    return found


def _next_number(hello: bytes) -> int | None:
    """Of the pump, by its answer to HELLO; None when that is no such answer."""
    try:
        return codec.unpack(messages.row_named(messages.BODY, "HELLO"), hello[_HEAD_LENGTH:])["next_sequence"]
    except ValueError:
        return None


def _is_same(question: _Question, other: _Question | None) -> bool:
    """A retransmission of one that waits."""
    return other is not None and (other.connection, other.sequence, other.type, other.payload) == (
        question.connection,
        question.sequence,
        question.type,
        question.payload,
    )
