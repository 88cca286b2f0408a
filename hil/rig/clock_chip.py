"""The DS3231 that the pump reads, as a target on I2C1. Its registers outlive the pump's power: the rig has its own.

Registers: DS3231 datasheet, table 1 "Timekeeping Registers". The calendar goes from 2000 to 2099 in 24 hour mode and is
kept as days and a second of the day, which are small integers. Alarms and temperature are only memory.
"""

from time import ticks_diff, ticks_us

from machine import I2CTarget, Pin
from micropython import const

ADDRESS = const(0x68)
_BYTES = const(0x13)
_TIME = const(7)
_CONTROL = const(0x0E)
_STATUS = const(0x0F)
_TEMPERATURE = const(0x11)
_OSCILLATOR_STOPPED = const(0x80)
_CONTROL_AT_POWER_UP = const(0x1C)
_STATUS_AT_POWER_UP = const(0x08)
_WARM = const(37)  # degC
_SECOND_US = const(1_000_000)
_DAY_S = const(86_400)
_DAYS_OF_FOUR_YEARS = const(1_461)
_MONTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _to_bcd(value):
    return value // 10 << 4 | value % 10


def _from_bcd(value):
    return (value >> 4) * 10 + (value & 0x0F)


class ClockChip:
    """is_stopped: the crystal does not swing. pace_ppm: gained per second. error_ms: ahead of a perfect clock.

    `advance` is called at least each second, with interrupts off; what is named `_told` and below runs in handlers.
    """

    def __init__(self, sda, scl):
        self.is_stopped = False
        self.pace_ppm = 0
        self.error_ms = 0
        self._day = 0
        self._second = 0
        self._micro = 0
        self._gained_us = 0
        self._at = ticks_us()
        self._registers = bytearray(_BYTES)
        self._registers[_CONTROL] = _CONTROL_AT_POWER_UP
        self._registers[_STATUS] = _STATUS_AT_POWER_UP | _OSCILLATOR_STOPPED
        self._registers[_TEMPERATURE] = _WARM
        self._show_date()
        self._handler = self._told
        self._target = I2CTarget(1, ADDRESS, mem=self._registers, scl=Pin(scl), sda=Pin(sda))
        # At a read the clock of the bus is held until the handler is done. At a write it is not: what a handler of
        # its begin took in time, bytes of the next transfer came into the same FIFO, and register numbers were lost.
        self._target.irq(self._handler, I2CTarget.IRQ_ADDR_MATCH_READ | I2CTarget.IRQ_END_WRITE, hard=True)

    # ---- for the main loop, interrupts off

    def set(self, day, second):
        """Days since 2000 and second of the day; the clock is right from now on. A day below 0: it has lost it."""
        self.advance()
        if day < 0:
            self.lose()
            return
        self._day = day
        self._second = second
        self._micro = 0
        self._registers[_STATUS] &= 0xFF ^ _OSCILLATOR_STOPPED
        self._show_date()

    def stop(self):
        """The oscillator stops, which sets OSF."""
        self.advance()
        self.is_stopped = True
        self.lose()

    def resume(self):
        self.advance()
        self.is_stopped = False

    def lose(self):
        """Set OSF: time is not to be trusted."""
        self._registers[_STATUS] |= _OSCILLATOR_STOPPED

    @property
    def is_lost(self):
        return bool(self._registers[_STATUS] & _OSCILLATOR_STOPPED)

    def jump(self, seconds):
        """The calendar is suddenly elsewhere, by less than 2^30 s."""
        self.advance()
        self._second += seconds
        self._day += self._second // _DAY_S
        self._second %= _DAY_S
        if self._day < 0:
            self._day = 0
        self._show_date()

    def advance(self):
        """Let the time go by that has gone by. Does not allocate."""
        now = ticks_us()
        passed_us = ticks_diff(now, self._at)
        self._at = now
        if self.is_stopped:
            self.error_ms -= passed_us // 1_000
            return
        if self.pace_ppm:
            self._gained_us += passed_us // 1_000 * self.pace_ppm // 1_000
            passed_us += passed_us // 1_000 * self.pace_ppm // 1_000
            self.error_ms += self._gained_us // 1_000
            self._gained_us %= 1_000
        self._micro += passed_us
        self._second += self._micro // _SECOND_US
        self._micro %= _SECOND_US
        while self._second >= _DAY_S:
            self._second -= _DAY_S
            self._day += 1
            self._show_date()

    # ---- in handlers

    def _told(self, target):
        if target.irq().flags() & I2CTarget.IRQ_END_WRITE:
            if target.memaddr < _TIME:
                self._take_time()
        else:
            self.advance()
            registers = self._registers
            second = self._second
            registers[0] = _to_bcd(second % 60)
            registers[1] = _to_bcd(second // 60 % 60)
            registers[2] = _to_bcd(second // 3_600)

    def _take_time(self):
        """The pump has written the calendar: the written second begins now."""
        registers = self._registers
        year = _from_bcd(registers[6])
        month = _from_bcd(registers[5] & 0x1F)
        day = year * 365 + (year + 3) // 4 + _from_bcd(registers[4]) - 1
        for number in range(month - 1 if month < 13 else 0):
            day += _MONTHS[number]
        if month > 2 and year % 4 == 0:
            day += 1
        self._day = day
        self._second = _from_bcd(registers[2] & 0x3F) * 3_600 + _from_bcd(registers[1]) * 60 + _from_bcd(registers[0])
        self._micro = 0
        self._at = ticks_us()

    def _show_date(self):
        registers = self._registers
        rest = self._day % _DAYS_OF_FOUR_YEARS
        year = self._day // _DAYS_OF_FOUR_YEARS * 4
        if rest >= 366:
            year += 1 + (rest - 366) // 365
            rest = (rest - 366) % 365
        month = 0
        while True:
            length = 29 if month == 1 and year % 4 == 0 else _MONTHS[month]
            if rest < length:
                break
            rest -= length
            month += 1
        registers[3] = (self._day + 5) % 7 + 1  # 2000-01-01 was a Saturday; day 1 is Monday, as the pump has it
        registers[4] = _to_bcd(rest + 1)
        registers[5] = _to_bcd(month + 1)
        registers[6] = _to_bcd(year % 100)
