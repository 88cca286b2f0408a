"""Requests about alarms: silence them, acknowledge one, read the list. Reason numbers, or bytes written."""

from struct import pack_into

from firmware.core.alarm_catalogue import clearing, priority
from protocols import ids

_ALARM_LAYOUT = "<BBBI"
_ALARM_BYTES = 7


class AlarmRequests:
    def __init__(self, alarms, alarm_response, silence, annunciation, log, clock):
        self._alarms = alarms
        self._response = alarm_response
        self._silence = silence
        self._annunciation = annunciation
        self._log = log
        self._clock = clock

    def silence(self):
        """Over the link: ends with it (ALM-04)."""
        return self._ask(True)

    def silence_at_button(self):
        return self._ask(False)

    def _ask(self, is_by_link):
        reason = self._silence.ask(self._alarms.count, is_by_link, self._clock.now_ms())
        if reason == ids.OK:
            self._alarms.silenced()
            self._annunciation.refresh()
        return reason

    def link_lost(self):
        """Of consequence, and logged, only when the host had asked for silence (ALM-04)."""
        silence = self._silence
        now_ms = self._clock.now_ms()
        if silence.is_silent(now_ms):
            silence.link_lost()
            if not silence.is_silent(now_ms):
                self._annunciation.refresh()
                self._log.add(ids.LOG_LINK_LOST, 0, 0)

    def acknowledge(self, alarm):
        if alarm == ids.ALARM_REFILL_MISMATCH:
            self._alarms.gone(alarm, self._clock.run_s)  # the entry of a refill under way has been looked at
        reason = self._alarms.acknowledge(alarm)
        if reason == ids.OK:
            self._response.acknowledged(alarm)
        return reason

    def alarms_read(self, buffer, at):
        """Write the active alarms, most urgent first, as ALARMS has them; returns the bytes written."""
        alarms = self._alarms
        epoch_s = self._clock.epoch_s
        for place in range(alarms.count):
            number = alarms.numbers[place]
            state = ids.ALARM_STATE_CAUSE if alarms.has_cause(number) else 0
            if clearing(number) == ids.LATCHED:
                state |= ids.ALARM_STATE_LATCHED
            since_s = self._clock.run_s - alarms.raised_s[number]
            pack_into(
                _ALARM_LAYOUT,
                buffer,
                at + place * _ALARM_BYTES,
                number,
                priority(number),
                state,
                epoch_s - since_s if epoch_s > since_s else 0,
            )
        return alarms.count * _ALARM_BYTES
