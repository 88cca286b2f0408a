"""`machine.Pin`, `machine.PWM` and `machine.ADC`."""

from collections.abc import Callable
from functools import cache
from typing import Any

from emulator.errors import EmulatorError
from emulator.mcu import costs, gpio
from emulator.mcu.analog import REFERENCE_MV, counts_of
from emulator.mcu.chip import Chip
from emulator.mcu.interrupts import IrqSource

_FULL_DUTY = 65_535
_SECOND_NS = 1_000_000_000


class PinIrq:
    """What Pin.irq() returns."""

    def __init__(self, source: IrqSource) -> None:
        self._source = source

    def flags(self) -> int:
        """The edges since the handler was called last."""
        return self._source.flags


def make_pin(chip: Chip) -> type:
    env, charge, charge_slowly = chip.env, chip.cpu.charge, chip.cpu.charge_slowly
    pin_ns = costs.PIN_NS
    known: dict[int, Any] = {}

    class Pin:
        """One object per pin and power-on, as in the port."""

        IN, OUT, OPEN_DRAIN, ALT = gpio.IN, gpio.OUT, gpio.OPEN_DRAIN, gpio.ALT
        PULL_UP, PULL_DOWN = gpio.PULL_UP, gpio.PULL_DOWN
        IRQ_RISING, IRQ_FALLING = gpio.IRQ_RISING, gpio.IRQ_FALLING
        IRQ_LOW_LEVEL, IRQ_HIGH_LEVEL = gpio.IRQ_LOW_LEVEL, gpio.IRQ_HIGH_LEVEL

        model: gpio.GpioPin
        _source: IrqSource

        def __new__(cls, id: Any, *settings: Any, **named: Any) -> "Pin":
            number = _pin_number(id)
            pin = known.get(number)
            if pin is None:
                pin = super().__new__(cls)
                pin.model = chip.gpio.pin(number)
                pin._source = IrqSource(pin)
                known[number] = pin
            return pin

        def __init__(self, id: Any, *settings: Any, **named: Any) -> None:
            if settings or named:
                self.init(*settings, **named)

        def init(self, mode: int | None = None, pull: int | None = None, *, value: Any = None, alt: int = 0) -> None:
            charge(pin_ns)
            self.model.configure(mode, pull, None if value is None else 1 if value else 0)

        def value(self, x: Any = None) -> int | None:
            t_ns = env.now_ns + pin_ns
            if t_ns < env.free_until_ns:
                env.now_ns = t_ns
            else:
                charge_slowly(t_ns)
            if x is None:
                return self.model.read()
            self.model.write(1 if x else 0)
            return None

        __call__ = value

        def on(self) -> None:
            self.value(1)

        def off(self) -> None:
            self.value(0)

        high = on
        low = off

        def toggle(self) -> None:
            self.value(not self.model.read())

        def irq(
            self,
            handler: Callable[[Any], object] | None = None,
            trigger: int = gpio.IRQ_FALLING | gpio.IRQ_RISING,
            hard: bool = False,
        ) -> PinIrq:
            charge(pin_ns)
            source = self._source
            source.handler = None if handler is None else _clearing(source, handler)
            source.is_hard = hard
            source.flags = 0
            try:
                self.model.listen(None if handler is None else source, trigger)
            except EmulatorError as error:
                chip.fail(error)
            return PinIrq(source)

        def __repr__(self) -> str:
            return f"Pin(GPIO{self.model.number})"

    return Pin


def _clearing(source: IrqSource, handler: Callable[[Any], object]) -> Callable[[Any], object]:
    """The handler sees the edges of this call in flags(); the next call starts afresh."""

    def call(argument: Any) -> None:
        handler(argument)
        source.flags = 0

    return call


def _pin_number(id: Any) -> int:
    """A pin by number, name ("GP2", "LED") or object."""
    if isinstance(id, int):
        return id
    if isinstance(id, str):
        name = "25" if id == "LED" else id.removeprefix("GPIO").removeprefix("GP")
        if name.isdigit():
            return int(name)
        raise ValueError("unknown named pin")
    return id.model.number


def make_pwm(chip: Chip) -> type:
    charge = chip.cpu.charge

    class PWM:
        """A square wave on a pin; only frequency and duty reach the net, not its edges."""

        def __init__(self, dest: Any, **settings: Any) -> None:
            self._net = chip.gpio.pin(_pin_number(dest)).net
            self._freq_hz = 0
            self._duty_u16 = 0
            self.init(**settings)

        def init(self, *, freq: int = -1, duty_u16: int = -1, duty_ns: int = -1, invert: bool = False) -> None:
            if invert:
                chip.unmodelled("machine.PWM(invert=True)")()
            if freq >= 0:
                self._freq_hz = freq
            if duty_u16 >= 0:
                self._duty_u16 = min(duty_u16, _FULL_DUTY)
            if duty_ns >= 0:
                self._duty_u16 = min(_FULL_DUTY, duty_ns * self._freq_hz * _FULL_DUTY // _SECOND_NS)
            self._put_out()

        def freq(self, hz: int | None = None) -> int | None:
            if hz is None:
                return self._freq_hz
            if hz < 8:
                raise ValueError("freq too small")  # 125 MHz / 16 bit / largest divider
            self._freq_hz = hz
            self._put_out()
            return None

        def duty_u16(self, duty: int | None = None) -> int | None:
            if duty is None:
                return self._duty_u16
            self._duty_u16 = max(0, min(duty, _FULL_DUTY))
            self._put_out()
            return None

        def duty_ns(self, duty: int | None = None) -> int | None:
            if duty is None:
                return self._duty_u16 * _SECOND_NS // (_FULL_DUTY * self._freq_hz) if self._freq_hz else 0
            return self.duty_u16(duty * self._freq_hz * _FULL_DUTY // _SECOND_NS)

        def deinit(self) -> None:
            self._net.tone(0, 0, charge(costs.CALL_NS))

        def _put_out(self) -> None:
            self._net.tone(self._freq_hz, self._duty_u16, charge(costs.CALL_NS))

    return PWM


@cache
def _adc_answers() -> tuple[int, ...]:
    """The 12 bit result spread over 16 bits, its top bits repeated below, of each millivolt."""
    return tuple(counts << 4 | counts >> 8 for counts in map(counts_of, range(REFERENCE_MV + 1)))


def make_adc(chip: Chip) -> type:
    env, charge_slowly = chip.env, chip.cpu.charge_slowly
    adc_ns, highest_mv = costs.ADC_NS, REFERENCE_MV
    answers = _adc_answers()

    class ADC:
        """Channel 0 to 3, or their pins 26 to 29."""

        CORE_TEMP = 4

        def __init__(self, id: Any) -> None:
            number = _pin_number(id)
            channel = number - 26 if 26 <= number <= 29 else number
            if not 0 <= channel <= 4 or (not isinstance(id, int) and number < 26):
                raise ValueError("Pin doesn't have ADC capabilities")
            self._net = chip.converter.net(channel)

        def read_u16(self) -> int:
            t_ns = env.now_ns + adc_ns
            if t_ns < env.free_until_ns:
                env.now_ns = t_ns
            else:
                t_ns = charge_slowly(t_ns)
            try:
                mv = self._net.source(t_ns)
            except EmulatorError as error:
                chip.fail(error)
            return answers[mv if 0 <= mv <= highest_mv else 0 if mv < 0 else highest_mv]

    return ADC
