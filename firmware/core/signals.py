"""Sound and light of the alarms, as data (ALM-03), and the player that steps through them.

Ranges of IEC 60601-1-8 from a secondary source, beside what is chosen here:

             pulses     pulse ms    spacing ms  gap ms       next burst    lamp, 20 to 60 % lit
    high     10         75 to 200   50 to 125   350 to 1300  2.5 to 15 s   1.4 to 2.8 Hz
             3+2, 3+2   120         80          800          11.5 s        1.6 Hz, 40 %
    medium   3          125 to 250  125 to 250  none         2.5 to 30 s   0.4 to 0.8 Hz
             3          180         190         none         25 s          0.5 Hz, 40 %
    low      1 or 2     125 to 250  125 to 250  none         above 15 s    steady
             2          180         190         none         10 min        steady

What makes three and two pulses heard as 3+2 is the spacing between the third and the fourth: two spacings
and one pulse, 280 ms. Bursts are far apart because each edge wakes the processor. The pitch is low so that
four odd harmonics of the square wave lie below 4 kHz.
"""

from micropython import const

from firmware.core.units import NEVER_MS, after_ms, until_ms
from protocols.ids import NOTICE

# Sound on, off, on, off, ... in ms; the last entry is the time to the next burst. Index: priority.
_THREE_AND_TWO = (120, 80, 120, 80, 120, 280, 120, 80, 120)
BURSTS = (
    (),
    (180, 190, 180, 600_000),
    (180, 190, 180, 190, 180, 25_000),
    _THREE_AND_TWO + (800,) + _THREE_AND_TWO + (11_500,),
)
PITCHES_HZ = (0, 262, 330, 440)

# Lamp lit, dark in ms; one entry means steadily lit.
LAMPS = ((), (0,), (800, 1200), (250, 375))

_NOT_STARTED = const(-1)


class PatternPlayer:
    """Plays the signals of one priority. `buzzer_hz` (0 = no sound) and `lamp` (0 or 1) are what the pins
    should be now. Each length counts from the moment its edge was made, so no pulse is ever cut short."""

    def __init__(self):
        self.buzzer_hz = 0
        self.lamp = 0
        self._priority = NOTICE
        self._is_silent = False
        self._sound_place = _NOT_STARTED
        self._sound_until_ms = 0
        self._lamp_place = _NOT_STARTED
        self._lamp_until_ms = 0

    def show(self, priority, is_silent):
        """From the next step on, signal this priority (ids.NOTICE: nothing), with or without sound.

        Repeating it changes nothing. A new priority, or the end of a silence, starts a burst at once.
        """
        if priority != self._priority or is_silent != self._is_silent:
            self._sound_place = _NOT_STARTED
        if priority != self._priority:
            self._lamp_place = _NOT_STARTED
        self._priority = priority
        self._is_silent = is_silent

    def due_in_ms(self, now_ms):
        """Milliseconds until `step` has an edge to make; 0 or less: now; NEVER_MS: the pins may stay."""
        due_ms = NEVER_MS
        if len(self._burst()) == 0:
            if self.buzzer_hz:
                return 0
        elif self._sound_place == _NOT_STARTED:
            return 0
        else:
            due_ms = until_ms(self._sound_until_ms, now_ms)
        lamp = LAMPS[self._priority]
        if len(lamp) < 2:
            return due_ms if self.lamp == len(lamp) else 0
        if self._lamp_place == _NOT_STARTED:
            return 0
        lamp_ms = until_ms(self._lamp_until_ms, now_ms)
        return lamp_ms if lamp_ms < due_ms else due_ms

    def step(self, now_ms):
        """Make the edges that are due: sets `buzzer_hz` and `lamp`. May be called too early or too late."""
        self._step_sound(now_ms)
        self._step_lamp(now_ms)

    def _burst(self):
        return BURSTS[NOTICE if self._is_silent else self._priority]

    def _step_sound(self, now_ms):
        burst = self._burst()
        if len(burst) == 0:
            self.buzzer_hz = 0
            self._sound_place = _NOT_STARTED
        elif self._sound_place == _NOT_STARTED or until_ms(self._sound_until_ms, now_ms) <= 0:
            self._sound_place = (self._sound_place + 1) % len(burst)
            self._sound_until_ms = after_ms(now_ms, burst[self._sound_place])
            self.buzzer_hz = 0 if self._sound_place & 1 else PITCHES_HZ[self._priority]

    def _step_lamp(self, now_ms):
        lamp = LAMPS[self._priority]
        if len(lamp) < 2:
            self.lamp = len(lamp)
            self._lamp_place = _NOT_STARTED
        elif self._lamp_place == _NOT_STARTED or until_ms(self._lamp_until_ms, now_ms) <= 0:
            self._lamp_place = (self._lamp_place + 1) % len(lamp)
            self._lamp_until_ms = after_ms(now_ms, lamp[self._lamp_place])
            self.lamp = 1 - self._lamp_place
