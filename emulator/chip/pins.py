"""GPIO of the chip on the nets of the bench, both ways."""

from collections.abc import Callable
from typing import Any

from emulator.chip.lockstep import Lockstep
from emulator.chip.processor import Processor
from emulator.chip.step_pulses import PulseOutput
from emulator.mcu.gpio import Wiring
from emulator.nets import DigitalNet, Nets

_FUNCTIONS_OF_PIO = (6, 7)
_FUNCTION_PWM = 4
_HIGH = 1  # of rp2040py's pin states; LOW is 0, those above are inputs


class Pin:
    """One wired pin: its edges drive the net, the net's level is what the chip reads."""

    def __init__(
        self, number: int, net: DigitalNet, processor: Processor, lockstep: Lockstep, listen: "Listen"
    ) -> None:
        self._number = number
        self._net = net
        self._processor = processor
        self._lockstep = lockstep
        self._gpio: Any = processor.rp2040.gpio[number]
        self._is_driving = False
        alarm = processor.clock.create_alarm(lockstep.guarded(lambda: self._pulses.close(lockstep.now())))
        self._pulses = PulseOutput(net, alarm.schedule)
        self._gpio.add_listener(lockstep.guarded(self._changed))
        listen(self, net, lockstep)
        processor.set_input(number, net.level)

    def release(self, t_ns: int) -> None:
        """The chip is off or in reset: the pin floats."""
        self._pulses.close(t_ns)
        if self._is_driving:
            self._is_driving = False
            self._net.release(t_ns)

    def _changed(self, state: Any, _before: Any) -> None:
        level = int(state)
        function = self._gpio.function_select
        if function == _FUNCTION_PWM:
            return  # a tone, see tone_pwm.py
        t_ns = self._lockstep.now()
        if level > _HIGH:
            self.release(t_ns)
        elif function in _FUNCTIONS_OF_PIO:
            self._is_driving = True
            # The world may wait for another chip that is behind: pulses keep their own distances.
            self._pulses.edge(level, max(t_ns, self._lockstep.chip_ns))
        else:
            self._pulses.close(t_ns)
            self._is_driving = True
            self._net.drive(level, t_ns)

    def see(self, level: int) -> None:
        """The level that the wire has now."""
        if self._gpio.function_select not in _FUNCTIONS_OF_PIO:
            self._processor.set_input(self._number, level)


Listen = Callable[[Pin, DigitalNet, Lockstep], None]


def see_at_once(pin: Pin, net: DigitalNet, _lockstep: Lockstep) -> None:
    """Of a bench: its edges come at the world's moment."""
    net.on_edge(lambda _net, level, _t_ns: pin.see(level))


class Pins:
    """Listens on wired pins only: every other edge of the chip costs nothing."""

    def __init__(
        self, processor: Processor, lockstep: Lockstep, nets: Nets, wiring: Wiring, listen: Listen = see_at_once
    ) -> None:
        self._pins = [
            Pin(number, nets.digital(name), processor, lockstep, listen) for number, name in wiring.PINS.items()
        ]

    def release(self, t_ns: int) -> None:
        for pin in self._pins:
            pin.release(t_ns)
