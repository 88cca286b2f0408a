"""Authenticates the host: challenge and response, then sealed requests (LNK-04). protocols/ICD.md has the bytes.

A host names a role and sends a nonce, the pump answers with its own, the host proves that it holds the
role's key. From then on a request of that role comes sealed: a counter that only grows and a tag over
header, counter and content. On a board without keys there is nothing to prove and every role is open.
"""

from micropython import const

from firmware.core.units import NEVER_MS, until_ms
from firmware.services.link.hmac_sha256 import hmac_sha256, is_equal
from protocols import ids
from protocols.frame import DECODED_PAYLOAD_AT

NONCE_BYTES = const(16)
TAG_BYTES = const(16)
FAILURES_MOST = const(5)
LOCKED_MS = const(60_000)
IDLE_MS = const(180_000)

_ROLES = const(4)
_COUNTER_BYTES = const(4)
_TAG_AT = DECODED_PAYLOAD_AT + _COUNTER_BYTES
_INNER_TYPE_AT = _TAG_AT + TAG_BYTES
_SEAL_BYTES = _COUNTER_BYTES + TAG_BYTES + 1

# What a tag is for: a proof of one kind never passes as another.
HOST_PROOF = b"pumpbench host proof"
PUMP_PROOF = b"pumpbench pump proof"
SESSION_KEY = b"pumpbench session key"


class Session:
    """`keys` is a Keys, `random_bytes(n)` gives unpredictable bytes. One session at a time.

    `on_proved(role)`, if there is one, is called once for each session that begins.
    """

    def __init__(self, keys, random_bytes, on_proved=None):
        self._keys = keys
        self._random_bytes = random_bytes
        self.role = ids.OBSERVER
        self._on_proved = on_proved
        self._has_expired = False
        self._is_calm = True  # no session to end, no role locked
        self._session_key = b""
        self._pump_proof = b""
        self._counter = 0
        self._used_ms = 0
        self._challenged_role = ids.OBSERVER
        self._challenge = b""
        self._failures = [0] * _ROLES
        self._locked_since_ms = [0] * _ROLES

    def is_keyless(self):
        return self._keys.is_keyless

    def begin(self, role, host_nonce):
        """Start a challenge; `pump_nonce` then has the pump's part. A reason number."""
        if self._failures[role] >= FAILURES_MOST:
            return ids.LOCKOUT
        if self._keys.of(role) is None:
            return ids.BAD_KEY
        self._challenged_role = role
        self._challenge = bytes([role]) + host_nonce + self._random_bytes(NONCE_BYTES)
        return ids.OK

    def pump_nonce(self):
        """Of the challenge that `begin` started."""
        return self._challenge[-NONCE_BYTES:]

    def prove(self, proof, now_ms):
        """Judge the host's proof. Good or not, the challenge is used up. A reason number."""
        self._is_calm = False
        challenge = self._challenge
        role = self._challenged_role
        self._challenge = b""
        if not challenge:
            return ids.REPLAYED
        key = self._keys.of(role)
        if not is_equal(proof, hmac_sha256(key, HOST_PROOF + challenge)[:TAG_BYTES]):
            self._failures[role] += 1
            self._locked_since_ms[role] = now_ms
            return ids.BAD_KEY
        self._failures[role] = 0
        self.role = role
        self._has_expired = False
        self._session_key = hmac_sha256(key, SESSION_KEY + challenge)
        self._pump_proof = hmac_sha256(key, PUMP_PROOF + challenge)[:TAG_BYTES]
        self._counter = 0
        self._used_ms = now_ms
        if self._on_proved is not None:
            self._on_proved(role)
        return ids.OK

    def pump_proof(self):
        """Shows the host, after a good proof, that the pump holds the key as well."""
        return self._pump_proof

    def unseal(self, frame, now_ms):
        """Check a sealed frame and turn `frame` into the request inside it. A reason number.

        On refusal the frame is left as it was.
        """
        if frame.payload_length < _SEAL_BYTES:
            return ids.UNKNOWN
        if self.role == ids.OBSERVER:
            return self._closed()
        buffer = frame.buffer
        end = DECODED_PAYLOAD_AT + frame.payload_length
        message = bytes(buffer[:_TAG_AT]) + bytes(buffer[_INNER_TYPE_AT:end])
        tag = hmac_sha256(self._session_key, message)[:TAG_BYTES]
        if not is_equal(bytes(buffer[_TAG_AT:_INNER_TYPE_AT]), tag):
            return ids.BAD_KEY
        counter = int.from_bytes(buffer[DECODED_PAYLOAD_AT:_TAG_AT], "little")
        if counter <= self._counter:
            return ids.REPLAYED
        self._counter = counter
        self._used_ms = now_ms
        frame.type = buffer[_INNER_TYPE_AT]
        frame.payload_length -= _SEAL_BYTES
        inner_end = DECODED_PAYLOAD_AT + frame.payload_length
        buffer[DECODED_PAYLOAD_AT:inner_end] = buffer[_INNER_TYPE_AT + 1 : end]
        return ids.OK

    def may(self, role, is_sealed):
        """May a request that needs `role` be carried out? A reason number."""
        if role == ids.OBSERVER or self._keys.is_keyless:
            return ids.OK
        if not is_sealed:
            return self._closed()
        return ids.OK if role <= self.role else ids.NOT_ALLOWED

    def _closed(self):
        return ids.SESSION_EXPIRED if self._has_expired else ids.NOT_ALLOWED

    def due_in_ms(self, now_ms):
        """When `act` has something to end: an idle session, a locked role."""
        due_ms = NEVER_MS
        if self._is_calm:
            return due_ms
        if self.role != ids.OBSERVER:
            due_ms = IDLE_MS - until_ms(now_ms, self._used_ms)
        for role in range(_ROLES):
            if self._failures[role] >= FAILURES_MOST:
                left_ms = LOCKED_MS - until_ms(now_ms, self._locked_since_ms[role])
                if left_ms < due_ms:
                    due_ms = left_ms
        return due_ms

    def act(self, now_ms):
        """End what is over."""
        if self._is_calm:
            return
        self._is_calm = True
        if self.role != ids.OBSERVER and until_ms(now_ms, self._used_ms) >= IDLE_MS:
            self.role = ids.OBSERVER
            self._has_expired = True
            self._session_key = b""
        if self.role != ids.OBSERVER:
            self._is_calm = False
        for role in range(_ROLES):
            if self._failures[role] >= FAILURES_MOST:
                if until_ms(now_ms, self._locked_since_ms[role]) >= LOCKED_MS:
                    self._failures[role] = 0
                else:
                    self._is_calm = False
