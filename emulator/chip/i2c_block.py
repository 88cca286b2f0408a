"""The chip's I2C block (DW_apb_i2c): rp2040py's controller put right, and the target mode that it has not.

It goes on the bus in place of rp2040py's own, which nothing can be hung on from outside. Registers and
interrupts: RP2040 datasheet, 4.3. As a target it raises START_DET, STOP_DET, RESTART_DET, RX_FULL, RD_REQ,
RX_DONE and TX_ABRT, which is what `machine.I2CTarget` lives on; general calls and 10 bit addresses are not
answered.
"""

from collections.abc import Callable
from typing import Any

from rp2040py.irq import IRQ
from rp2040py.peripherals import _i2c as registers
from rp2040py.peripherals._i2c import RPI2C, I2CState

_PAGES = (0x40044, 0x40048)
_INTERRUPTS = (IRQ.I2C0, IRQ.I2C1)
_BYTE = 0xFF
_ADDRESS = 0x7F
_NOT_A_TARGET = registers.MASTER_MODE | registers.IC_SLAVE_DISABLE


class I2cBlock(RPI2C):
    """One of the two controllers. The wire calls the methods named `bus_...` of a block that is a target."""

    def __init__(self, rp2040: Any, number: int) -> None:
        self._clear_target()
        super().__init__(rp2040, f"I2C{number}", _INTERRUPTS[number])
        rp2040.i2c[number] = self
        rp2040.peripherals[_PAGES[number]] = self

    def reset(self) -> None:
        super().reset()
        self._clear_target()

    def _clear_target(self) -> None:
        self._is_addressed = False
        self._is_first_byte = False
        self._asked: Callable[[int], None] | None = None
        self._held: tuple[int, Callable[[bool], None]] | None = None

    # ---- corrections

    def _abort(self, reason: int) -> None:
        """A NAK leaves the transmit FIFO empty. rp2040py does not say so, and firmware saw a timeout instead of EIO."""
        super()._abort(reason)
        self._set_interrupts(registers.R_TX_EMPTY)

    def _disable(self) -> None:
        """A disabled block leaves a transfer that hangs; in rp2040py a held bus was never free again."""
        self._state = I2CState.IDLE
        self._busy = self._stop = self._pending_restart = False
        self._clear_target()

    # A transfer that was given up by a reset or by disabling the block may still be answered.

    def complete_start(self) -> None:
        if self._state != I2CState.IDLE:
            super().complete_start()

    def complete_connect(self, ack: bool, nack_byte: int = 0) -> None:
        if self._state == I2CState.CONNECT:
            super().complete_connect(ack, nack_byte)

    def complete_write(self, ack: bool) -> None:
        if self._state == I2CState.CONNECTED:
            super().complete_write(ack)

    def complete_read(self, value: int) -> None:
        if self._state == I2CState.CONNECTED:
            super().complete_read(value)

    def complete_stop(self) -> None:
        if self._state != I2CState.IDLE:
            super().complete_stop()

    # ---- the bus, for a target

    @property
    def is_target(self) -> bool:
        """Enabled, with the slave part switched on and the master part off."""
        return bool(self.enable & registers.ENABLE) and not self.control & _NOT_A_TARGET

    def bus_start(self, is_repeated: bool) -> None:
        """START or repeated START; every block on the wire sees it."""
        if self.is_target:
            if is_repeated and self._is_addressed:
                self._set_interrupts(registers.R_RESTART_DET)
            self._is_addressed = False
            self._set_interrupts(registers.R_START_DET)

    def bus_address(self, address: int, is_read: bool) -> bool:
        """The address byte has come; True is an acknowledgement."""
        self._is_addressed = self.is_target and address == self.slave_address & _ADDRESS
        if self._is_addressed:
            self._is_first_byte = not is_read
            self._set_interrupts(registers.R_ACTIVITY)
            if is_read and not self._tx_fifo.empty:
                # Rests of an earlier answer are thrown away (4.3.10.1.3).
                self._abort(registers.ABRT_SLVFLUSH_TXFIFO)
        return self._is_addressed

    def bus_write(self, value: int, acknowledge: Callable[[bool], None]) -> None:
        """A byte for the target. With a full FIFO it holds the clock until there is room, or loses the byte when the
        firmware has chosen that (IC_CON, RX_FIFO_FULL_HLD_CTRL).
        """
        if self._rx_fifo.full and self.control & registers.RX_FIFO_FULL_HLD_CTRL:
            self._held = (value, acknowledge)
            return
        self._take(value)
        acknowledge(True)

    def bus_read(self, answer: Callable[[int], None]) -> None:
        """A byte from the target: `answer(value)` now, or, with the clock held, when the firmware gives one."""
        if not self._tx_fifo.empty:
            answer(self._tx_fifo.pull() & _BYTE)
            return
        self._asked = answer
        self._set_interrupts(registers.R_RD_REQ)

    def bus_read_over(self) -> None:
        """The controller did not acknowledge: it wants no more bytes."""
        self._set_interrupts(registers.R_RX_DONE)

    def bus_stop(self) -> None:
        """STOP; every block on the wire sees it."""
        if self.is_target and (self._is_addressed or not self.control & registers.STOP_DET_IFADDRESSED):
            self._set_interrupts(registers.R_STOP_DET)
        self._clear_target()

    def _take(self, value: int) -> None:
        first = registers.FIRST_DATA_BYTE if self._is_first_byte else 0
        self._is_first_byte = False
        self._push_rx(value | first)

    # ---- registers

    def read_uint32(self, offset: int) -> int:
        value = super().read_uint32(offset)
        if offset == registers.IC_STATUS and self._is_addressed:
            return value | registers.SLV_ACTIVITY | registers.ACTIVITY
        if offset == registers.IC_DATA_CMD and self._held is not None and not self._rx_fifo.full:
            (held, acknowledge), self._held = self._held, None
            self._take(held)
            acknowledge(True)
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == registers.IC_ENABLE and not value & registers.ENABLE:
            self._disable()
        if offset == registers.IC_DATA_CMD and self.is_target:
            self._answer(value & _BYTE)
        else:
            super().write_uint32(offset, value)

    def _answer(self, value: int) -> None:
        """The firmware gives a byte: to the controller that waits for it, or for the next read."""
        if self._asked is not None:
            answer, self._asked = self._asked, None
            answer(value)
        elif self._tx_fifo.full:
            self._set_interrupts(registers.R_TX_OVER)
        else:
            self._tx_fifo.push(value)
