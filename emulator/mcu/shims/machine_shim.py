"""`machine`: the module, with the watchdog, timers, clock calendar and resets."""

import calendar
import time as host_time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from emulator.env import FOREVER_NS
from emulator.mcu import costs
from emulator.mcu.chip import POWER_ON_RESET, WATCHDOG_RESET, Chip
from emulator.mcu.pio import SYSTEM_HZ
from emulator.mcu.shims.machine_buses import make_i2c, make_uart
from emulator.mcu.shims.machine_pins import make_adc, make_pin, make_pwm
from emulator.mcu.shims.plain import module_of
from emulator.mcu.timers import AlarmTimer

_LONGEST_WATCHDOG_MS = 8388  # RP2040 erratum E1 halves the 24 bit microsecond counter
_IDLE_NS = costs.MS  # machine.idle() of the port waits for an event, at most 1 ms


def make_machine(chip: Chip) -> ModuleType:
    cpu = chip.cpu

    def reset() -> None:
        cpu.charge(costs.CALL_NS)
        chip.reset_device(WATCHDOG_RESET)
        cpu.check()

    def idle() -> None:
        cpu.wait(cpu.charge(costs.CALL_NS) + _IDLE_NS)

    def lightsleep(time_ms: int = -1) -> None:
        now_ns = cpu.charge(costs.CALL_NS)
        cpu.wait(FOREVER_NS if time_ms < 0 else now_ns + time_ms * costs.MS)

    def freq(hz: int | None = None) -> int | None:
        if hz is None:
            return SYSTEM_HZ
        if hz != SYSTEM_HZ:
            chip.unmodelled("machine.freq at another frequency")()
        return None

    members = {
        "ADC": make_adc(chip),
        "I2C": make_i2c(chip),
        "PWM": make_pwm(chip),
        "PWRON_RESET": POWER_ON_RESET,
        "Pin": make_pin(chip),
        "RTC": make_rtc(chip),
        "Timer": make_timer(chip),
        "UART": make_uart(chip),
        "WDT": make_wdt(chip),
        "WDT_RESET": WATCHDOG_RESET,
        "disable_irq": lambda: cpu.mask(True),
        "enable_irq": cpu.mask,
        "freq": freq,
        "idle": idle,
        "lightsleep": lightsleep,
        "reset": reset,
        "reset_cause": lambda: chip.reset_cause,
        "unique_id": lambda: chip.unique_id,
    }
    return module_of("machine", members)


def make_wdt(chip: Chip) -> type:
    cpu = chip.cpu

    class WDT:
        """Cannot be stopped once started; a new one takes over with its own period."""

        def __init__(self, id: int = 0, timeout: int = 5000) -> None:
            if id != 0:
                raise ValueError(f"WDT({id}) doesn't exist")
            if not 1 <= timeout <= _LONGEST_WATCHDOG_MS:
                raise ValueError(f"timeout exceeds {_LONGEST_WATCHDOG_MS}")
            cpu.charge(costs.CALL_NS)
            cpu.start_watchdog(timeout * costs.MS)

        feed = cpu.feeder()

    return WDT


def make_timer(chip: Chip) -> type:
    class Timer:
        """A software timer; id -1 is the only kind the port has."""

        ONE_SHOT, PERIODIC = 0, 1

        def __init__(self, id: int = -1, **settings: Any) -> None:
            if id != -1:
                raise ValueError("Timer doesn't exist")
            self._alarm = AlarmTimer(chip.env, chip.cpu.interrupt)
            self._alarm.source.argument = self
            chip.timers.append(self._alarm)
            if settings:
                self.init(**settings)

        def init(
            self,
            *,
            mode: int = PERIODIC,
            period: int = -1,
            freq: float = -1,
            callback: Callable[[Any], object] | None = None,
            hard: bool = False,
        ) -> None:
            chip.cpu.charge(costs.CALL_NS)
            period_ns = int(1_000_000_000 / freq) if freq > 0 else max(1, period) * costs.MS
            self._alarm.source.handler = callback
            self._alarm.source.is_hard = hard
            self._alarm.start(period_ns, mode == self.PERIODIC)

        def deinit(self) -> None:
            chip.cpu.charge(costs.CALL_NS)
            self._alarm.stop()

    return Timer


def make_rtc(chip: Chip) -> type:
    class RTC:
        """The RP2040's own calendar: forgets at power-off, seconds only."""

        def datetime(self, datetimetuple: tuple[int, ...] | None = None) -> tuple[int, ...] | None:
            chip.cpu.charge(costs.CALL_NS)
            if datetimetuple is None:
                now = host_time.gmtime(chip.clock.rtc_s())
                date = (now.tm_year, now.tm_mon, now.tm_mday, now.tm_wday)
                return (*date, now.tm_hour, now.tm_min, now.tm_sec, 0)
            year, month, day, _weekday, hour, minute, second = datetimetuple[:7]
            chip.clock.set_rtc_s(calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0)))
            return None

    return RTC
