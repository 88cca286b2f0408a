"""The requests of the interpreter to pins, buses, timers and PIO: see calls.py.

-1 stands for an argument that was not given, and for a handler that is taken away.
"""

import json
from collections.abc import Callable
from typing import Any

from emulator.mcu.chip import Chip
from emulator.mpy.calls import SystemCalls


def _given(value: int) -> int | None:
    return None if value < 0 else value


class Calls(SystemCalls):
    """All operations of one power-on. `handler_of(slot)` gives a function that runs a handler of the firmware."""

    def __init__(self, chip: Chip, shims: dict[str, Any], handler_of: Callable[[int], Callable[[Any], None]]) -> None:
        super().__init__(chip, shims)
        self._handler_of = handler_of
        self._rp2 = shims["rp2"]
        self._pins: dict[int, Any] = {}
        self._pwms: dict[int, Any] = {}
        self._adcs: dict[int, Any] = {}
        self._uarts: dict[int, Any] = {}
        self._machines: dict[int, Any] = {}
        self._buses: list[Any] = []
        self._timers: list[Any] = []
        self._programs: list[Any] = []

    # ---- pins

    def _pin(self, number: int) -> Any:
        pin = self._pins.get(number)
        if pin is None:
            pin = self._pins[number] = self._machine.Pin(number)
        return pin

    def pin_init(self, number: int, mode: int, pull: int, level: int, *_nothing: Any) -> int:
        self._pin(number).init(_given(mode), _given(pull), value=_given(level))
        return 0

    def pin_read(self, number: int, *_nothing: Any) -> int:
        return self._pin(number).value()

    def pin_write(self, number: int, level: int, *_nothing: Any) -> int:
        self._pin(number).value(level)
        return 0

    def pin_toggle(self, number: int, *_nothing: Any) -> int:
        self._pin(number).toggle()
        return 0

    def pin_irq(self, number: int, slot: int, trigger: int, is_hard: int, *_nothing: Any) -> int:
        self._pin(number).irq(self._handler(slot), trigger, bool(is_hard))
        return 0

    def _handler(self, slot: int) -> Callable[[Any], None] | None:
        return None if slot < 0 else self._handler_of(slot)

    def pwm_make(self, number: int, freq_hz: int, duty_u16: int, *_nothing: Any) -> int:
        self._pwms[number] = self._machine.PWM(self._pin(number), freq=freq_hz, duty_u16=duty_u16)
        return 0

    def pwm_freq(self, number: int, freq_hz: int, *_nothing: Any) -> int:
        self._pwms[number].freq(freq_hz)
        return 0

    def pwm_duty(self, number: int, duty_u16: int, *_nothing: Any) -> int:
        self._pwms[number].duty_u16(duty_u16)
        return 0

    def pwm_off(self, number: int, *_nothing: Any) -> int:
        self._pwms[number].deinit()
        return 0

    def adc_read(self, channel: int, *_nothing: Any) -> int:
        adc = self._adcs.get(channel)
        if adc is None:
            adc = self._adcs[channel] = self._machine.ADC(channel)
        return adc.read_u16()

    # ---- buses

    def i2c_make(self, bus: int, scl: int, sda: int, freq_hz: int, timeout_us: int, *_nothing: Any) -> int:
        made = self._machine.I2C(bus, scl=self._pin(scl), sda=self._pin(sda), freq=freq_hz, timeout=timeout_us)
        self._buses.append(made)
        return len(self._buses) - 1

    def i2c_read_mem(self, handle: int, address: int, register: int, count: int, *_nothing: Any) -> bytes:
        return self._buses[handle].readfrom_mem(address, register, count)

    def i2c_write_mem(self, handle: int, address: int, register: int, *words: Any) -> int:
        self._buses[handle].writeto_mem(address, register, words[-1])
        return 0

    def i2c_read(self, handle: int, address: int, count: int, *_nothing: Any) -> bytes:
        return self._buses[handle].readfrom(address, count)

    def i2c_write(self, handle: int, address: int, *words: Any) -> int:
        return self._buses[handle].writeto(address, words[-1])

    def i2c_scan(self, handle: int, *_nothing: Any) -> bytes:
        return bytes(self._buses[handle].scan())

    def uart_make(self, uart: int, baudrate: int, receive_bytes: int, *_nothing: Any) -> int:
        self._uarts[uart] = self._machine.UART(uart, baudrate, rxbuf=receive_bytes)
        return 0

    def uart_state(self, uart: int, *_nothing: Any) -> int:
        return self._chip.uart_ports[uart].waiting

    def uart_any(self, uart: int, *_nothing: Any) -> int:
        return self._uarts[uart].any()

    def uart_read(self, uart: int, count: int, *_nothing: Any) -> bytes:
        return self._uarts[uart].read(count) or b""

    def uart_write(self, uart: int, *words: Any) -> int:
        return self._uarts[uart].write(words[-1])

    def uart_flush(self, uart: int, *_nothing: Any) -> int:
        self._uarts[uart].flush()
        return 0

    # ---- timers

    def timer_make(self, *_nothing: Any) -> int:
        self._timers.append(self._machine.Timer())
        return len(self._timers) - 1

    def timer_start(self, handle: int, mode: int, period_ms: int, slot: int, is_hard: int, _: bytes) -> int:
        callback = self._handler(slot)
        self._timers[handle].init(mode=mode, period=period_ms, callback=callback, hard=bool(is_hard))
        return 0

    def timer_stop(self, handle: int, *_nothing: Any) -> int:
        self._timers[handle].deinit()
        return 0

    # ---- PIO

    def program(self, *words: Any) -> int:
        """`[[lines], {settings}]`: assembled as target sim assembles the same function."""
        lines, settings = json.loads(words[-1])
        text = "def program():\n" + "".join(f"    {line}\n" for line in lines)
        namespace: dict[str, Any] = {}
        exec(text, namespace)
        self._programs.append(self._rp2.asm_pio(**settings)(namespace["program"]))
        return len(self._programs) - 1

    def _state_machine(self, number: int) -> Any:
        machine = self._machines.get(number)
        if machine is None:
            machine = self._machines[number] = self._rp2.StateMachine(number)
        return machine

    def machine_init(self, number: int, program: int, freq_hz: int, pin: int, *_nothing: Any) -> int:
        base = None if pin < 0 else self._pin(pin)
        self._state_machine(number).init(self._programs[program], freq_hz, set_base=base)
        return 0

    def machine_active(self, number: int, is_active: int, *_nothing: Any) -> int:
        return int(self._state_machine(number).active(_given(is_active)))

    def machine_restart(self, number: int, *_nothing: Any) -> int:
        self._state_machine(number).restart()
        return 0

    def machine_put(self, number: int, word: int, shift: int, *_nothing: Any) -> int:
        self._state_machine(number).put(word, shift)
        return 0

    def machine_waiting(self, number: int, *_nothing: Any) -> int:
        return self._state_machine(number).tx_fifo()

    def machine_irq(self, number: int, slot: int, is_hard: int, *_nothing: Any) -> int:
        self._state_machine(number).irq(self._handler(slot), hard=bool(is_hard))
        return 0

    def machine_exec(self, number: int, *words: Any) -> int:
        self._state_machine(number).exec(words[-1].decode())
        return 0
