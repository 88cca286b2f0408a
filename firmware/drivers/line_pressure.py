"""Line pressure: a ratiometric sensor, 0 to 200 kPa gauge over 200 to 2900 mV at the pin of the reference bench."""

from micropython import const

_REFERENCE_MV = const(3300)
_SPAN_PA = const(200000)


class LinePressure:
    """`adc` is a machine.ADC; `zero_mv` is its voltage at 0 kPa, `span_mv` what 200 kPa add. Nothing is allocated."""

    def __init__(self, adc, zero_mv, span_mv):
        self._adc = adc
        self._zero_mv = zero_mv
        self._span_mv = span_mv

    def read_pa(self):
        """Gauge pressure in Pa, on the reference bench about -15 000 to 229 000; 81 Pa per step of the converter."""
        pin_mv = self._adc.read_u16() * _REFERENCE_MV >> 16
        return (pin_mv - self._zero_mv) * _SPAN_PA // self._span_mv
