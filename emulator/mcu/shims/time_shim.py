"""`time`: ticks on the 30 bit ring, sleeps, and the RP2040's own calendar."""

import calendar
import time as host_time
from types import ModuleType

from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.clock import TICKS_MASK, ticks_add, ticks_diff
from emulator.mcu.shims.plain import module_of


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

    def gmtime(seconds: int | None = None) -> tuple[int, ...]:
        charge(call_ns)
        when = host_time.gmtime(clock.rtc_s() if seconds is None else seconds)
        return (when.tm_year, when.tm_mon, when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec, when.tm_wday,
                when.tm_yday)  # fmt: skip

    def mktime(when: tuple[int, ...]) -> int:
        charge(call_ns)
        return calendar.timegm((*when[:6], 0, 0, 0))

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
            "sleep": lambda seconds: sleep_for(int(seconds * 1_000_000_000)),
            "sleep_ms": lambda milliseconds: sleep_for(milliseconds * costs.MS),
            "sleep_us": lambda microseconds: sleep_for(microseconds * costs.US),
            "time": now_s,
            "time_ns": now_ns,
            "gmtime": gmtime,
            "localtime": gmtime,
            "mktime": mktime,
        },
    )
