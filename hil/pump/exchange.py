"""Requests and answers over a byte stream: framing, sequence numbers, retransmission, events on the way.

The stream is anything like pyserial: `read(n)` returns b"" when its own `timeout` has passed, `write(b)`,
`in_waiting`. Time comes from the clock that is handed in; with an emulated pump it is virtual and moves
only because `read` waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from hil.errors import BenchBroken, LinkTimeout
from protocols import codec, frame, ids, messages

RETRANSMISSIONS = 3
ANSWER_TIMEOUT_S = 0.5  # the pump answers within 0.2 s (LNK-02); the rest is for USB and sockets
READ_TIMEOUT_S = 0.05
# Reads that return nothing while the clock stands still: the stream does not wait as it should.
_IDLE_READS_MOST = 1000

_ANSWER_HEAD_LENGTH = 2
_EVENT_ROW = messages.row_of(messages.PUMP, ids.MSG_EVENT)


class Sealer(Protocol):
    """A session (session.py) as this file sees it."""

    def seal(self, version: int, sequence: int, request_type: int, payload: bytes, /) -> bytes: ...

    def opened(self, version: int, sequence: int, payload: bytes, /) -> bytes | None: ...


class Stream(Protocol):
    """The part of serial.Serial that is used."""

    timeout: float | None

    @property
    def in_waiting(self) -> int: ...

    def read(self, size: int = 1, /) -> bytes: ...

    def write(self, data: bytes, /) -> Any: ...


class Clock(Protocol):
    def now_s(self) -> float: ...


class WallClock:
    """Monotonic wall time: for real boards and for paced emulation."""

    def now_s(self) -> float:
        return time.monotonic()


class Answer(msgspec.Struct, frozen=True):
    """`transmissions` counts how often the request was sent before this came. `is_proven` is False for a refusal
    without the session's seal: it may come from anybody, and what became of the request is not known.
    """

    reason: int
    body: bytes
    transmissions: int
    is_proven: bool = True


class Exchange:
    """One conversation. `on_event(values)` gets each event frame as the dictionary of its fields."""

    def __init__(
        self,
        stream: Stream,
        clock: Clock,
        on_event: Callable[[dict[str, Any]], None],
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self.clock = clock
        self.next_sequence = 0
        self.frames_bad = 0
        self._stream = stream
        self._on_event = on_event
        self._answer_timeout_s = answer_timeout_s
        self._decoder = frame.FrameDecoder()
        self._sealer: Sealer | None = None  # of the request that waits for its answer
        self._rumour: int | None = None  # reason of an answer without the seal that it should have
        stream.timeout = READ_TIMEOUT_S

    def ask(
        self, request_type: int, payload: bytes, version: int = ids.PROTOCOL_MAJOR, sealer: Sealer | None = None
    ) -> Answer:
        """Send a request and wait for its answer, sending the same bytes again when none comes.

        `sealer` makes a sealed request of it; then an answer without the seal does not end the wait, and comes out
        at its end when it refuses. LinkTimeout after 3 retransmissions, BenchBroken when the stream fails.
        """
        sequence = self.next_sequence
        self.next_sequence = (sequence + 1) & 0xFFFF
        self._sealer, self._rumour = sealer, None
        if sealer is not None:
            payload = sealer.seal(version, sequence, request_type, payload)
            request_type = ids.MSG_SEALED
        request = frame.encode(request_type, sequence, payload, version)
        for transmission in range(1, RETRANSMISSIONS + 2):
            self._write(request)
            found = self._await_answer(request_type, sequence)
            if found is not None:
                return Answer(found[1], found[_ANSWER_HEAD_LENGTH:], transmission)
        if self._rumour is not None:
            return Answer(self._rumour, b"", RETRANSMISSIONS + 1, is_proven=False)
        raise LinkTimeout(
            f"request type {request_type}: expected an answer within {self._answer_timeout_s} s, seen none"
            f" after {RETRANSMISSIONS} retransmissions ({self.frames_bad} damaged frames so far);"
            " check port, cable and power of the pump"
        )

    def poll(self) -> None:
        """Take in what has arrived, without waiting."""
        while waiting := self._in_waiting():
            self._take(self._read(waiting))

    def listen(self) -> None:
        """Wait for at most the stream's read timeout and take in what arrives."""
        self._take(self._read(max(1, self._in_waiting())))

    def _await_answer(self, request_type: int, sequence: int) -> bytes | None:
        now_s = self.clock.now_s()
        deadline_s = now_s + self._answer_timeout_s
        idle_reads = 0
        while now_s < deadline_s:
            data = self._read(max(1, self._in_waiting()))
            before_s, now_s = now_s, self.clock.now_s()
            idle_reads = 0 if data or now_s > before_s else idle_reads + 1
            if idle_reads > _IDLE_READS_MOST:
                raise BenchBroken("the stream returns nothing without waiting and the clock stands still")
            answer = self._take(data, request_type, sequence)
            if answer is not None:
                return answer
        return None

    def _take(self, data: bytes, request_type: int = -1, sequence: int = -1) -> bytes | None:
        """Feed received bytes; the payload of the wanted answer if it was among them."""
        decoder = self._decoder
        wanted = None
        for byte in data:
            outcome = decoder.feed_byte(byte)
            if outcome == frame.BAD:
                self.frames_bad += 1
            elif outcome == frame.FRAME:
                start = frame.DECODED_PAYLOAD_AT
                payload = bytes(decoder.buffer[start : start + decoder.payload_length])
                if decoder.type == ids.MSG_EVENT:
                    self._take_event(payload)
                elif (
                    decoder.type == ids.MSG_ANSWER
                    and decoder.sequence == sequence
                    and len(payload) >= _ANSWER_HEAD_LENGTH
                    and payload[0] == request_type
                ):
                    wanted = self._proven(payload) or wanted
        return wanted

    def _proven(self, payload: bytes) -> bytes | None:
        """The answer, without its seal; None for one that lacks the seal it should have."""
        if self._sealer is None:
            return payload
        opened = self._sealer.opened(self._decoder.version, self._decoder.sequence, payload)
        if opened is None and payload[1] != ids.OK:
            self._rumour = payload[1]
        return opened

    def _take_event(self, payload: bytes) -> None:
        try:
            values = codec.unpack(_EVENT_ROW, payload)
        except ValueError:
            self.frames_bad += 1
            return
        self._on_event(values)

    def _in_waiting(self) -> int:
        try:
            return self._stream.in_waiting
        except OSError as error:  # serial.SerialException is an OSError
            raise BenchBroken(f"the line to the pump failed: {error}") from error

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            raise BenchBroken(f"reading from the pump failed: {error}") from error

    def _write(self, data: bytes) -> None:
        try:
            self._stream.write(data)
        except OSError as error:
            raise BenchBroken(f"writing to the pump failed: {error}") from error
