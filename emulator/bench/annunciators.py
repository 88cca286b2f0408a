"""Buzzer and lamps: each keeps a compact list of its changes, as a person would hear and see them."""

from array import array
from bisect import bisect_left

from emulator.nets import DigitalNet

_KEPT = 200_000  # changes; of a longer run the older half is dropped


class Pattern:
    """Changes of one signal: (t_ns, value), value 0 is off. Only real changes are kept."""

    def __init__(self) -> None:
        self._t_ns = array("q")
        self._value = array("l")
        self.value = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._t_ns)

    def change(self, t_ns: int, value: int) -> None:
        """The signal has this value from t_ns on."""
        if value == self.value:
            return
        self.value = value
        self._t_ns.append(t_ns)
        self._value.append(value)
        if len(self._t_ns) > _KEPT:
            half = _KEPT // 2
            del self._t_ns[:half], self._value[:half]
            self.dropped += half

    def between(self, begin_ns: int, end_ns: int) -> list[tuple[int, int]]:
        """Changes with begin_ns <= t < end_ns."""
        begin, end = bisect_left(self._t_ns, begin_ns), bisect_left(self._t_ns, end_ns)
        return list(zip(self._t_ns[begin:end], self._value[begin:end], strict=True))


class Buzzer:
    """Value of the pattern is the pitch in Hz. is_dead: driven, but no sound; unheard counts such tones."""

    def __init__(self, net: DigitalNet) -> None:
        self.heard = Pattern()
        self.is_dead = False
        self.unheard = 0
        net.on_tone(self._tone)

    @property
    def is_sounding(self) -> bool:
        """A person would hear it now."""
        return self.heard.value != 0

    def fall_silent(self, t_ns: int) -> None:
        """The element breaks."""
        self.is_dead = True
        self.heard.change(t_ns, 0)

    def _tone(self, net: DigitalNet, freq_hz: int, duty_u16: int, t_ns: int) -> None:
        pitch_hz = freq_hz if duty_u16 else 0
        if self.is_dead:
            self.unheard += 1 if pitch_hz else 0
            return
        self.heard.change(t_ns, pitch_hz)


class Lamp:
    """Value of the pattern is 1 when lit."""

    def __init__(self, net: DigitalNet) -> None:
        self.seen = Pattern()
        net.on_edge(self._edge)

    @property
    def is_lit(self) -> bool:
        """Lit now."""
        return self.seen.value != 0

    def _edge(self, net: DigitalNet, level: int, t_ns: int) -> None:
        self.seen.change(t_ns, level)
