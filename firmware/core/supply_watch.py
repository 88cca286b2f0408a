"""SUPPLY_LOW, SUPPLY_CRITICAL (DET-09) and SENSOR_FAULT_SUPPLY (DET-08) from the mean of 10 readings.

An alarm needs the mean of the last 10 plausible readings below its level and at least 3 of them, so one bad
reading, however bad, does nothing. It ends when the mean is back above the level by the hysteresis. Readings
that no running processor can have are not averaged; 10 of them in a row are a sensor fault.

Delay, at any delivery rate: readings come every 30 s, and every second while the last one was below the low
level and not yet explained by an alarm: a sag that stays is known after at most 30 s + 10 s.
"""

from micropython import const

SUPPLY_GOOD = const(0)
SUPPLY_LOW = const(1)
SUPPLY_CRITICAL = const(2)
SUPPLY_IMPLAUSIBLE = const(3)

_READINGS = const(10)
_MIN_BELOW = const(3)
_HYSTERESIS_MV = const(100)
# The Pico runs from 1.8 to 5.5 V.
_LOWEST_MV = const(1_700)
_HIGHEST_MV = const(6_000)
_CALM_MS = const(30_000)
_ALERT_MS = const(1_000)


class SupplyWatch:
    """low_mv, critical_mv: levels at the battery side, critical below low. No verdict before 10 readings."""

    def __init__(self, low_mv, critical_mv):
        self._low_mv = low_mv
        self._critical_mv = critical_mv
        self._readings_mv = [0] * _READINGS
        self._place = 0
        self._count = 0
        self._sum_mv = 0
        self._implausible = 0
        self._last_mv = low_mv
        self.verdict = SUPPLY_GOOD

    def signature(self):
        """The levels, for the test of what must not change (INT-08)."""
        return self._low_mv ^ self._critical_mv

    def read(self, supply_mv):
        """Enter one reading; returns a SUPPLY_ verdict, which is also kept in `verdict`."""
        if not _LOWEST_MV <= supply_mv <= _HIGHEST_MV:
            self._implausible = min(self._implausible + 1, _READINGS)
            if self._implausible == _READINGS:
                self.verdict = SUPPLY_IMPLAUSIBLE
            return self.verdict
        self._implausible = 0
        self._last_mv = supply_mv
        self._sum_mv += supply_mv - self._readings_mv[self._place]
        self._readings_mv[self._place] = supply_mv
        self._place = (self._place + 1) % _READINGS
        if self._count < _READINGS:
            self._count += 1
        if self._count == _READINGS:
            self.verdict = self._judge()
        return self.verdict

    def interval_ms(self):
        """When to read next: sooner while a low reading waits for its nine companions."""
        if self._count < _READINGS or self._implausible:
            return _ALERT_MS
        level_mv = self._critical_mv if self.verdict == SUPPLY_LOW else self._low_mv
        is_explained = self.verdict == SUPPLY_CRITICAL or self._last_mv >= level_mv
        return _CALM_MS if is_explained else _ALERT_MS

    def _judge(self):
        # Well above both levels is good whatever the verdict was; this is nearly always so.
        well_mv = self._sum_mv // _READINGS - _HYSTERESIS_MV
        if well_mv >= self._low_mv and well_mv >= self._critical_mv:
            return SUPPLY_GOOD
        if self._is_below(self._critical_mv, self.verdict == SUPPLY_CRITICAL):
            return SUPPLY_CRITICAL
        is_alarmed = self.verdict == SUPPLY_LOW or self.verdict == SUPPLY_CRITICAL
        return SUPPLY_LOW if self._is_below(self._low_mv, is_alarmed) else SUPPLY_GOOD

    def _is_below(self, level_mv, is_alarmed):
        if is_alarmed:
            return self._sum_mv < (level_mv + _HYSTERESIS_MV) * _READINGS
        if self._sum_mv >= level_mv * _READINGS:
            return False
        below = 0
        for reading_mv in self._readings_mv:
            if reading_mv < level_mv:
                below += 1
        return below >= _MIN_BELOW
