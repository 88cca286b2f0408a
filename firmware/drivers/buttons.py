"""Push buttons: active low, pulled up, an interrupt on both edges calls the executive."""

from machine import Pin


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
