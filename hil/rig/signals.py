"""What the rig hears and sees of the pump: buzzer and lamps, each change with its time.

Handlers put a word into a ring that is there already; the main loop takes them out and knows the day.
"""

from array import array
from time import ticks_us

from machine import Pin
from micropython import const

from protocols.rig import SIGNAL_ALARM_LAMP, SIGNAL_BUZZER, SIGNAL_READY

_PLACES = const(64)
_SILENT_US = const(30_000)  # a tone has at least 150 Hz
_HEARD_US = const(40_000)  # as long as a pitch is counted


class Signals:
    """`tones` counts the edges of the buzzer. `wake` is called at each change."""

    def __init__(self, alarm_lamp, ready, buzzer, tones, wake):
        self._at = array("i", [0] * _PLACES)
        self._what = bytearray(_PLACES)
        self._head = 0
        self._tail = 0
        self._wake = wake
        self._tones = tones
        self._is_sounding = False
        self._began = 0
        self._since_us = 0
        self._last_us = 0
        self._edges = 0
        self._heard = 0
        self._is_told = False
        both = Pin.IRQ_RISING | Pin.IRQ_FALLING
        alarm_lamp.irq(self._alarm_lamp, both, hard=True)
        ready.irq(self._ready, both, hard=True)
        buzzer.irq(self._buzzer, Pin.IRQ_RISING, hard=True)

    @property
    def is_sounding(self):
        return self._is_sounding

    def drain(self, now_us, ticks, keep):
        """`keep(t_us, signal, value)` for what has happened; `ticks` is ticks_us() at `now_us`."""
        while self._tail != self._head:
            place = self._tail
            self._tail = (place + 1) % _PLACES
            ago_us = (ticks - self._at[place]) & 0x3FFFFFFF
            keep(now_us - ago_us, self._what[place] >> 1, self._what[place] & 1)
        if self._is_sounding:
            self._listen(now_us, ticks, keep)

    def _listen(self, now_us, ticks, keep):
        self._tones.read()
        edges = self._tones.high + self._tones.low
        if not self._since_us:
            self._since_us = now_us - ((ticks - self._began) & 0x3FFFFFFF)
            self._edges = self._heard = edges
            self._last_us = now_us
            self._is_told = False
        if edges != self._heard:
            self._heard = edges
            self._last_us = now_us
        span_us = now_us - self._since_us
        if not self._is_told and (span_us >= _HEARD_US or now_us - self._last_us > _SILENT_US):
            counted_us = self._last_us - self._since_us
            pitch_hz = (edges - self._edges) * 1_000_000 // counted_us if counted_us > 0 else 1
            keep(self._since_us, SIGNAL_BUZZER, pitch_hz or 1)
            self._is_told = True
        if now_us - self._last_us > _SILENT_US:
            keep(self._last_us, SIGNAL_BUZZER, 0)
            self._since_us = 0
            self._is_sounding = False

    # ---- handlers

    def _alarm_lamp(self, pin):
        self._put(SIGNAL_ALARM_LAMP << 1 | pin.value())

    def _ready(self, pin):
        self._put(SIGNAL_READY << 1 | pin.value())

    def _buzzer(self, _pin):
        if not self._is_sounding:
            self._began = ticks_us()
            self._is_sounding = True
            self._wake()

    def _put(self, what):
        head = self._head
        self._at[head] = ticks_us()  # type: ignore  # to the stubs, ticks are no integers
        self._what[head] = what
        self._head = (head + 1) % _PLACES
        self._wake()
