"""Supply voltage behind a 2:1 divider."""

from micropython import const

_FULL_SCALE_MV = const(6600)


class Supply:
    """`adc` is a machine.ADC. Nothing is allocated."""

    def __init__(self, adc):
        self._adc = adc

    def read_mv(self):
        """Supply in mV, 0 to 6600."""
        return (self._adc.read_u16() * _FULL_SCALE_MV) >> 16
