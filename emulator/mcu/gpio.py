"""GPIO pins of one power-on: direction, pulls, edge interrupts, and the nets they are soldered to."""

from collections.abc import Callable
from typing import Protocol

from emulator.env import WorldEnvironment
from emulator.errors import NotModelled
from emulator.mcu.interrupts import IrqSource
from emulator.nets import DigitalNet, Nets

IN, OUT, OPEN_DRAIN, ALT = 0, 1, 2, 3
PULL_UP, PULL_DOWN = 1, 2
IRQ_LOW_LEVEL, IRQ_HIGH_LEVEL, IRQ_FALLING, IRQ_RISING = 1, 2, 4, 8
SIO, PWM, PERIPHERAL = range(3)

PIN_COUNT = 30


class Wiring(Protocol):
    """Which net each GPIO and each ADC channel is soldered to."""

    PINS: dict[int, str]
    ADC: dict[int, str]


class GpioPin:
    """One pin: an output latch, its direction, and who it is given to. Times are those of the environment; nothing is
    charged here. `function` is one of SIO (the latch), PWM and PERIPHERAL.
    """

    __slots__ = (
        "number", "net", "pull", "function", "is_output", "is_open_drain", "latch", "_env", "_interrupt", "_irq",
        "_trigger", "_drives", "_floating_level", "_hears_tones",
    )  # fmt: skip

    def __init__(
        self, number: int, net: DigitalNet, env: WorldEnvironment, interrupt: Callable[[IrqSource], None]
    ) -> None:
        self.number = number
        self.net = net
        self.pull = 0
        self.function = PERIPHERAL  # no function at all, until firmware chooses one
        self.is_output = False
        self.is_open_drain = False
        self.latch = 0
        self._env = env
        self._interrupt = interrupt
        self._irq: IrqSource | None = None
        self._trigger = 0
        self._drives = False
        self._floating_level = net.idle_level
        self._hears_tones = False

    def configure(self, mode: int | None, pull: int, level: int | None) -> None:
        """As Pin.init of the port: mode None leaves the mode, pull 0 takes the pull away, level None the latch."""
        if mode == OPEN_DRAIN:
            self.latch = 0
            self.is_output = level == 0
            self.is_open_drain = True
        elif mode is not None:
            if mode == OUT and level is not None:
                self.latch = level
            self.is_output = mode == OUT
            self.is_open_drain = False
        if mode is not None:
            self.give_to(SIO)
        self.set_pull(pull)

    def give_to(self, function: int) -> None:
        """Select who drives the pin."""
        if self.function == PWM and function != PWM:
            self.net.tone(0, 0, self._env.now_ns)
        self.function = function
        self._put_out()

    def set_pull(self, pull: int) -> None:
        """A pull inside the chip holds a wire that nothing else holds."""
        if pull == self.pull == 0:
            return
        net = self.net
        if self.pull == 0:
            self._floating_level = net.idle_level
        self.pull = pull
        net.idle_level = 1 if pull & PULL_UP else 0 if pull & PULL_DOWN else self._floating_level
        if not net.is_driven:
            net.release(self._env.now_ns)

    def read(self) -> int:
        return self.net.level_at(self._env.now_ns)

    def write(self, level: int) -> None:
        """Set the latch; an open drain drives a 0 and releases for a 1. An input keeps it for later."""
        if self.is_open_drain:
            self.is_output = not level
        else:
            self.latch = level
            if self.is_output and self.function == SIO:
                self.net.drive(level, self._env.now_ns)
                return
        if self.function == SIO:
            self._put_out()

    def toggle(self) -> None:
        """By the latch, or the direction of an open drain, whatever the wire is at."""
        self.write(int(self.is_output) if self.is_open_drain else 1 - self.latch)

    def _put_out(self) -> None:
        if self.function == SIO and self.is_output:
            self._drives = True
            self.net.drive(self.latch, self._env.now_ns)
        else:
            self._release()

    def listen(self, source: IrqSource | None, trigger: int) -> None:
        """Edge interrupts to `source`; None ends them. Level triggers raise NotModelled."""
        if trigger & (IRQ_LOW_LEVEL | IRQ_HIGH_LEVEL):
            raise NotModelled("machine.Pin.irq", "level triggers")
        if self._irq is None and source is not None:
            self.net.on_edge(self._edge)
        elif self._irq is not None and source is None:
            self.net.off_edge(self._edge)
        self._irq = source
        self._trigger = trigger
        if source is not None and not self._hears_tones:
            self._hears_tones = True
            self.net.on_tone(self._tone)

    def switch_off(self) -> None:
        """The chip lost power or restarts: the pin floats."""
        self.listen(None, 0)
        self._release()
        self.function = PERIPHERAL
        self.net.tone(0, 0, self._env.now_ns)

    def _release(self) -> None:
        if self._drives:
            self._drives = False
            self.net.release(self._env.now_ns)

    def _tone(self, net: DigitalNet, freq_hz: int, duty_u16: int, t_ns: int) -> None:
        """The first edge of a square wave is all that an input shows of it."""
        if freq_hz and duty_u16:
            self._edge(net, 1, t_ns)

    def _edge(self, _net: DigitalNet, level: int, _t_ns: int) -> None:
        flag = IRQ_RISING if level else IRQ_FALLING
        source = self._irq
        if source is not None and self._trigger & flag:
            source.flags |= flag
            self._interrupt(source)


class GpioBank:
    """The pins that firmware has named so far; a pin without a wire gets a net "GP<n>" of its own."""

    def __init__(
        self,
        env: WorldEnvironment,
        nets: Nets,
        wiring: Wiring,
        interrupt: Callable[[IrqSource], None],
    ) -> None:
        self._env = env
        self._nets = nets
        self._wiring = wiring
        self._interrupt = interrupt
        self._pins: dict[int, GpioPin] = {}

    def pin(self, number: int) -> GpioPin:
        """Raises ValueError for a number that the chip does not have."""
        pin = self._pins.get(number)
        if pin is None:
            if not 0 <= number < PIN_COUNT:
                raise ValueError("invalid pin")
            net = self._nets.digital(self._wiring.PINS.get(number, f"GP{number}"))
            pin = self._pins[number] = GpioPin(number, net, self._env, self._interrupt)
        return pin

    def switch_off(self) -> None:
        for pin in self._pins.values():
            pin.switch_off()
