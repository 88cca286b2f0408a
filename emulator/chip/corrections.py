"""Where rp2040py 0.3.6 differs from silicon in a way that firmware notices, put right from outside.

Each function says what was seen. FIDELITY.md lists them; a newer rp2040py may no longer need them.
"""

from typing import Any

from rp2040py.peripherals.i2c import IC_ENABLE, R_TX_EMPTY, I2CState
from rp2040py.peripherals.uart import UARTDR

_UART_TRANSMIT = 1 << 5  # UARTRIS.TXRIS


def correct_uart(uart: Any) -> None:
    """The transmit interrupt was asserted for ever: machine.UART.write() never returned."""
    write = uart.write_uint32

    def check() -> None:
        uart.rp2040.set_interrupt(uart.irq, bool(uart._interrupt_status & uart._interrupt_mask))

    def write_and_check(offset: int, value: int) -> None:
        write(offset, value)
        if offset == UARTDR:
            uart._interrupt_status |= _UART_TRANSMIT
            check()

    uart.check_interrupts = check
    uart.write_uint32 = write_and_check


def correct_i2c(i2c: Any) -> None:
    """A NAK did not set TX_EMPTY, so firmware saw a timeout instead of EIO; and disabling the block did not
    take its state machine out of a transfer that hangs, so a held bus was never free again.
    """
    abort, write = i2c._abort, i2c.write_uint32

    def abort_and_tell(reason: int) -> None:
        abort(reason)
        i2c._set_interrupts(R_TX_EMPTY)

    def write_and_idle(offset: int, value: int) -> None:
        if offset == IC_ENABLE and not value & 1:
            i2c._state = I2CState.IDLE
            i2c._busy = i2c._stop = i2c._pending_restart = False
        write(offset, value)

    i2c._abort = abort_and_tell
    i2c.write_uint32 = write_and_idle


def silence_watchdog(watchdog: Any) -> None:
    """Its counter survived every reset and bit again at the old deadline."""
    watchdog._enable = False
    watchdog.timer.enable = False
    watchdog.alarm.enable = False
