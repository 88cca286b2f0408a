"""DS3231 real-time clock, as seconds since 2020-01-01 00:00:00 local time.

That epoch keeps the number inside a small integer until 2054 (no heap use when it is handled).
Registers: DS3231 datasheet, table 1 "Timekeeping Registers".
"""

from micropython import const

_ADDRESS = const(0x68)
_SECONDS = const(0x00)
# The alarms are not used as such. Their seven registers keep their bytes on the chip's battery and do not wear:
# three for the demand, two for the seconds, two for the entry's number and what is being written.
_MOMENT = const(0x07)
_MOMENT_BYTES = const(7)
_WRITING = const(6)  # the last of them: number's highest six bits, mark above them
_MARK_SHIFT = const(6)
_STATUS = const(0x0F)
_OSCILLATOR_STOPPED = const(0x80)

DAY_S = const(86_400)
# Days before each month in a common year.
_DAYS_BEFORE = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def days_since_2020(year, month, day):
    """Days from 2020-01-01 to the date; year 2020 to 2099, month 1 to 12, day 1 to 31."""
    years = year - 2020
    days = years * 365 + (years + 3) // 4 + _DAYS_BEFORE[month - 1] + day - 1
    if month > 2 and year % 4 == 0:
        days += 1
    return days


def _from_bcd(value):
    return (value >> 4) * 10 + (value & 0x0F)


def _to_bcd(value):
    return (value // 10) << 4 | value % 10


class Rtc:
    """The clock chip. `bus` is an I2cBus. Read rarely: once at boot, then by the clock monitor."""

    NO_ANSWER = -1
    LOST_TIME = -2

    def __init__(self, bus):
        self._bus = bus
        self._registers = bytearray(_STATUS + 1)
        self._time = bytearray(7)
        self._status = bytearray(1)
        self._moment = bytearray(_MOMENT_BYTES)
        self._writing = bytearray(1)

    def epoch_s(self):
        """Seconds since 2020-01-01, or NO_ANSWER, or LOST_TIME when the oscillator had stopped."""
        time = self._registers
        if not self._bus.read_into(_ADDRESS, _SECONDS, time):
            return self.NO_ANSWER
        if time[_STATUS] & _OSCILLATOR_STOPPED:
            return self.LOST_TIME
        month = _from_bcd(time[5] & 0x1F)
        day = _from_bcd(time[4])
        if not 1 <= month <= 12 or not 1 <= day <= 31:
            return self.LOST_TIME
        days = days_since_2020(2000 + _from_bcd(time[6]), month, day)
        return days * DAY_S + _from_bcd(time[2] & 0x3F) * 3600 + _from_bcd(time[1]) * 60 + _from_bcd(time[0])

    def set_epoch_s(self, epoch_s):
        """Write the time and clear the oscillator-stop flag. Returns False when the chip does not answer."""
        days = epoch_s // DAY_S
        second = epoch_s % DAY_S
        year = 2020
        length = 366
        day_of_year = days
        while day_of_year >= length:
            day_of_year -= length
            year += 1
            length = 366 if year % 4 == 0 else 365
        month = 12
        while day_of_year < days_since_2020(year, month, 1) - days_since_2020(year, 1, 1):
            month -= 1
        time = self._time
        time[0] = _to_bcd(second % 60)
        time[1] = _to_bcd(second // 60 % 60)
        time[2] = _to_bcd(second // 3600)
        time[3] = (days + 2) % 7 + 1  # 2020-01-01 was a Wednesday; the chip's day 1 is our Monday
        time[4] = _to_bcd(day_of_year - days_since_2020(year, month, 1) + days_since_2020(year, 1, 1) + 1)
        time[5] = _to_bcd(month)
        time[6] = _to_bcd(year - 2000)
        if not self._bus.write(_ADDRESS, _SECONDS, time):
            return False
        if not self._bus.read_into(_ADDRESS, _STATUS, self._status):
            return False
        self._status[0] &= 0xFF ^ _OSCILLATOR_STOPPED
        return self._bus.write(_ADDRESS, _STATUS, self._status)

    def note_moment(self, number, seconds, demand):
        """Leave in the chip, where it outlives the supply, how far the pump has come since an entry of the journal:
        its number modulo 2^14, 0 to 65535 s, and a signed demand of 24 bits. Does not allocate.
        """
        moment = self._moment
        moment[0] = demand & 0xFF
        moment[1] = demand >> 8 & 0xFF
        moment[2] = demand >> 16 & 0xFF
        moment[3] = seconds & 0xFF
        moment[4] = seconds >> 8 & 0xFF
        moment[5] = number & 0xFF
        moment[_WRITING] = number >> 8 & 0x3F  # no write is under way
        return self._bus.write(_ADDRESS, _MOMENT, moment)

    def last_moment(self):
        """(number, seconds, demand) that `note_moment` left, or None. Boot only.

        It means nothing unless the number is that of the newest entry: the chip may have been without its battery.
        """
        moment = self._moment
        if not self._bus.read_into(_ADDRESS, _MOMENT, moment):
            return None
        demand = moment[0] | moment[1] << 8 | moment[2] << 16
        if demand & 0x800000:
            demand -= 0x1000000
        return moment[5] | (moment[_WRITING] & 0x3F) << 8, moment[3] | moment[4] << 8, demand

    def note_writing(self, mark):
        """Leave `mark`, 1 to 3, while flash is written; 0 when it is not."""
        self._writing[0] = self._moment[_WRITING] & 0x3F | mark << _MARK_SHIFT
        return self._bus.write(_ADDRESS, _MOMENT + _WRITING, self._writing)

    def last_writing(self):
        """What `note_writing` left; 0 when the chip does not answer."""
        if self.last_moment() is None:
            return 0
        return self._moment[_WRITING] >> _MARK_SHIFT
