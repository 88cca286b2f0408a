"""Refuses further starts (DET-12) after the same alarm was cleared and delivery restarted 3 times within 10 min.

The third such restart is still done; every further start is refused until a clinician's session. Restarts
that the pump makes by itself after a transient count (services/delivery/returns.py); those after a stall that
recovers or a supply that comes back do not. No delay: the verdict is the answer to the next start.
"""

from micropython import const

from firmware.core.alarm_rows import LAST_ALARM
from protocols.ids import NOT_ALLOWED, OK

RESTARTS = const(3)
WINDOW_S = const(600)

_NONE = const(-1)


class RestartGuard:
    """`is_locked` is kept in the journal: a power cut must not lift the lock. `run_s` is pump life."""

    def __init__(self):
        self.is_locked = False
        self._is_cleared = bytearray(LAST_ALARM + 1)
        self._last_s = [_NONE] * (LAST_ALARM + 1)
        self._last_but_one_s = [_NONE] * (LAST_ALARM + 1)

    def cleared(self, number):
        """The alarm was cleared; the next start counts as a restart after it."""
        self._is_cleared[number] = 1

    def may_start(self):
        """OK, or NOT_ALLOWED until a clinician's session."""
        return NOT_ALLOWED if self.is_locked else OK

    def started(self, run_s):
        """A person's start was accepted and delivery runs again."""
        for number in range(LAST_ALARM + 1):
            if self._is_cleared[number]:
                self._is_cleared[number] = 0
                self.returned(number, run_s)

    def returned(self, number, run_s):
        """Delivery runs again after this alarm."""
        first_s = self._last_but_one_s[number]
        if first_s != _NONE and run_s - first_s <= WINDOW_S:
            self.is_locked = True
        self._last_but_one_s[number] = self._last_s[number]
        self._last_s[number] = run_s

    def clinician_session(self):
        """A clinician looks after the pump now: starts are possible and counting begins anew."""
        self.is_locked = False
        for number in range(LAST_ALARM + 1):
            self._is_cleared[number] = 0
            self._last_s[number] = _NONE
            self._last_but_one_s[number] = _NONE
