"""The I2C bus of the sensors, and how it is freed when a part holds it.

A part that was cut off in the middle of a byte keeps SDA low until it has seen the rest of its clocks.
UM10204 (I2C specification), section 3.1.16 "Bus clear": up to nine clock pulses, then a stop.
"""

from time import sleep_us

from machine import I2C, Pin
from micropython import const

_FREQUENCY_HZ = const(400_000)
_CLEAR_CLOCKS = const(9)
_HALF_CLOCK_US = const(5)


class I2cBus:
    """Register access that answers True or False instead of raising.

    `recover` is for a caller that has seen failures; it takes about 0.1 ms.
    """

    def __init__(self, bus_id, scl_number, sda_number):
        self._id = bus_id
        self._scl_number = scl_number
        self._sda_number = sda_number
        self._open()

    def read_into(self, address, register, buffer):
        """Fill `buffer` from `register` on. False when the part does not answer or the bus is held."""
        try:
            self._i2c.readfrom_mem_into(address, register, buffer)
        except OSError:
            return False
        return True

    def write(self, address, register, buffer):
        """Write `buffer` to `register` on. False when the part does not answer or the bus is held."""
        try:
            self._i2c.writeto_mem(address, register, buffer)
        except OSError:
            return False
        return True

    def recover(self):
        """Clock a stuck part free. True when SDA is high afterwards."""
        sda = Pin(self._sda_number, Pin.IN, Pin.PULL_UP)
        scl = Pin(self._scl_number, Pin.OPEN_DRAIN, value=1)
        for _ in range(_CLEAR_CLOCKS):
            if sda.value():
                break
            scl.value(0)
            sleep_us(_HALF_CLOCK_US)
            scl.value(1)
            sleep_us(_HALF_CLOCK_US)
        is_free = sda.value() == 1
        self._open()
        return is_free

    def _open(self):
        self._i2c = I2C(
            self._id, scl=Pin(self._scl_number), sda=Pin(self._sda_number), freq=_FREQUENCY_HZ, timeout=10_000
        )
