"""`machine`: the module, with the watchdog, timers, clock calendar and resets."""

import time as host_time
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from emulator.env import FOREVER_NS
from emulator.mcu import costs
from emulator.mcu.chip import POWER_ON_RESET, WATCHDOG_RESET, Chip
from emulator.mcu.pio import SYSTEM_HZ
from emulator.mcu.shims.arguments import integer
from emulator.mcu.shims.machine_i2c import make_i2c
from emulator.mcu.shims.machine_i2c_target import make_i2c_target
from emulator.mcu.shims.machine_pins import make_adc, make_pin, make_pwm
from emulator.mcu.shims.machine_uart import make_uart
from emulator.mcu.shims.plain import module_of
from emulator.mcu.shims.time_shim import seconds_of
from emulator.mcu.timers import AlarmTimer

_LONGEST_WATCHDOG_MS = 8388  # RP2040 erratum E1 halves the 24 bit microsecond counter
_LONGEST_SLEEP_MS = (1 << 32) // 1000
_WORD_MAX = 0xFFFF_FFFF  # the period of a Timer that is given none
_LONG_MAX = (1 << 64) - 1
_IDLE_NS = costs.MS  # machine.idle() of the port waits for an event, at most 1 ms


def make_machine(chip: Chip) -> ModuleType:
    cpu = chip.cpu

    def reset() -> None:
        cpu.charge(costs.CALL_NS)
        chip.reset_device(WATCHDOG_RESET)
        cpu.check()

    def idle() -> None:
        cpu.wait(cpu.charge(costs.CALL_NS) + _IDLE_NS)

    def lightsleep(*time_ms: int) -> None:
        if len(time_ms) > 1:
            raise TypeError(f"function expected at most 1 arguments, got {len(time_ms)}")
        duration_ms = integer(time_ms[0]) if time_ms else None
        if duration_ms is not None and duration_ms >= _LONGEST_SLEEP_MS:
            raise ValueError("sleep too long")
        if duration_ms is not None and duration_ms < 0:
            chip.unmodelled("machine.lightsleep of a negative time (49 days on the board)")()
        now_ns = cpu.charge(costs.CALL_NS)
        cpu.wait(FOREVER_NS if duration_ms is None else now_ns + duration_ms * costs.MS)

    def freq(*hz: int) -> int | None:
        if not hz:
            return SYSTEM_HZ
        if [integer(value) for value in hz] != [SYSTEM_HZ]:
            chip.unmodelled("machine.freq at another frequency")()
        return None

    def soft_reset() -> NoReturn:
        raise SystemExit

    def enable_irq(state: int, /) -> None:
        cpu.mask(bool(integer(state)))

    members = {
        "ADC": make_adc(chip),
        "I2C": make_i2c(chip),
        "I2CTarget": make_i2c_target(chip),
        "PWM": make_pwm(chip),
        "PWRON_RESET": POWER_ON_RESET,
        "Pin": make_pin(chip),
        "RTC": make_rtc(chip),
        "Timer": make_timer(chip),
        "UART": make_uart(chip),
        "WDT": make_wdt(chip),
        "WDT_RESET": WATCHDOG_RESET,
        "disable_irq": lambda: int(cpu.mask(True)),
        "enable_irq": enable_irq,
        "freq": freq,
        "idle": idle,
        "lightsleep": lightsleep,
        "reset": reset,
        "reset_cause": lambda: chip.reset_cause,
        "soft_reset": soft_reset,
        "unique_id": lambda: chip.unique_id,
    }
    return module_of("machine", members)


def make_wdt(chip: Chip) -> type:
    cpu = chip.cpu

    class WDT:
        """Cannot be stopped once started; a new one takes over with its own period."""

        def __init__(self, id: int = 0, timeout: int = 5000) -> None:
            id, timeout = integer(id), integer(timeout)
            if id != 0:
                raise ValueError(f"WDT({id}) doesn't exist")
            if not 0 <= timeout <= _LONGEST_WATCHDOG_MS:
                raise ValueError(f"timeout exceeds {_LONGEST_WATCHDOG_MS}")
            if timeout == 0:
                chip.unmodelled("machine.WDT(timeout=0)")()  # bites at once, or never: the board does not say
            cpu.charge(costs.CALL_NS)
            cpu.start_watchdog(timeout * costs.MS)

        feed = cpu.feeder()

    return WDT


def make_timer(chip: Chip) -> type:
    class Timer:
        """A software timer; id -1 is the only kind the port has."""

        ONE_SHOT, PERIODIC = 0, 1

        def __init__(self, id: int = -1, /, **settings: Any) -> None:
            if integer(id) != -1:
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
            callback: Callable[[Any], object] | None = None,
            period: int = _WORD_MAX,
            tick_hz: int = 1000,
            freq: Any = None,
            hard: Any = False,
        ) -> None:
            mode, tick_hz = integer(mode), integer(tick_hz)
            period = period if period == _WORD_MAX else integer(period)
            if freq is not None:
                delta_us = _period_us(freq)
            elif tick_hz == 0:
                chip.unmodelled("machine.Timer(tick_hz=0)")()
            else:
                # Unsigned arithmetic of 64 bits: a period that was not given, or is negative, never ends.
                ticks = -1 if period == _WORD_MAX else period
                delta_us = (ticks * 1_000_000 & _LONG_MAX) // (tick_hz & _LONG_MAX)
            self._delta_us = max(1, delta_us)
            self._is_periodic = mode != self.ONE_SHOT
            chip.cpu.charge(costs.CALL_NS)
            self._alarm.source.handler = callback
            self._alarm.source.is_hard = bool(hard)
            if self._delta_us * costs.US < FOREVER_NS - chip.env.now_ns:
                self._alarm.start(self._delta_us * costs.US, self._is_periodic)
            else:
                self._alarm.stop()

        def deinit(self) -> None:
            chip.cpu.charge(costs.CALL_NS)
            self._alarm.stop()

        def __repr__(self) -> str:
            mode = "PERIODIC" if self._is_periodic else "ONE_SHOT"
            return f"Timer(mode={mode}, tick_hz=1000000, period={self._delta_us})"

        _delta_us = 0
        _is_periodic = False

    return Timer


def _period_us(freq: Any) -> int:
    """Microseconds of a frequency, as the port cuts them from a float: below 0 none, for 0 the longest there are."""
    if isinstance(freq, bool) or not isinstance(freq, (int, float)):
        raise TypeError(f"can't convert {type(freq).__name__} to float")
    return _LONG_MAX if freq == 0 else max(0, int(1_000_000 / freq))


def make_rtc(chip: Chip) -> type:
    class RTC:
        """The RP2040's own calendar: forgets at power-off, seconds only."""

        def datetime(self, *given: tuple[int, ...]) -> tuple[int, ...] | None:
            chip.cpu.charge(costs.CALL_NS)
            if not given:
                now = host_time.gmtime(chip.clock.rtc_s())
                date = (now.tm_year, now.tm_mon, now.tm_mday, now.tm_wday)
                return (*date, now.tm_hour, now.tm_min, now.tm_sec, 0)
            (fields,) = given
            if not isinstance(fields, (tuple, list)):
                raise TypeError(f"object '{type(fields).__name__}' isn't a tuple or list")
            if len(fields) != 8:
                raise ValueError(f"requested length 8 but object has length {len(fields)}")
            year, month, day, _weekday, hour, minute, second, _part = map(integer, fields)
            chip.clock.set_rtc_s(seconds_of((year, month, day, hour, minute, second)))
            return None

    return RTC
