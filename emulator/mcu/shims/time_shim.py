"""`time`: ticks on the 30 bit ring, sleeps, and the RP2040's own calendar."""

import calendar
import time as host_time
from types import ModuleType
from typing import Any

from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.clock import TICKS_MASK, ticks_add, ticks_diff
from emulator.mcu.shims.arguments import integer
from emulator.mcu.shims.plain import module_of


def seconds_of(when: tuple[int, ...]) -> int:
    """Seconds since 1970 of (year, month, day, hour, minute, second); what is out of its range runs over."""
    year, month, *rest = when
    years, month = divmod(month - 1, 12)
    return calendar.timegm((year + years, month + 1, *rest, 0, 0, 0))


def make_time(chip: Chip) -> ModuleType:
    env, cpu, clock = chip.env, chip.cpu, chip.clock
    charge, charge_slowly, us_at, origin_ns = cpu.charge, cpu.charge_slowly, clock.us_at, clock.origin_ns
    call_ns, ms_ns = costs.CALL_NS, costs.MS

    def ticks_ms() -> int:
        t_ns = env.now_ns + call_ns
        if t_ns < env.free_until_ns:
            env.now_ns = t_ns
        else:
            t_ns = charge_slowly(t_ns)
        return (t_ns - origin_ns) // ms_ns & TICKS_MASK

    def ticks_us() -> int:
        return us_at(charge(call_ns))

    def sleep_for(delay_ns: int) -> None:
        # Interrupt handlers run meanwhile, but a sleep has its length: mp_hal_delay_ms.
        end_ns = charge(call_ns) + max(0, delay_ns)
        while cpu.wait(end_ns):
            pass

    def sleep(seconds: Any, /) -> None:
        if not isinstance(seconds, (int, float)):
            raise TypeError(f"can't convert {type(seconds).__name__} to float")
        sleep_for(max(0, int(seconds * 1000)) * ms_ns)

    def sleep_ms(milliseconds: int, /) -> None:
        sleep_for((milliseconds if type(milliseconds) is int else integer(milliseconds)) * ms_ns)

    def sleep_us(microseconds: int, /) -> None:
        sleep_for((microseconds if type(microseconds) is int else integer(microseconds)) * costs.US)

    def gmtime(*given: Any) -> tuple[int, ...]:
        charge(call_ns)
        seconds = given[0] if given else None
        if isinstance(seconds, str):
            raise TypeError("can't convert str to int")
        when = host_time.gmtime(clock.rtc_s() if seconds is None else int(seconds))
        return (when.tm_year, when.tm_mon, when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec, when.tm_wday,
                when.tm_yday)  # fmt: skip

    def mktime(when: Any, /) -> int:
        charge(call_ns)
        if not isinstance(when, (tuple, list)):
            raise TypeError(f"object '{type(when).__name__}' isn't a tuple or list")
        if len(when) not in (8, 9):
            raise TypeError("mktime needs a tuple of length 8 or 9")
        return seconds_of(tuple(map(integer, when[:6])))

    def now_s() -> int:
        charge(call_ns)
        return clock.rtc_s()

    def now_ns() -> int:
        charge(call_ns)
        return clock.rtc_ns()

    return module_of(
        "time",
        {
            "ticks_ms": ticks_ms,
            "ticks_us": ticks_us,
            "ticks_cpu": ticks_us,
            "ticks_diff": ticks_diff,
            "ticks_add": ticks_add,
            "sleep": sleep,
            "sleep_ms": sleep_ms,
            "sleep_us": sleep_us,
            "time": now_s,
            "time_ns": now_ns,
            "gmtime": gmtime,
            "localtime": gmtime,
            "mktime": mktime,
        },
    )
