"""The ADC: 12 bit conversions of the nets on channels 0 to 3, against 3300 mV.

Four codes are far too wide (RP2040 datasheet, "INL and DNL", erratum E11): 512, 1536, 2560 and 3584. Each takes
the place of about nine (measured: DNL 8.9, INL 7.9 LSB, pico-adc.markomo.me), and all others are that much narrower.
"""

from bisect import bisect_right

from emulator.errors import NotModelled
from emulator.nets import AnalogNet, Nets

REFERENCE_MV = 3300
_COUNTS = 4096
_WIDE_CODES = (512, 1536, 2560, 3584)
_WIDE_LSB = 9.0


def _shown_codes() -> tuple[int, ...]:
    """The code that the converter gives for each step of an ideal one."""
    narrow_lsb = (_COUNTS - _WIDE_LSB * len(_WIDE_CODES)) / (_COUNTS - len(_WIDE_CODES))
    edge = 0.0
    edges = []
    for code in range(_COUNTS):
        edges.append(edge)
        edge += _WIDE_LSB if code in _WIDE_CODES else narrow_lsb
    return tuple(bisect_right(edges, step + 0.5) - 1 for step in range(_COUNTS))


_SHOWN = _shown_codes()


def counts_of(mv: int) -> int:
    """0 to 4095. Offset and noise are those of the signal's source (FIDELITY.md)."""
    return _SHOWN[min(max(mv * _COUNTS // REFERENCE_MV, 0), _COUNTS - 1)]


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
