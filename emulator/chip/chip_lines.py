"""Lines from one emulated chip to another: each edge reaches the other on the other's own clock.

A chip may be a step of the lockstep ahead or behind; so the edges of all lines keep their order and their distances,
and PIO on the far side counts pulses of microseconds.
"""

from collections.abc import Callable, Container

from emulator.chip.lockstep import Lockstep
from emulator.chip.pins import Pin
from emulator.nets import DigitalNet

_SECOND_NS = 1_000_000_000


class ChipLines:
    """The inputs of one chip. `counted`: nets whose single edges it must see, those of PIO trains and of tones.
    `other`: the chip that drives them, on whose own time they are.

    `listen` is for ChipMcu.
    """

    def __init__(self, counted: Container[str], other: Lockstep) -> None:
        self._counted = counted
        self._other = other
        self._sent_ns = 0
        self._arrived_ns = 0

    def listen(self, pin: Pin, net: DigitalNet, lockstep: Lockstep) -> None:
        def edge(_net: DigitalNet, level: int, t_ns: int) -> None:
            self._send(lockstep, max(t_ns, self._other.chip_ns), lambda: pin.see(level))

        if net.name in self._counted:
            net.on_live_edge(edge)
            Tone(pin, net, lockstep)
        else:
            net.on_edge(edge)

    def _send(self, lockstep: Lockstep, t_ns: int, action: Callable[[], None]) -> None:
        arrives_ns = max(t_ns, self._arrived_ns + (t_ns - self._sent_ns))
        self._sent_ns = t_ns
        self._arrived_ns = lockstep.call_at(arrives_ns, action)


class Tone:
    """A square wave of another chip's PWM as edges at an input."""

    def __init__(self, pin: Pin, net: DigitalNet, lockstep: Lockstep) -> None:
        self._pin = pin
        self._lockstep = lockstep
        self._wave = 0
        net.on_tone(self._changed)

    def _changed(self, _net: DigitalNet, freq_hz: int, duty_u16: int, t_ns: int) -> None:
        self._wave += 1
        if freq_hz and duty_u16:
            self._turn(self._wave, 1, _SECOND_NS // (2 * freq_hz), t_ns)
        else:
            self._lockstep.call_at(t_ns, lambda: self._pin.see(0))

    def _turn(self, wave: int, level: int, half_ns: int, t_ns: int) -> None:
        def act() -> None:
            if wave == self._wave:
                self._pin.see(level)
                self._turn(wave, 1 - level, half_ns, t_ns + half_ns)

        self._lockstep.call_at(t_ns, act)
