"""`machine.Pin`, `machine.PWM` and `machine.ADC` (ports/rp2/machine_pin.c, machine_pwm.c, machine_adc.c)."""

from collections.abc import Callable
from functools import cache
from typing import Any

from emulator.errors import EmulatorError
from emulator.mcu import costs, gpio
from emulator.mcu.analog import REFERENCE_MV, counts_of
from emulator.mcu.chip import Chip
from emulator.mcu.interrupts import IrqSource
from emulator.mcu.pwm import NOT_SET, PwmBank
from emulator.mcu.shims.arguments import integer
from emulator.mcu.shims.irq_object import Irq

_BOARD_NAMES = {f"GP{number}": number for number in (*range(23), 25, 26, 27, 28)} | {"LED": 25}
_CHIP_NAMES = {f"GPIO{number}": number for number in range(gpio.PIN_COUNT)}
_NO_VALUE = object()


def pin_number(id: Any) -> int:
    """The GPIO of a number, a name ("GP2", "GPIO2", "LED") or a Pin. Raises ValueError for anything else."""
    if isinstance(id, str):
        number = _BOARD_NAMES.get(id, _CHIP_NAMES.get(id))
        if number is None:
            raise ValueError(f'unknown named pin "{id}"')
        return number
    if isinstance(id, int) and 0 <= id < gpio.PIN_COUNT:
        return id
    model = getattr(id, "model", None)
    if isinstance(model, gpio.GpioPin):
        return model.number
    raise ValueError("invalid pin")


class _NamedPins:
    """Pin.board and Pin.cpu."""

    def __init__(self, make: Callable[[int], Any], names: dict[str, int]) -> None:
        self._make = make
        self._names = names

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return self._make(self._names[name])
        raise AttributeError(f"type object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        return list(self._names)


def make_pin(chip: Chip) -> type:
    env, charge, charge_slowly = chip.env, chip.cpu.charge, chip.cpu.charge_slowly
    pin_ns = costs.PIN_NS
    known: dict[int, Any] = {}

    class Pin:
        """One object per pin and power-on, as in the port."""

        IN, OUT, OPEN_DRAIN, ALT = gpio.IN, gpio.OUT, gpio.OPEN_DRAIN, gpio.ALT
        PULL_UP, PULL_DOWN = gpio.PULL_UP, gpio.PULL_DOWN
        IRQ_RISING, IRQ_FALLING = gpio.IRQ_RISING, gpio.IRQ_FALLING
        ALT_SPI, ALT_UART, ALT_I2C, ALT_PWM, ALT_SIO, ALT_PIO0, ALT_PIO1, ALT_GPCK, ALT_USB = range(1, 10)

        model: gpio.GpioPin
        _source: IrqSource
        _irq: Irq

        def __new__(cls, id: Any, *settings: Any, **named: Any) -> "Pin":
            number = pin_number(id)
            pin = known.get(number)
            if pin is None:
                pin = super().__new__(cls)
                pin.model = chip.gpio.pin(number)
                pin._source = IrqSource(pin)
                pin._irq = Irq(pin._source, pin._listen)
                known[number] = pin
            return pin

        def __init__(self, id: Any, *settings: Any, **named: Any) -> None:
            if settings or named:
                self.init(*settings, **named)

        def init(self, mode: Any = None, pull: Any = None, *, value: Any = None, alt: int = ALT_SIO) -> None:
            mode = None if mode is None else integer(mode)
            pull = 0 if pull is None else integer(pull)
            integer(alt)
            charge(pin_ns)
            if mode not in (None, gpio.IN, gpio.OUT, gpio.OPEN_DRAIN):
                chip.unmodelled("machine.Pin as an alternate function")()
            try:
                self.model.configure(mode, pull & 3, None if value is None else 1 if value else 0)
            except EmulatorError as error:
                chip.fail(error)

        def value(self, x: Any = _NO_VALUE, /) -> int | None:
            t_ns = env.now_ns + pin_ns
            if t_ns < env.free_until_ns:
                env.now_ns = t_ns
            else:
                charge_slowly(t_ns)
            if x is _NO_VALUE:
                return self.model.read()
            try:
                self.model.write(1 if x else 0)
            except EmulatorError as error:
                chip.fail(error)
            return None

        __call__ = value

        def on(self) -> None:
            self.value(1)

        def off(self) -> None:
            self.value(0)

        high = on
        low = off

        def toggle(self) -> None:
            charge(pin_ns)
            try:
                self.model.toggle()
            except EmulatorError as error:
                chip.fail(error)

        def irq(self, *settings: Any, **named: Any) -> Irq:
            charge(pin_ns)
            if settings or named:
                self._set_irq(*settings, **named)
            return self._irq

        def _set_irq(
            self, handler: Any = None, trigger: int = gpio.IRQ_FALLING | gpio.IRQ_RISING, hard: Any = False
        ) -> None:
            trigger = integer(trigger)
            source = self._source
            source.handler = None if handler is None else _clearing(source, handler)
            source.is_hard = bool(hard)
            source.flags = 0
            self._listen(trigger if handler is not None else 0)
            self._irq.trigger_bits = trigger

        def _listen(self, trigger: int) -> None:
            try:
                self.model.listen(self._source if trigger else None, trigger)
            except EmulatorError as error:
                chip.fail(error)

        def __repr__(self) -> str:
            model = self.model
            if model.function != gpio.SIO:
                return f"Pin(GPIO{model.number}, mode=ALT)"
            mode = "OPEN_DRAIN" if model.is_open_drain else "OUT" if model.is_output else "IN"
            pulls = [name for name, bit in (("PULL_UP", 1), ("PULL_DOWN", 2)) if model.pull & bit]
            return f"Pin(GPIO{model.number}, mode={mode}" + (f", pull={'|'.join(pulls)})" if pulls else ")")

    Pin.board = _NamedPins(Pin, _BOARD_NAMES)  # type: ignore[attr-defined]
    Pin.cpu = _NamedPins(Pin, _CHIP_NAMES)  # type: ignore[attr-defined]
    return Pin


def _clearing(source: IrqSource, handler: Callable[[Any], object]) -> Callable[[Any], object]:
    """The handler sees the edges of this call in flags(); the next call starts afresh."""

    def call(argument: Any) -> None:
        handler(argument)
        source.flags = 0

    return call


def make_pwm(chip: Chip) -> type:
    charge = chip.cpu.charge
    bank = PwmBank(chip.gpio, charge)
    known: dict[int, Any] = {}

    class PWM:
        """A square wave on a pin; only frequency and duty reach the net, not its edges. One object per channel."""

        _channel: Any

        def __new__(cls, dest: Any, *settings: Any, **named: Any) -> "PWM":
            channel = pin_number(dest) % 16
            if channel not in known:
                known[channel] = super().__new__(cls)
                known[channel]._channel = bank.channel(channel)
            return known[channel]

        def __init__(self, dest: Any, *settings: Any, **named: Any) -> None:
            self._channel.forget_duty()
            self.init(*settings, **named)
            self._do(self._channel.connect, pin_number(dest))

        def init(
            self, freq: int = NOT_SET, *, duty_u16: int = NOT_SET, duty_ns: int = NOT_SET, invert: int = NOT_SET
        ) -> None:
            freq, duty_u16, duty_ns = integer(freq), integer(duty_u16), integer(duty_ns)
            if integer(invert) not in (NOT_SET, 0):
                chip.unmodelled("machine.PWM(invert=True)")()
            self._do(self._channel.set, freq, duty_u16, duty_ns)

        def freq(self, *hz: int) -> int | None:
            if not hz:
                return self._channel.freq_hz
            (value,) = hz
            self._do(self._channel.set_freq, integer(value))
            return None

        def duty_u16(self, *duty: int) -> int | None:
            if not duty:
                return self._channel.duty_u16
            (value,) = duty
            self._do(self._channel.set_duty_u16, integer(value))
            return None

        def duty_ns(self, *duty: int) -> int | None:
            if not duty:
                return self._channel.duty_ns
            (value,) = duty
            self._do(self._channel.set_duty_ns, integer(value))
            return None

        def deinit(self) -> None:
            self._do(self._channel.stop)

        def _do(self, function: Callable[..., None], *arguments: int) -> None:
            try:
                function(*arguments)
            except EmulatorError as error:
                chip.fail(error)

        def __repr__(self) -> str:
            return f"<PWM slice={self._channel.slice_number} channel={self._channel.place} invert=0>"

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
        """Channel 0 to 4, or the pins 26 to 29 of the first four."""

        CORE_TEMP = 4

        def __init__(self, id: Any, /) -> None:
            if isinstance(id, int) and 0 <= id <= self.CORE_TEMP:
                channel = id
            else:
                channel = pin_number(id) - 26
                if not 0 <= channel < self.CORE_TEMP:
                    raise ValueError("Pin doesn't have ADC capabilities")
            self._channel = channel
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

        def __repr__(self) -> str:
            return f"<ADC channel={self._channel}>"

    return ADC
