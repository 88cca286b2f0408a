"""The chip's ADC on the analogue nets: a voltage is asked for when a conversion begins."""

from typing import Any

from emulator.chip.lockstep import Lockstep
from emulator.mcu.analog import Converter
from emulator.mcu.gpio import Wiring
from emulator.nets import Nets

_CONVERSION_US = 2  # RP2040 datasheet, 4.9.2: 96 cycles at 48 MHz


def connect_converter(adc: Any, lockstep: Lockstep, nets: Nets, wiring: Wiring) -> None:
    """Channels without a wire, and the temperature sensor, raise NotModelled."""
    converter = Converter(nets, wiring.ADC)
    adc.sample_time = _CONVERSION_US

    def begin(channel: int) -> None:
        adc.channel_values[channel] = converter.convert(channel, lockstep.now())
        adc._default_on_adc_read(channel)

    adc.on_adc_read = lockstep.guarded(begin)
