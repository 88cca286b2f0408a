"""The ADC: 12 bit conversions of the nets on channels 0 to 3, against 3300 mV."""

from emulator.errors import NotModelled
from emulator.nets import Nets

REFERENCE_MV = 3300
_COUNTS = 4096


class Converter:
    """`channels` maps a channel number to a net. No offset, noise or nonlinearity (FIDELITY.md)."""

    def __init__(self, nets: Nets, channels: dict[int, str]) -> None:
        self._nets = [nets.analog(channels[number]) if number in channels else None for number in range(5)]

    def convert(self, channel: int, t_ns: int) -> int:
        """0 to 4095; channel 0 to 4. Raises NotModelled for a channel without a wire and for the temperature sensor."""
        net = self._nets[channel]
        if net is None:
            raise NotModelled(f"machine.ADC({channel})", "nothing is wired to this channel")
        # Nearly always there is a source; `read_mv` knows what to say when there is none.
        counts = (net.source or net.read_mv)(t_ns) * _COUNTS // REFERENCE_MV
        return counts if 0 <= counts < _COUNTS else 0 if counts < 0 else _COUNTS - 1
