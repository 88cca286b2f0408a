"""AS5600 magnetic angle sensor on the motor shaft: the true rotor position.

Register numbers and bits: AS5600 datasheet, section "Register Description".
"""

from micropython import const

_ADDRESS = const(0x36)
_STATUS = const(0x0B)
_MAGNET_DETECTED = const(0x20)

NO_ANSWER = const(-1)
MAGNET_LOST = const(-2)


class RotorSensor:
    """Reads status and raw angle in one transfer. `bus` is an I2cBus; nothing is allocated per read
    unless the bus fails."""

    def __init__(self, bus):
        self._bus = bus
        self._buffer = bytearray(3)

    def counts(self):
        """The angle, 0 to 4095 (4096 per revolution), or NO_ANSWER or MAGNET_LOST (DET-08)."""
        if not self._bus.read_into(_ADDRESS, _STATUS, self._buffer):
            return NO_ANSWER
        if not self._buffer[0] & _MAGNET_DETECTED:
            return MAGNET_LOST
        return (self._buffer[1] & 0x0F) << 8 | self._buffer[2]
