"""Pins, PWM and ADC of `machine`."""

import wire
from bridge import bridge

_PIN_INIT = wire.number_of("pin_init")
_PIN_READ = wire.number_of("pin_read")
_PIN_WRITE = wire.number_of("pin_write")
_PIN_TOGGLE = wire.number_of("pin_toggle")
_PIN_IRQ = wire.number_of("pin_irq")
_PWM_MAKE = wire.number_of("pwm_make")
_PWM_FREQ = wire.number_of("pwm_freq")
_PWM_DUTY = wire.number_of("pwm_duty")
_PWM_OFF = wire.number_of("pwm_off")
_ADC_READ = wire.number_of("adc_read")
_UNMODELLED = wire.number_of("unmodelled")

_NOTHING = object()
_slots = {}  # pin number -> handler slot


def pin_number(id):
    """A pin by number, name ("GP2", "LED") or object."""
    if isinstance(id, Pin):
        return id.number
    if isinstance(id, int):
        return id
    if id == "LED":
        return 25
    return int(id.replace("GPIO", "").replace("GP", ""))


class Pin:
    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    ALT = 3
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_LOW_LEVEL = 1
    IRQ_HIGH_LEVEL = 2
    IRQ_FALLING = 4
    IRQ_RISING = 8

    def __init__(self, id, mode=-1, pull=-1, *, value=None, alt=0):
        self.number = pin_number(id)
        if mode >= 0 or pull >= 0 or value is not None:
            self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, alt=0):
        level = -1 if value is None else 1 if value else 0
        bridge.call(_PIN_INIT, self.number, mode, -1 if pull is None else pull, level)

    def value(self, x=_NOTHING):
        if x is _NOTHING:
            return bridge.call(_PIN_READ, self.number)
        bridge.call(_PIN_WRITE, self.number, 1 if x else 0)

    def __call__(self, x=_NOTHING):
        return self.value(x)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    high = on
    low = off

    def toggle(self):
        bridge.call(_PIN_TOGGLE, self.number)

    def irq(self, handler=_NOTHING, trigger=IRQ_FALLING | IRQ_RISING, hard=False):
        if handler is _NOTHING:
            return
        slot = _slots.get(self.number)
        if slot is None:
            slot = _slots[self.number] = bridge.slot(self)
        bridge.set_handler(slot, handler, hard)
        bridge.call(_PIN_IRQ, self.number, -1 if handler is None else slot, trigger, 1 if hard else 0)


class PWM:
    def __init__(self, dest, *, freq=-1, duty_u16=-1, duty_ns=-1, invert=False):
        if duty_ns >= 0 or invert:
            bridge.call(_UNMODELLED, payload=b"machine.PWM with duty_ns or invert")
        self._number = pin_number(dest)
        self._freq = freq
        self._duty = duty_u16
        bridge.call(_PWM_MAKE, self._number, freq, duty_u16)

    def freq(self, hz=None):
        if hz is None:
            return self._freq
        bridge.call(_PWM_FREQ, self._number, hz)
        self._freq = hz

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        bridge.call(_PWM_DUTY, self._number, duty)
        self._duty = duty

    def deinit(self):
        bridge.call(_PWM_OFF, self._number)


class ADC:
    CORE_TEMP = 4

    def __init__(self, id):
        number = pin_number(id)
        self._channel = number - 26 if 26 <= number <= 29 else number
        if not 0 <= self._channel <= 4:
            raise ValueError("Pin doesn't have ADC capabilities")

    def read_u16(self):
        return bridge.call(_ADC_READ, self._channel)
