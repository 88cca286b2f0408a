"""HMAC-SHA256 (RFC 2104) and a comparison in constant time. Allocates, a few times per proof or sealed request.

The hmac of micropython-lib is four times the code, needs the module warnings, and compares no secrets.
"""

from hashlib import sha256

from micropython import const

_BLOCK_BYTES = const(64)
_INNER_PAD = const(0x36)
_OUTER_PAD = const(0x5C)


class Mac:
    """HMAC under one key of at most 64 bytes, which is prepared once: a session makes two tags a request."""

    def __init__(self, key):
        self._inner = bytearray(_BLOCK_BYTES)
        self._outer = bytearray(_BLOCK_BYTES)
        for index in range(_BLOCK_BYTES):
            byte = key[index] if index < len(key) else 0
            self._inner[index] = byte ^ _INNER_PAD
            self._outer[index] = byte ^ _OUTER_PAD

    def digest(self, *parts):
        """32 bytes over the parts, one behind the other."""
        inner = sha256(self._inner)
        for part in parts:
            inner.update(part)
        outer = sha256(self._outer)
        outer.update(inner.digest())
        return outer.digest()


def hmac_sha256(key, message):
    """32 bytes. `key` is at most 64 bytes long."""
    return Mac(key).digest(message)


def is_equal(one, other):
    """Compare secrets of one length in a time that does not depend on where they differ."""
    if len(one) != len(other):
        return False
    difference = 0
    for index in range(len(one)):
        difference |= one[index] ^ other[index]
    return difference == 0
