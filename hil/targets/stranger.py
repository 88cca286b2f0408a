"""Somebody on the line who wants to open a session and does not hold the key (LNK-04)."""

from __future__ import annotations

from emulator.bench.cable import Cable
from hil.pump.session import KEY_BYTES, NONCE_BYTES, HostSession
from protocols import codec, frame, ids, messages

_TRIES = 6  # one more than the pump lets pass before it locks the role
_BEGIN = messages.row_of(messages.REQUEST, ids.MSG_SESSION_BEGIN)
_CHALLENGE = messages.row_of(messages.BODY, ids.MSG_SESSION_BEGIN)
_PROVE = messages.row_of(messages.REQUEST, ids.MSG_SESSION_PROVE)
_REFUSALS = (ids.BAD_KEY, ids.LOCKOUT)


class Stranger:
    """Listens for the number that the host used last, then asks for a clinician's session, six times.

    `refusals`: how often the pump said that it does not know this key.
    """

    def __init__(self, cable: Cable) -> None:
        self.refusals = 0
        self._cable = cable
        self._decoder = frame.FrameDecoder()
        self._tries = 0
        self._sequence = _sequence_of(cable.last_sent)
        self._filters = (self._pass_on, self._overhear)  # the cable wants the same ones back
        self._session = self._new_session()
        cable.insert(*self._filters)
        self._ask_for_session()

    def stop(self) -> None:
        self._cable.remove(*self._filters)

    def _new_session(self) -> HostSession:
        nonce = bytes([self._tries]) * NONCE_BYTES
        return HostSession(ids.CLINICIAN, b"\x5a" * KEY_BYTES, nonce)

    def _ask_for_session(self) -> None:
        self._tries += 1
        self._session = self._new_session()
        fields = {"role": ids.CLINICIAN, "host_nonce": self._session.host_nonce}
        self._send(ids.MSG_SESSION_BEGIN, codec.pack(_BEGIN, fields))

    def _send(self, request_type: int, payload: bytes) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._cable.push_to_device(frame.encode(request_type, self._sequence, payload))

    def _pass_on(self, data: bytes) -> bytes:
        return data

    def _overhear(self, data: bytes) -> bytes:
        for byte in data:
            if self._decoder.feed_byte(byte) == frame.FRAME and self._decoder.type == ids.MSG_ANSWER:
                start = frame.DECODED_PAYLOAD_AT
                self._answered(bytes(self._decoder.buffer[start : start + self._decoder.payload_length]))
        return data

    def _answered(self, payload: bytes) -> None:
        request_type, reason, body = payload[0], payload[1], payload[2:]
        if self._decoder.sequence != self._sequence:
            return
        if request_type == ids.MSG_SESSION_BEGIN and reason == ids.OK:
            nonce = codec.unpack(_CHALLENGE, body)["pump_nonce"]
            self._send(ids.MSG_SESSION_PROVE, codec.pack(_PROVE, {"proof": self._session.take_challenge(nonce)}))
        elif request_type in (ids.MSG_SESSION_BEGIN, ids.MSG_SESSION_PROVE) and reason in _REFUSALS:
            self.refusals += 1
            if self._tries < _TRIES:
                self._ask_for_session()


def _sequence_of(data: bytes) -> int:
    """The number of the last frame in what a host sent; 0 when there is none."""
    decoder = frame.FrameDecoder()
    sequence = 0
    for byte in data:
        if decoder.feed_byte(byte) == frame.FRAME:
            sequence = decoder.sequence
    return sequence
