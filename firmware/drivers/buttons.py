"""Push buttons: active low, pulled up, an interrupt on both edges calls the executive."""

from time import sleep_us

from machine import Pin
from micropython import const

_LOOKS = const(40)  # 2 s
_LOOK_US = const(50_000)


def is_pressed_within(pin, held_pin):
    """Before there is an executive: wait up to 2 s for a press of one button while the other stays held. One that
    is down from the beginning is not pressed."""
    has_been_up = False
    looks = _LOOKS
    while looks and not held_pin.value():
        if pin.value():
            has_been_up = True
        elif has_been_up:
            return True
        looks -= 1
        sleep_us(_LOOK_US)
    return False


class Button:
    """`pin` is an input Pin with pull-up. The level is judged by core/press.py, not here."""

    def __init__(self, pin, call):
        self._pin = pin
        self._call = call
        self.has_changed = False
        self._edge_handler = self._edge
        pin.irq(handler=self._edge_handler, trigger=Pin.IRQ_FALLING | Pin.IRQ_RISING, hard=True)

    def is_down(self):
        return self._pin.value() == 0

    def _edge(self, _pin):
        self.has_changed = True
        self._call()
