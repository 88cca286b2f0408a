"""The ADC: 12 bit conversions of the nets on channels 0 to 3, against 3300 mV."""

from emulator.errors import NotModelled
from emulator.nets import AnalogNet, Nets

REFERENCE_MV = 3300
_COUNTS = 4096


def counts_of(mv: int) -> int:
    """0 to 4095. No offset, noise or nonlinearity (FIDELITY.md)."""
    return min(max(mv * _COUNTS // REFERENCE_MV, 0), _COUNTS - 1)


class Converter:
    """`channels` maps a channel number to a net."""

    def __init__(self, nets: Nets, channels: dict[int, str]) -> None:
        self._nets = [nets.analog(channels[number]) if number in channels else _unwired(number) for number in range(5)]

    def net(self, channel: int) -> AnalogNet:
        """Channel 0 to 4. To read one without a wire, or the temperature sensor, raises NotModelled."""
        return self._nets[channel]

    def convert(self, channel: int, t_ns: int) -> int:
        """0 to 4095; channel 0 to 4. Raises NotModelled as `net` says."""
        return counts_of(self._nets[channel].source(t_ns))


def _unwired(channel: int) -> AnalogNet:
    def nothing(_t_ns: int) -> int:
        raise NotModelled(f"machine.ADC({channel})", "nothing is wired to this channel")

    net = AnalogNet(f"ADC{channel}")
    net.source = nothing
    return net
