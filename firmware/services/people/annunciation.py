"""Plays the signals of the most urgent alarm on buzzer and lamp (ALM-03), silenced or not (ALM-04)."""

from micropython import const

from firmware.core.signals import PatternPlayer
from firmware.core.units import NEVER_MS

_WRITE_MS = const(150)


class Annunciation:
    """An activity of the executive. `refresh` after every change of alarms or silence."""

    def __init__(self, annunciator, alarms, silence):
        self._annunciator = annunciator
        self._alarms = alarms
        self._silence = silence
        self._player = PatternPlayer()
        self._is_quiet = True
        self._is_shown_silent = False
        self._is_stale = True  # alarms may have come back from the journal
        self.is_calm = False  # quiet until the next `refresh`

    def refresh(self):
        self._is_stale = True
        self.is_calm = False

    def due_in_ms(self, now_ms):
        if self._is_stale:
            return 0
        if self._is_quiet:
            return NEVER_MS
        if self._silence.is_silent(now_ms) != self._is_shown_silent:
            return 0  # whoever ended it: what sounds follows from what is, not from who was told
        edge_ms = self._player.due_in_ms(now_ms)
        silence_ms = self._silence.due_in_ms(now_ms)
        return edge_ms if edge_ms < silence_ms else silence_ms

    def pause_ms(self, now_ms):
        """0 when a flash write, which keeps the processor for some 0.1 s, would not blur the signal now;
        else how long until it may be asked again."""
        if self._is_quiet:
            return 0
        edge_ms = self._player.due_in_ms(now_ms)
        return 0 if edge_ms >= _WRITE_MS else edge_ms + 1

    def act(self, now_ms):
        player = self._player
        self._is_stale = False
        self._silence.advance(self._alarms.count, now_ms)
        self._is_shown_silent = self._silence.is_silent(now_ms)
        player.show(self._alarms.top_priority, self._is_shown_silent)
        player.step(now_ms)
        self._annunciator.tone(player.buzzer_hz)
        self._annunciator.alarm_lamp(player.lamp)
        self._is_quiet = self._alarms.count == 0
        self.is_calm = self._is_quiet
