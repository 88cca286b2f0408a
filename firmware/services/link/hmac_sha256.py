"""HMAC-SHA256 (RFC 2104) and a comparison in constant time. Allocates, once per proof or sealed request.

The hmac of micropython-lib is four times the code, needs the module warnings, and compares no secrets.
"""

from hashlib import sha256

from micropython import const

_BLOCK_BYTES = const(64)
_INNER_PAD = const(0x36)
_OUTER_PAD = const(0x5C)


def hmac_sha256(key, message):
    """32 bytes. `key` is at most 64 bytes long."""
    inner = bytearray(_BLOCK_BYTES)
    outer = bytearray(_BLOCK_BYTES)
    for index in range(_BLOCK_BYTES):
        byte = key[index] if index < len(key) else 0
        inner[index] = byte ^ _INNER_PAD
        outer[index] = byte ^ _OUTER_PAD
    return sha256(bytes(outer) + sha256(bytes(inner) + message).digest()).digest()


def is_equal(one, other):
    """Compare secrets of one length in a time that does not depend on where they differ."""
    if len(one) != len(other):
        return False
    difference = 0
    for index in range(len(one)):
        difference |= one[index] ^ other[index]
    return difference == 0
