"""Line pressure: a ratiometric sensor, 0 to 200 kPa gauge over 200 to 2900 mV at the pin."""

from micropython import const

_REFERENCE_MV = const(3300)
_ZERO_MV = const(200)
# 200 000 Pa over 2700 mV is 2000/27 Pa per mV.
_PA_NUMERATOR = const(2000)
_PA_DENOMINATOR = const(27)


class LinePressure:
    """`adc` is a machine.ADC. Nothing is allocated."""

    def __init__(self, adc):
        self._adc = adc

    def read_pa(self):
        """Gauge pressure in Pa, about -15 000 to 229 000; 81 Pa per step of the converter."""
        pin_mv = self._adc.read_u16() * _REFERENCE_MV >> 16
        return (pin_mv - _ZERO_MV) * _PA_NUMERATOR // _PA_DENOMINATOR
