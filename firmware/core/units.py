"""Ring time and exact products inside MicroPython's small integers (-2**30 .. 2**30 - 1).

A result outside that range allocates on the board, so every helper states what it accepts and stays
inside for all of it. Nothing here raises for arguments in range.
"""

from micropython import const

# The longest delay that until_ms() can distinguish from a deadline already passed; also "not foreseeable".
NEVER_MS = const(0x1FFFFFFF)
NEVER_S = const(0x1FFFFFFF)

DAY_S = const(86400)
WEEK_S = const(604800)

_TOP = const(0x3FFFFFFF)
_HALF = const(0x20000000)
_ROUND_BACK = const(-0x40000000)

# Monday 00:00 before 2020-01-01 (a Wednesday), the zero of epoch_s, lies two days back.
_EPOCH_WEEK_S = const(172800)


def until_ms(deadline_ms, now_ms):
    """Signed distance on the 30 bit ring, -2**29 .. 2**29 - 1: negative when the deadline has passed."""
    return ((deadline_ms - now_ms & _TOP) ^ _HALF) - _HALF


def after_ms(now_ms, delay_ms):
    """The point of the ring that lies delay_ms (0 .. NEVER_MS) after now_ms."""
    return now_ms + _ROUND_BACK + delay_ms & _TOP


# An odometer in nanolitres lives on the same ring as the clock.
ring_difference = until_ms
ring_add = after_ms


def week_second(epoch_s):
    """Seconds since Monday 00:00 of the wall clock, 0 .. WEEK_S - 1."""
    return (epoch_s % WEEK_S + _EPOCH_WEEK_S) % WEEK_S


def mul_div(a, b, c):
    """floor(a * b / c) exactly, for a, b >= 0, 1 <= c <= 357 913 941 and a result below 2**30.

    The product itself may pass 2**30: it is then built bit by bit with the remainder kept below c.
    """
    whole = (a // c) * b
    rest = a % c
    if rest == 0 or b == 0:
        return whole
    if rest <= _TOP // b:
        return whole + rest * b // c
    bit = 1
    while bit <= b >> 1:
        bit <<= 1
    quotient = 0
    remainder = 0
    while bit:
        quotient += quotient
        remainder += remainder
        if b & bit:
            remainder += rest
        while remainder >= c:
            remainder -= c
            quotient += 1
        bit >>= 1
    return whole + quotient
