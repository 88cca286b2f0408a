"""PWM as tones: frequency and duty are computed from the registers when they are written.

rp2040py counts every period with alarms of the clock, also those of a silent buzzer, which ends the sleep
of the core hundreds of times a second. Nothing on this bench looks at single edges of a PWM pin. Registers:
RP2040 datasheet, 4.5.3.
"""

from collections.abc import Callable
from typing import Any

from rp2040py.peripherals.peripheral import BasePeripheral

from emulator.errors import NotModelled

_PAGE = 0x40050
_SLICES = 8
_SLICE_BYTES = 0x14
_CSR, _DIV, _CTR, _CC, _TOP = range(0, _SLICE_BYTES, 4)
_RESET = {_CSR: 0, _DIV: 0x10, _CTR: 0, _CC: 0, _TOP: 0xFFFF}
_EN, _INTR, _INTE, _INTF, _INTS = range(0xA0, 0xB4, 4)
_ENABLE, _PHASE_CORRECT, _INVERT, _DIVIDER_MODE = 1, 2, 0x0C, 0x30
_DIVIDER_ONE = 16
_FULL_DUTY = 65_535

ToneListener = Callable[[int, int], None]


class TonePwm(BasePeripheral):
    """`listen(pin, listener)`: `listener(freq_hz, duty_u16)` when the square wave on a pin changes.

    Raises NotModelled for wrap interrupts, inverted outputs and counting by an input.
    """

    def __init__(self, rp2040: Any) -> None:
        super().__init__(rp2040, "PWM")
        self._registers = [dict(_RESET) for _ in range(_SLICES)]
        self._listeners: dict[int, list[tuple[int, ToneListener]]] = {}
        rp2040.peripherals[_PAGE] = self

    def listen(self, pin: int, listener: ToneListener) -> None:
        self._listeners.setdefault(pin // 2 % _SLICES, []).append((pin % 2, listener))

    def reset(self) -> None:
        for number, registers in enumerate(self._registers):
            registers.update(_RESET)
            self._tell(number)

    def read_uint32(self, offset: int) -> int:
        if offset < _EN:
            return self._registers[offset // _SLICE_BYTES][offset % _SLICE_BYTES]
        if offset == _EN:
            return sum((registers[_CSR] & _ENABLE) << n for n, registers in enumerate(self._registers))
        return 0  # no interrupt is ever pending or enabled

    def write_uint32(self, offset: int, value: int) -> None:
        if offset < _EN:
            number, register = divmod(offset, _SLICE_BYTES)
            if register == _CSR and value & (_INVERT | _DIVIDER_MODE):
                raise NotModelled("PWM output inversion and input counting")
            self._registers[number][register] = value
            if register != _CTR:
                self._tell(number)
        elif offset == _EN:
            for number, registers in enumerate(self._registers):
                registers[_CSR] = registers[_CSR] & ~_ENABLE | (value >> number & 1)
                self._tell(number)
        elif offset in (_INTE, _INTF) and value:
            raise NotModelled("PWM wrap interrupt")

    def _tell(self, number: int) -> None:
        registers = self._registers[number]
        cycles = registers[_TOP] + 1
        divider = (registers[_DIV] & 0xFFF) or 0x1000
        per_period = cycles * (2 if registers[_CSR] & _PHASE_CORRECT else 1)
        for channel, listener in self._listeners.get(number, ()):
            level = registers[_CC] >> (16 * channel) & 0xFFFF
            duty_u16 = min(_FULL_DUTY, level * (_FULL_DUTY + 1) // cycles)
            if registers[_CSR] & _ENABLE and duty_u16:
                listener(round(self.rp2040.clk_sys * _DIVIDER_ONE / (divider * per_period)), duty_u16)
            else:
                listener(0, 0)
