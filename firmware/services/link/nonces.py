"""Numbers that are used once, for challenges (LNK-04).

The board's random bytes come from a ring oscillator that nobody tests; so each nonce also hashes what never comes
twice: the chip's number, the count of boots, the run time, and the count of nonces since the boot.
"""

from hashlib import sha256
from struct import pack

from micropython import const

_RANDOM_BYTES = const(32)
_NONCE_BYTES = const(16)


class Nonces:
    """`random_bytes(n)` as os.urandom, `device_id` is 8 bytes, `head` has `boots`, `clock` has `run_s`."""

    def __init__(self, random_bytes, device_id, head, clock):
        self._random_bytes = random_bytes
        self._device_id = device_id
        self._head = head
        self._clock = clock
        self._drawn = 0

    def draw(self):
        """16 bytes."""
        self._drawn += 1
        counts = pack("<III", self._head.boots, self._clock.run_s, self._drawn)
        return sha256(self._random_bytes(_RANDOM_BYTES) + self._device_id + counts).digest()[:_NONCE_BYTES]
