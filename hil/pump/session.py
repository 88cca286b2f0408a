"""The host's half of a session: proofs, the seal on each request and on its answer. protocols/ICD.md has the bytes."""

from __future__ import annotations

import hashlib
import hmac
import struct

from protocols import codec, ids, messages

NONCE_BYTES = 16
TAG_BYTES = 16
KEY_BYTES = 32

# What a tag is for: a proof of one kind never passes as another.
HOST_PROOF = b"pumpbench host proof"
PUMP_PROOF = b"pumpbench pump proof"
SESSION_KEY = b"pumpbench session key"

_SEALED = messages.row_of(messages.REQUEST, ids.MSG_SEALED)
_HEAD_LENGTH = 2
_COUNTER_LENGTH = 4
_BODY_AT = _HEAD_LENGTH + _COUNTER_LENGTH + TAG_BYTES


class HostSession:
    """One session of one role. `host_nonce` must never have been used before."""

    def __init__(self, role: int, key: bytes, host_nonce: bytes) -> None:
        self.role = role
        self.host_nonce = host_nonce
        self._key = key
        self._challenge = b""
        self._session_key = b""
        self._counter = 0

    def take_challenge(self, pump_nonce: bytes) -> bytes:
        """The proof that this host holds the key."""
        self._challenge = bytes([self.role]) + self.host_nonce + pump_nonce
        self._session_key = self._hash(SESSION_KEY)
        return self._hash(HOST_PROOF)[:TAG_BYTES]

    def is_pump(self, pump_proof: bytes) -> bool:
        """True when the other side holds the key as well."""
        return hmac.compare_digest(pump_proof, self._hash(PUMP_PROOF)[:TAG_BYTES])

    def seal(self, version: int, sequence: int, request_type: int, payload: bytes) -> bytes:
        """The payload of SEALED around a request that is going to carry this sequence number."""
        self._counter += 1
        header = struct.pack("<BBHI", version, ids.MSG_SEALED, sequence, self._counter)
        inner = bytes([request_type]) + payload
        tag = hmac.digest(self._session_key, header + inner, hashlib.sha256)[:TAG_BYTES]
        fields = {"counter": self._counter, "tag": tag, "inner_type": request_type}
        return codec.pack(_SEALED, fields) + payload

    def opened(self, version: int, sequence: int, payload: bytes) -> bytes | None:
        """The payload of an answer without its seal, when it is the pump's own to what was sealed last; else None."""
        counter = struct.pack("<I", self._counter)
        head, body = payload[:_HEAD_LENGTH], payload[_BODY_AT:]
        header = struct.pack("<BBH", version, ids.MSG_ANSWER, sequence)
        tag = hmac.digest(self._session_key, header + counter + head + body, hashlib.sha256)[:TAG_BYTES]
        is_ours = hmac.compare_digest(payload[_HEAD_LENGTH:_BODY_AT], counter + tag)
        return head + body if is_ours else None

    def _hash(self, purpose: bytes) -> bytes:
        return hmac.digest(self._key, purpose + self._challenge, hashlib.sha256)
