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

PIN_COUNT = 30


class Wiring(Protocol):
    """Which net each GPIO and each ADC channel is soldered to."""

    PINS: dict[int, str]
    ADC: dict[int, str]


class GpioPin:
    """One pin. Times are those of the environment; nothing is charged here."""

    __slots__ = ("number", "net", "mode", "pull", "_env", "_interrupt", "_irq", "_trigger", "_drives")

    def __init__(
        self, number: int, net: DigitalNet, env: WorldEnvironment, interrupt: Callable[[IrqSource], None]
    ) -> None:
        self.number = number
        self.net = net
        self.mode = IN
        self.pull = 0
        self._env = env
        self._interrupt = interrupt
        self._irq: IrqSource | None = None
        self._trigger = 0
        self._drives = False

    def configure(self, mode: int | None, pull: int | None, level: int | None) -> None:
        """As Pin.init; None leaves a setting as it is."""
        if pull is not None:
            self.pull = pull
        if mode is not None:
            if mode in (IN, ALT):
                self._release()
            self.mode = mode
        if self.mode == IN and self.pull and not self.net.is_driven:
            # A pull inside the chip holds a wire that nothing else holds.
            self.net.idle_level = 1 if self.pull == PULL_UP else 0
            self.net.release(self._env.now_ns)
        if level is not None and self.mode != IN:
            self.write(level)

    def read(self) -> int:
        return self.net.level_at(self._env.now_ns)

    def write(self, level: int) -> None:
        """Drive the pin; an open drain only pulls down. Without effect on an input, as on the board."""
        if self.mode == OUT or (self.mode == OPEN_DRAIN and not level):
            self._drives = True
            self.net.drive(level, self._env.now_ns)
        elif self.mode == OPEN_DRAIN:
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

    def switch_off(self) -> None:
        """The chip lost power or restarts: the pin floats."""
        self.listen(None, 0)
        self._release()
        self.mode = IN
        self.net.tone(0, 0, self._env.now_ns)

    def _release(self) -> None:
        if self._drives:
            self._drives = False
            self.net.release(self._env.now_ns)

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
