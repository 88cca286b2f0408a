"""DS3231 real-time clock as its bus sees it. It has its own cell: power cuts of the board do not reach it.

Registers: DS3231 datasheet, table 1 "Timekeeping Registers"; "Control Register", "Status Register".
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from emulator.bench.config import BenchConfig
from emulator.errors import NotModelled

CONTROL, STATUS, AGING, TEMPERATURE = 0x0E, 0x0F, 0x10, 0x11
OSCILLATOR_STOPPED = 0x80
_REGISTERS = 0x13
_TIME = 7
_OSCILLATOR_OFF = 0x80  # EOSC, in effect only on battery
_STATUS_AT_POWER_UP = 0x08  # EN32kHz
_CONTROL_AT_POWER_UP = 0x1C
_TWELVE_HOURS = 0x40
_CONVERT = 0x20  # control
_BUSY, _ALARM_1, _ALARM_2 = 0x04, 0x01, 0x02  # status
_ALARMS = _ALARM_1 | _ALARM_2
_CONVERSION_NS = 125_000_000  # "Electrical Characteristics": 125 ms typical, 200 ms at most
_CONVERSION_EVERY_NS = 64_000_000_000
_FIRST_ALARM, _SECOND_ALARM = slice(0x07, 0x0B), slice(0x0B, 0x0E)
_IGNORE, _IS_WEEKDAY = 0x80, 0x40
_NS = 1_000_000_000
_FIRST = datetime(2000, 1, 1)


def to_bcd(value: int) -> int:
    return value // 10 << 4 | value % 10


_BCD = bytes(to_bcd(value) for value in range(100))


def from_bcd(value: int) -> int:
    return (value >> 4) * 10 + (value & 0x0F)


class _Alarm(NamedTuple):
    """Comes at `second` of each `period_s`; period 0: of the day that the register `day` names."""

    period_s: int
    second: int
    day: int


@lru_cache(maxsize=16)
def _alarm_of(fields: bytes) -> _Alarm | None:
    """Registers of seconds, minutes, hours and day (datasheet, table 2). None: what no calendar has."""
    second, minute, hour = (from_bcd(field & 0x7F) for field in fields[:3])
    if fields[0] & _IGNORE:
        return _Alarm(1, 0, 0)
    if fields[1] & _IGNORE:
        return _Alarm(60, second, 0) if second < 60 else None
    if second > 59 or minute > 59:
        return None
    if fields[2] & _IGNORE:
        return _Alarm(3_600, 60 * minute + second, 0)
    if hour > 23:
        return None
    return _Alarm(86_400 if fields[3] & _IGNORE else 0, 3_600 * hour + 60 * minute + second, fields[3])


class Ds3231:
    """Calendar 2000 to 2099 in 24 hour mode, kept as seconds since 2000 at a moment plus a pace.

    is_stopped: the crystal does not swing. pace: seconds of the clock per second. Evidence of faults:
    error_s(t), the difference to a perfect clock that was set the same way, and is_osf_set.
    """

    def __init__(self, config: BenchConfig, now_ns: int = 0) -> None:
        self._registers = bytearray(_REGISTERS)
        self._registers[CONTROL] = _CONTROL_AT_POWER_UP
        self._registers[STATUS] = _STATUS_AT_POWER_UP | (0 if config.is_clock_set else OSCILLATOR_STOPPED)
        # Two's complement, a quarter of a degree in the two upper bits of the second register.
        self._registers[TEMPERATURE : TEMPERATURE + 2] = (round(config.plant.temperature_c * 4) << 6).to_bytes(
            2, "big", signed=True
        )
        self._pointer = 0
        self._pace = 1.0 + config.clock_drift_ppm * 1e-6
        self._is_stopped = False
        begin = config.start_clock if config.is_clock_set else _FIRST
        self._converts_until_ns = now_ns
        self._at_ns = now_ns
        self._alarms_until_s = 0
        self._clock_ns = _since_2000_ns(begin)
        self._weekday_shift = 0
        self._ideal_ns = self._clock_ns - now_ns
        self._alarms_until_s = self._clock_ns // _NS

    @property
    def is_osf_set(self) -> bool:
        """The oscillator-stop flag, until software clears it."""
        return bool(self._registers[STATUS] & OSCILLATOR_STOPPED)

    def now(self, t_ns: int) -> datetime:
        """What the clock shows."""
        return _FIRST + timedelta(seconds=self._clock_at(t_ns) // _NS)

    def error_s(self, t_ns: int) -> float:
        """Seconds that it is ahead of a perfect clock that was set when this one was."""
        return (self._clock_at(t_ns) - t_ns - self._ideal_ns) / _NS

    def set_pace(self, pace: float, t_ns: int) -> None:
        """Seconds shown per second from now on; 0 is a crystal that stands."""
        self._settle(t_ns)
        self._pace = pace

    def stop(self, t_ns: int) -> None:
        """The oscillator stops, which sets OSF."""
        self._settle(t_ns)
        self._is_stopped = True
        self.lose(t_ns)

    def resume(self, t_ns: int) -> None:
        """The oscillator swings again, from the time where it stopped."""
        self._settle(t_ns)
        self._is_stopped = False

    def jump(self, seconds: float, t_ns: int) -> None:
        """The calendar is suddenly elsewhere."""
        self._settle(t_ns)
        self._clock_ns += round(seconds * _NS)

    def lose(self, t_ns: int) -> None:
        """Set OSF: time is not to be trusted."""
        self._registers[STATUS] |= OSCILLATOR_STOPPED

    def write(self, data: bytes, t_ns: int) -> bool:
        """Pointer, then register contents; always acknowledged."""
        if not data:
            return True
        registers = self._registers
        begin = data[0]
        end = begin + len(data) - 1
        if begin >= _TIME and end <= CONTROL:
            if registers[STATUS] & _ALARMS != _ALARMS:
                self._ring(t_ns)
            registers[begin:end] = data[1:]  # alarms
            self._pointer = end
            return True
        self._pointer = begin = begin % _REGISTERS
        end = begin + len(data) - 1
        if begin < _TIME and end > begin:
            self._latch(t_ns)  # what is not written stays as it is
        touched_time = False
        self._ring(t_ns)
        for value in data[1:]:
            register = self._pointer
            if register == STATUS:
                # OSF and the alarm flags can be cleared, not set.
                value &= self._registers[STATUS] | 0x78
            if register == CONTROL and value & _CONVERT and not self._is_busy(t_ns):
                self._converts_until_ns = t_ns + _CONVERSION_NS
            if register not in (TEMPERATURE, TEMPERATURE + 1):
                self._registers[register] = value
            touched_time = touched_time or register < _TIME
            self._pointer = (register + 1) % _REGISTERS
        if touched_time:
            self._set_from_registers(t_ns)
        return True

    def read_from(self, pointer: int, n: int, t_ns: int) -> bytes:
        """`n` bytes from `pointer` on, in one transfer."""
        self._pointer = pointer % _REGISTERS
        return self.read(n, t_ns)

    def read(self, n: int, t_ns: int) -> bytes:
        """`n` bytes from the pointer on; time is latched once per transfer."""
        begin = self._pointer
        if begin <= STATUS < begin + n:
            self._ring(t_ns)
            self._show_conversion(t_ns)
        if begin < _TIME or begin + n > _REGISTERS:
            self._latch(t_ns)
        self._pointer = (begin + n) % _REGISTERS
        if begin + n <= _REGISTERS:
            return bytes(self._registers[begin : begin + n])
        return bytes(self._registers[(begin + i) % _REGISTERS] for i in range(n))

    def _is_busy(self, t_ns: int) -> bool:
        """A conversion of the temperature is under way: one that was asked for, or that of each 64 s."""
        return t_ns < self._converts_until_ns or t_ns % _CONVERSION_EVERY_NS < _CONVERSION_NS

    def _show_conversion(self, t_ns: int) -> None:
        registers = self._registers
        if self._is_busy(t_ns):
            registers[STATUS] |= _BUSY
            return
        registers[STATUS] &= ~_BUSY & 0xFF
        registers[CONTROL] &= ~_CONVERT & 0xFF

    def _ring(self, t_ns: int) -> None:
        """Set the flags of the alarms that came since somebody last asked. A set flag stays until it is cleared."""
        begin_s, end_s = self._alarms_until_s, self._clock_at(t_ns) // _NS
        self._alarms_until_s = end_s
        status = self._registers[STATUS]
        if end_s <= begin_s or status & _ALARM_1 and status & _ALARM_2:
            return
        # Firmware that keeps numbers in these registers writes them often: they are read as alarms only here.
        if not status & _ALARM_1 and self._comes(_alarm_of(bytes(self._registers[_FIRST_ALARM])), begin_s, end_s):
            self._registers[STATUS] |= _ALARM_1
        if not status & _ALARM_2 and self._comes(_alarm_of(b"\0" + self._registers[_SECOND_ALARM]), begin_s, end_s):
            self._registers[STATUS] |= _ALARM_2

    def _comes(self, alarm: "_Alarm | None", begin_s: int, end_s: int) -> bool:
        """Whether the calendar matched in begin_s < t <= end_s."""
        if alarm is None:
            return False
        if alarm.period_s:
            return (end_s - alarm.second) // alarm.period_s * alarm.period_s + alarm.second > begin_s
        first_s = begin_s + 1
        if first_s + (alarm.second - first_s) % 86_400 > end_s:
            return False  # that time of a day has not been
        # A match of a date comes at most once in a month, so older days than that need not be looked at.
        for day in range(max(begin_s // 86_400, end_s // 86_400 - 31), end_s // 86_400 + 1):
            if begin_s < day * 86_400 + alarm.second <= end_s and self._is_day(alarm.day, day):
                return True
        return False

    def _is_day(self, field: int, day: int) -> bool:
        moment = _FIRST + timedelta(days=day)
        if field & _IS_WEEKDAY:
            return from_bcd(field & 0x0F) == (moment.weekday() + self._weekday_shift) % 7 + 1
        return from_bcd(field & 0x3F) == moment.day

    def _clock_at(self, t_ns: int) -> int:
        if self._is_stopped:
            return self._clock_ns
        passed_ns = t_ns - self._at_ns
        return self._clock_ns + (passed_ns if self._pace == 1.0 else round(passed_ns * self._pace))

    def _settle(self, t_ns: int) -> None:
        self._clock_ns = self._clock_at(t_ns)
        self._at_ns = t_ns

    def _latch(self, t_ns: int) -> None:
        moment = self.now(t_ns)
        self._registers[:_TIME] = bytes(
            (
                _BCD[moment.second],
                _BCD[moment.minute],
                _BCD[moment.hour],
                (moment.weekday() + self._weekday_shift) % 7 + 1,
                _BCD[moment.day],
                _BCD[moment.month],
                _BCD[moment.year % 100],
            )
        )

    def _set_from_registers(self, t_ns: int) -> None:
        """Writing the seconds resets the divider: the written second begins now.

        Raises NotModelled for 12 hour mode, ValueError for a date that no calendar has.
        """
        registers = self._registers
        if registers[2] & _TWELVE_HOURS:
            raise NotModelled("DS3231 12 hour mode")
        moment = datetime(
            2000 + from_bcd(registers[6]),
            from_bcd(registers[5] & 0x1F),
            from_bcd(registers[4]),
            from_bcd(registers[2]),
            from_bcd(registers[1]),
            from_bcd(registers[0]),
        )
        self._weekday_shift = (registers[3] - 1 - moment.weekday()) % 7
        self._clock_ns = _since_2000_ns(moment)
        self._at_ns = t_ns
        self._ideal_ns = self._clock_ns - t_ns


def _since_2000_ns(moment: datetime) -> int:
    since = moment - _FIRST
    return (since.days * 86_400 + since.seconds) * _NS
