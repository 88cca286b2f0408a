"""Time as the device counts it: milliseconds since its start on a 30 bit ring, and its own RTC."""

from emulator.env import WorldEnvironment

TICKS_PERIOD = 1 << 30  # MICROPY_PY_TIME_TICKS_PERIOD: small ints of a 32 bit port
TICKS_MASK = TICKS_PERIOD - 1
_HALF = TICKS_PERIOD // 2
# The RTC of the rp2 port starts here at power-on; time.time() counts from 1970.
RTC_START_S = 1_609_459_200  # 2021-01-01 00:00:00

_MS = 1_000_000
_US = 1_000
_SECOND = 1_000_000_000


class DeviceClock:
    """`ticks_start_ms` is what ticks_ms() would have said at the reset, so that tests start near a wrap."""

    __slots__ = ("_env", "_origin_ns", "_rtc_offset_s")

    def __init__(self, env: WorldEnvironment, ticks_start_ms: int = 0) -> None:
        self._env = env
        self._origin_ns = env.now - ticks_start_ms * _MS
        self._rtc_offset_s = RTC_START_S - env.now // _SECOND

    @property
    def origin_ns(self) -> int:
        """When ticks were, or would have been, 0."""
        return self._origin_ns

    def us_at(self, t_ns: int) -> int:
        return (t_ns - self._origin_ns) // _US & TICKS_MASK

    def rtc_s(self) -> int:
        """Seconds since 1970 by the RP2040's own RTC, which knows nothing of real time until set."""
        return self._env.now // _SECOND + self._rtc_offset_s

    def rtc_ns(self) -> int:
        return self._env.now + self._rtc_offset_s * _SECOND

    def set_rtc_s(self, seconds: int) -> None:
        self._rtc_offset_s = seconds - self._env.now // _SECOND


def ticks_diff(later: int, earlier: int) -> int:
    """Signed difference on the ring, -2^29 to 2^29 - 1. TypeError for what is no integer."""
    return ((later - earlier + _HALF) & TICKS_MASK) - _HALF


def ticks_add(ticks: int, delta: int) -> int:
    """Raises OverflowError for a delta of half the ring or more, as the port does."""
    if not -_HALF < delta < _HALF:
        raise OverflowError("ticks interval overflow")
    return (ticks + delta) & TICKS_MASK
