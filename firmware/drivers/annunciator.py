"""Buzzer and lamps. Patterns are made elsewhere; here is only on and off."""

from micropython import const

_HALF_DUTY = const(32_768)


class Annunciator:
    """`buzzer` is a machine.PWM, the lamps are output Pins, `ready_line` repeats the ready lamp. Off at power-on."""

    def __init__(self, buzzer, alarm_lamp, ready_lamp, ready_line):
        self._buzzer = buzzer
        self._alarm_lamp = alarm_lamp
        self._ready_lamp = ready_lamp
        self._ready_line = ready_line
        self._tone_hz = 0
        self._buzzer.duty_u16(0)
        self._alarm_lamp.value(0)
        self._ready_lamp.value(0)
        self._ready_line.value(0)

    def tone(self, tone_hz):
        """Sound a tone of 150 to 1000 Hz, or 0 for silence."""
        if tone_hz == self._tone_hz:
            return
        self._tone_hz = tone_hz
        if tone_hz:
            self._buzzer.freq(tone_hz)
            self._buzzer.duty_u16(_HALF_DUTY)
        else:
            self._buzzer.duty_u16(0)

    def alarm_lamp(self, is_lit):
        self._alarm_lamp.value(1 if is_lit else 0)

    def ready_lamp(self, is_lit):
        level = 1 if is_lit else 0
        self._ready_lamp.value(level)
        self._ready_line.value(level)
