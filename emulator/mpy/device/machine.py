"""`machine`: pins, buses, timers and the watchdog, each call answered by the host's own shims."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportSelfClsParameterName=false

import wire
from bridge import bridge
from machine_buses import I2C, UART  # noqa: F401
from machine_pins import ADC, PWM, Pin  # noqa: F401

_TIMER_MAKE = wire.number_of("timer_make")
_TIMER_START = wire.number_of("timer_start")
_TIMER_STOP = wire.number_of("timer_stop")
_WATCHDOG_START = wire.number_of("watchdog_start")
_RESET = wire.number_of("reset")
_IDLE = wire.number_of("idle")
_LIGHTSLEEP = wire.number_of("lightsleep")
_MASK = wire.number_of("mask")
_UNMODELLED = wire.number_of("unmodelled")
_CALL_NS = bridge.call_ns
_GAPS = (
    "I2CTarget", "I2S", "RTC", "SPI", "Signal", "SoftI2C", "SoftSPI", "USBDevice", "bitstream", "bootloader",
    "deepsleep", "dht_readinto", "mem16", "mem32", "mem8", "soft_reset", "time_pulse_us",
)  # fmt: skip

PWRON_RESET = 1
WDT_RESET = 3


class Timer:
    """A software timer. `init` does not allocate: one handler slot per object."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, *, mode=PERIODIC, period=-1, freq=-1, callback=None, hard=False):
        if id != -1:
            raise ValueError("Timer doesn't exist")
        self._handle = bridge.call(_TIMER_MAKE)
        self._slot = bridge.slot(self)
        if period >= 0 or freq > 0:
            self.init(mode=mode, period=period, freq=freq, callback=callback, hard=hard)

    def init(self, *, mode=PERIODIC, period=-1, freq=-1, callback=None, hard=False):
        if freq > 0:
            bridge.call(_UNMODELLED, payload=b"machine.Timer with freq")
        bridge.set_handler(self._slot, callback, hard)
        slot = -1 if callback is None else self._slot
        bridge.call(_TIMER_START, self._handle, mode, period, slot, 1 if hard else 0)

    def deinit(self):
        bridge.call(_TIMER_STOP, self._handle)


class WDT:
    """Feeding is noted here and told with the next call: nothing can happen in between."""

    def __init__(self, id=0, timeout=5000):
        bridge.call(_WATCHDOG_START, id, timeout)

    def feed(self):
        bridge.charge(_CALL_NS)
        bridge.feed()


def reset():
    bridge.call(_RESET)


def reset_cause():
    return bridge.reset_cause


def unique_id():
    return bridge.unique_id


def idle():
    bridge.call(_IDLE)


def lightsleep(time_ms=-1):
    bridge.call(_LIGHTSLEEP, time_ms)


def freq():
    return 125_000_000


def disable_irq():
    return bridge.call(_MASK, 1)


def enable_irq(state=0):
    bridge.call(_MASK, state)


def __getattr__(name):
    if name in _GAPS:
        bridge.call(_UNMODELLED, payload=("machine." + name).encode())
    raise AttributeError(name)
