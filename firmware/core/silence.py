"""Silencing the buzzer (ALM-04): at most 120 s, never permanent, over with a new alarm or a lost link.

A request while silent does not move the end. After a silence that ran its full time the alarm sounds for
AUDIBLE_MS before the next request is taken, so that a host that keeps asking cannot make it permanent.

Only `advance` and requests move the state; to ask `is_silent` or `due_in_ms` changes nothing, so that nobody who
asks at the moment of the end can be the last to hear of it.
"""

from micropython import const

from firmware.core.units import NEVER_MS, after_ms, until_ms
from protocols.ids import BUSY, NOT_ALLOWED, OK

SILENCE_MS = const(120_000)
AUDIBLE_MS = const(30_000)

_AUDIBLE = const(0)
_SILENT = const(1)
_MUST_SOUND = const(2)


class Silence:
    """Times are on the millisecond ring."""

    def __init__(self):
        self._phase = _AUDIBLE
        self._deadline_ms = 0
        self._is_by_link = False

    def ask(self, alarm_count, is_by_link, now_ms):
        """A person at the button or a host asks for silence. Returns OK, NOT_ALLOWED when there is no alarm
        to silence, or BUSY when the last silence ended less than AUDIBLE_MS ago."""
        self.advance(alarm_count, now_ms)
        if alarm_count == 0:
            return NOT_ALLOWED
        if self._phase == _MUST_SOUND:
            return BUSY
        if self._phase == _AUDIBLE:
            self._phase = _SILENT
            self._deadline_ms = after_ms(now_ms, SILENCE_MS)
            self._is_by_link = is_by_link
        return OK

    def alarm_raised(self):
        """A new alarm, of any priority, is heard at once, and may be silenced at once."""
        self._phase = _AUDIBLE

    def link_lost(self):
        """The host that may have asked is gone; a silence from the button stays."""
        if self._phase == _SILENT and self._is_by_link:
            self._phase = _AUDIBLE

    def is_silent(self, now_ms):
        return self._phase == _SILENT and until_ms(self._deadline_ms, now_ms) > 0

    def due_in_ms(self, now_ms):
        """Milliseconds until the silence ends, 0 or less when it has; NEVER_MS without one. Asked on every turn."""
        return until_ms(self._deadline_ms, now_ms) if self._phase == _SILENT else NEVER_MS

    def advance(self, alarm_count, now_ms):
        """Take note of what is over. Without an alarm nothing is silenced, and no deadline may grow old: the ring of
        milliseconds would bring it back after days."""
        if alarm_count == 0:
            self._phase = _AUDIBLE
        if self._phase == _AUDIBLE or until_ms(self._deadline_ms, now_ms) > 0:
            return
        if self._phase == _SILENT:
            self._phase = _MUST_SOUND
            self._deadline_ms = after_ms(now_ms, AUDIBLE_MS)
        else:
            self._phase = _AUDIBLE
