"""Refusals that come again and again are counted, so that they do not push what was done out of the log (INT-06).

Of entries that are the same in all, the first eight of an hour are worth one each. Those after them are counted, and
the count is one entry when the hour is over. A stuck key or a patient in pain makes thousands.
"""

from micropython import const

HOUR_S = const(3600)

_ONE_BY_ONE = const(8)
_SLOTS = const(4)
_FREE = const(-1)


class Repeats:
    """A few different refusals at a time; the oldest gives way to a new one. `run_s` is pump life in seconds."""

    def __init__(self):
        self._codes = [_FREE] * _SLOTS
        self._a = [0] * _SLOTS
        self._b = [0] * _SLOTS
        self._since_s = [0] * _SLOTS
        self._counts = [0] * _SLOTS
        self.code = 0
        self.count = 0

    def is_counted(self, code, a, b, run_s):
        """True for one that needs no entry of its own. Take what is over first (`pop`)."""
        oldest = 0
        for slot in range(_SLOTS):
            if self._codes[slot] == code and self._a[slot] == a and self._b[slot] == b:
                self._counts[slot] += 1
                return self._counts[slot] > _ONE_BY_ONE
            if self._codes[slot] == _FREE or self._since_s[slot] < self._since_s[oldest]:
                oldest = slot
                if self._codes[slot] == _FREE:
                    self._since_s[slot] = 0
        if self._codes[oldest] != _FREE and self._counts[oldest] > _ONE_BY_ONE:
            return False  # it holds a count that is still to be told: the new one is an entry by itself
        self._codes[oldest] = code
        self._a[oldest] = a
        self._b[oldest] = b
        self._since_s[oldest] = run_s
        self._counts[oldest] = 1
        return False

    def pop(self, run_s):
        """True while there is a count whose hour is over, or that a clock set back has left behind: `code`, `count`."""
        for slot in range(_SLOTS):
            if self._codes[slot] != _FREE and not 0 <= run_s - self._since_s[slot] < HOUR_S:
                self.code = self._codes[slot]
                self.count = self._counts[slot] - _ONE_BY_ONE
                self._codes[slot] = _FREE
                if self.count > 0:
                    return True
        return False
