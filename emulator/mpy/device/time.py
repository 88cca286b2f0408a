"""`time` in virtual time. Ticks are on the 30 bit ring of a 32 bit port, whatever the words here."""

import wire
from bridge import bridge

_SLEEP = wire.number_of("sleep")
_RTC_NS = wire.number_of("rtc_ns")
_TICKS_PERIOD = 1 << 30
_MASK = _TICKS_PERIOD - 1
_HALF = _TICKS_PERIOD // 2
_ORIGIN_NS = bridge.ticks_origin_ns
_CALL_NS = bridge.call_ns


def ticks_ms():
    return (bridge.charge(_CALL_NS) - _ORIGIN_NS) // 1_000_000 & _MASK


def ticks_us():
    return (bridge.charge(_CALL_NS) - _ORIGIN_NS) // 1_000 & _MASK


ticks_cpu = ticks_us


def ticks_diff(later, earlier):
    return ((later - earlier + _HALF) & _MASK) - _HALF


def ticks_add(ticks, delta):
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) & _MASK


def sleep(seconds):
    bridge.call(_SLEEP, int(seconds * 1_000_000_000))


def sleep_ms(milliseconds):
    bridge.call(_SLEEP, milliseconds * 1_000_000)


def sleep_us(microseconds):
    bridge.call(_SLEEP, microseconds * 1_000)


def time():
    return time_ns() // 1_000_000_000


def time_ns():
    """By the RP2040's own clock, which knows nothing of real time."""
    return bridge.call(_RTC_NS)
