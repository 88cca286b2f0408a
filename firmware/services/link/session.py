"""Authenticates the host: challenge and response, then sealed requests (LNK-04). protocols/ICD.md has the bytes.

A host names a role and sends a nonce, the pump answers with its own, the host proves that it holds the
role's key. From then on a request of that role comes sealed: a counter that only grows and a tag over
header, counter and content; its answer carries the same counter and a tag of its own. On a board without keys
there is nothing to prove and every role is open.

Whoever guesses at a key locks its role, but ends no session, and takes from nobody who holds the key what stops a
therapy: a good proof for a locked role opens it for STOP alone.
"""

from micropython import const

from firmware.core.units import NEVER_MS, until_ms
from firmware.services.link.hmac_sha256 import Mac, is_equal
from protocols import ids
from protocols.frame import DECODED_PAYLOAD_AT

NONCE_BYTES = const(16)
TAG_BYTES = const(16)
FAILURES_MOST = const(5)
LOCKED_MS = const(60_000)
IDLE_MS = const(180_000)
CHALLENGES_MOST = const(4)

_ROLES = const(4)
_COUNTER_BYTES = const(4)
_TAG_AT = DECODED_PAYLOAD_AT + _COUNTER_BYTES
_INNER_TYPE_AT = _TAG_AT + TAG_BYTES
_SEAL_BYTES = _COUNTER_BYTES + TAG_BYTES + 1
_COUNTER_TOP_BITS = const(0xC0)  # of its highest byte: the catalogue ends at 30 bits
# What stands between the head of a sealed answer and its body.
ANSWER_SEAL_BYTES = _COUNTER_BYTES + TAG_BYTES
_ANSWER_HEAD_BYTES = const(2)

# What a tag is for: a proof of one kind never passes as another.
HOST_PROOF = b"pumpbench host proof"
PUMP_PROOF = b"pumpbench pump proof"
SESSION_KEY = b"pumpbench session key"


class Session:
    """`keys` is a Keys, `draw_nonce()` gives 16 bytes that were never given before. One session at a time.

    `log` has add(code, a, b) and gets openings and failed proofs. `on_proved(role)`, if there is one, is called
    once for each session that begins, unless it is for STOP alone.
    """

    def __init__(self, keys, draw_nonce, log, on_proved=None):
        self._keys = keys
        self._draw_nonce = draw_nonce
        self._log = log
        self.role = ids.OBSERVER
        # The request that was unsealed last came from the session's host, not before: its answer is sealed.
        self.is_proven = False
        self._is_for_stop = False
        self._on_proved = on_proved
        self._has_expired = False
        self._is_calm = True  # no session to end, no role locked
        self._mac = None  # kept behind the end of a session, whose refusals it seals
        self._pump_proof = b""
        self._counter = 0
        self._counter_bytes = b""
        self._used_ms = 0
        self._challenges = []  # the newest last: who asks for one takes nobody else's away
        self._challenged_ms = 0
        self._failures = [0] * _ROLES
        self._locked_since_ms = [0] * _ROLES

    def is_keyless(self):
        return self._keys.is_keyless

    def begin(self, role, host_nonce, now_ms):
        """Start a challenge; `pump_nonce` then has the pump's part. A reason number."""
        if self._keys.of(role) is None:
            return ids.BAD_KEY
        self._forget_old(now_ms)
        if len(self._challenges) == CHALLENGES_MOST:
            self._challenges.pop(0)
        self._challenges.append(bytes([role]) + host_nonce + self._draw_nonce())
        self._challenged_ms = now_ms
        return ids.OK

    def pump_nonce(self):
        """Of the challenge that `begin` started last."""
        return self._challenges[-1][-NONCE_BYTES:] if self._challenges else b""

    def prove(self, proof, now_ms):
        """Judge the host's proof of one of the challenges. A good one uses all of them up. A reason number."""
        self._is_calm = False
        self._forget_old(now_ms)
        if not self._challenges:
            return ids.REPLAYED
        for challenge in self._challenges:
            mac = Mac(self._keys.of(challenge[0]))
            if is_equal(proof, mac.digest(HOST_PROOF, challenge)[:TAG_BYTES]):
                self._open(challenge, mac, now_ms)
                return ids.OK
        return self._failed(now_ms)

    def _forget_old(self, now_ms):
        if until_ms(now_ms, self._challenged_ms) >= IDLE_MS:
            self._challenges.clear()

    def _open(self, challenge, mac, now_ms):
        self._challenges.clear()
        role = challenge[0]
        is_locked = self._failures[role] >= FAILURES_MOST
        self._is_for_stop = is_locked
        if not is_locked:
            self._failures[role] = 0
        self.role = role
        self._has_expired = False
        self._mac = Mac(mac.digest(SESSION_KEY, challenge))
        self._pump_proof = mac.digest(PUMP_PROOF, challenge)[:TAG_BYTES]
        self._counter = 0
        self._used_ms = now_ms
        self._log.add(ids.LOG_SESSION, role, ids.SESSION_OPENED_FOR_STOP if is_locked else ids.SESSION_OPENED)
        if self._on_proved is not None and not is_locked:
            self._on_proved(role)

    def _failed(self, now_ms):
        """It may have been a guess at each role that was asked for."""
        reason = ids.LOCKOUT
        for role in range(_ROLES):
            if self._failures[role] < FAILURES_MOST and self._is_challenged(role):
                reason = ids.BAD_KEY
                self._failures[role] += 1
                self._locked_since_ms[role] = now_ms
                is_locked = self._failures[role] >= FAILURES_MOST
                self._log.add(ids.LOG_SESSION, role, ids.SESSION_LOCKED if is_locked else ids.SESSION_PROOF_FAILED)
        return reason

    def _is_challenged(self, role):
        for challenge in self._challenges:
            if challenge[0] == role:
                return True
        return False

    def pump_proof(self):
        """Shows the host, after a good proof, that the pump holds the key as well."""
        return self._pump_proof

    def unseal(self, frame, now_ms):
        """Check a sealed frame and turn `frame` into the request inside it. A reason number.

        On refusal the frame is left as it was. `is_proven` then tells whether the refusal is to be sealed.
        """
        self.is_proven = False
        if frame.payload_length < _SEAL_BYTES:
            return ids.UNKNOWN
        if self._mac is None:
            return ids.NOT_ALLOWED
        buffer = frame.buffer
        end = DECODED_PAYLOAD_AT + frame.payload_length
        view = memoryview(buffer)
        tag = self._mac.digest(view[:_TAG_AT], view[_INNER_TYPE_AT:end])[:TAG_BYTES]
        if not is_equal(view[_TAG_AT:_INNER_TYPE_AT], tag):
            return ids.SESSION_EXPIRED if self._has_expired else ids.BAD_KEY
        counter_bytes = bytes(view[DECODED_PAYLOAD_AT:_TAG_AT])
        counter = int.from_bytes(counter_bytes, "little")
        if counter <= self._counter or counter_bytes[-1] & _COUNTER_TOP_BITS:
            return ids.REPLAYED
        self._counter = counter
        self._counter_bytes = counter_bytes
        self.is_proven = True
        if self.role == ids.OBSERVER:
            return ids.SESSION_EXPIRED
        self._used_ms = now_ms
        frame.type = buffer[_INNER_TYPE_AT]
        frame.payload_length -= _SEAL_BYTES
        inner_end = DECODED_PAYLOAD_AT + frame.payload_length
        buffer[DECODED_PAYLOAD_AT:inner_end] = buffer[_INNER_TYPE_AT + 1 : end]
        return ids.OK

    def seal_answer(self, buffer, head_at, sequence, body_length):
        """Put counter and tag behind the head of the answer to the request that was unsealed last. The body stands
        behind them already.
        """
        counter_at = head_at + _ANSWER_HEAD_BYTES
        tag_at = counter_at + _COUNTER_BYTES
        body_at = tag_at + TAG_BYTES
        view = memoryview(buffer)
        header = bytes((ids.PROTOCOL_MAJOR, ids.MSG_ANSWER, sequence & 0xFF, sequence >> 8))
        body = view[body_at : body_at + body_length]
        buffer[counter_at:tag_at] = self._counter_bytes
        tag = self._mac.digest(header, self._counter_bytes, view[head_at:counter_at], body)
        buffer[tag_at:body_at] = tag[:TAG_BYTES]

    def may(self, request_type, role, is_sealed):
        """May this request, which needs `role`, be carried out? A reason number."""
        if role == ids.OBSERVER or self._keys.is_keyless:
            return ids.OK
        if not is_sealed:
            return ids.SESSION_EXPIRED if self._has_expired else ids.NOT_ALLOWED
        if role > self.role:
            return ids.NOT_ALLOWED
        return ids.LOCKOUT if self._is_for_stop and request_type != ids.MSG_STOP else ids.OK

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
        if self.role != ids.OBSERVER:
            self._is_calm = False
        for role in range(_ROLES):
            if self._failures[role] >= FAILURES_MOST:
                if until_ms(now_ms, self._locked_since_ms[role]) >= LOCKED_MS:
                    self._failures[role] = 0
                else:
                    self._is_calm = False
