"""The chip's I2C controllers on the buses of the bench.

Parts answer whole transfers, the controller goes byte by byte. Written bytes are handed over at the stop or
the repeated start; a read takes its bytes from one answer of the part, so that an angle is sampled once a
transfer, as the part does.
"""

from typing import Any

from rp2040py.peripherals._i2c import I2CMode

from emulator.chip.i2c_block import I2cBlock
from emulator.chip.lockstep import Lockstep
from emulator.errors import NotModelled
from emulator.mcu.i2c import BusFailed, I2cBus
from emulator.nets import DigitalNet

_BITS_PER_BYTE = 9
_MOST_BYTES = 32  # in one read; the parts of the bench have 19 registers in a row at most
_CYCLE_NS = 8


class I2cBridge:
    """One controller. While a wire is held low nothing completes, and the firmware's timeout comes."""

    def __init__(
        self, controller: I2cBlock, bus: I2cBus, wires: tuple[DigitalNet, DigitalNet] | None, lockstep: Lockstep
    ) -> None:
        self._controller = controller
        self._bus = bus
        self._wires = wires or ()
        self._lockstep = lockstep
        self._alarm = controller.rp2040.clock.create_alarm(lockstep.guarded(self._byte_done))
        self._complete: Any = None
        self._address = 0
        self._written = bytearray()
        self._has_pointer = False
        self._is_reading = False
        self._answer = b""
        self._taken = 0
        controller.on_connect = lockstep.guarded(self._connect)
        controller.on_write_byte = lockstep.guarded(self._write)
        controller.on_read_byte = lockstep.guarded(self._read)
        controller.on_stop = lockstep.guarded(self._stop)

    def _after_byte(self, complete: Any) -> None:
        self._complete = complete
        controller = self._controller
        bit_ns = (controller.scl_high_period + controller.scl_low_period) * _CYCLE_NS
        self._alarm.schedule(_BITS_PER_BYTE * bit_ns)

    def _byte_done(self) -> None:
        if all(wire.level for wire in self._wires):
            self._complete()

    def _connect(self, address: int, mode: I2CMode) -> None:
        self._hand_over()
        self._address = address
        self._is_reading = mode == I2CMode.READ
        self._after_byte(self._connected)

    def _connected(self) -> None:
        t_ns = self._lockstep.now()
        try:
            if self._is_reading:
                if not self._has_pointer:
                    raise NotModelled("I2C read that does not follow a write of the register number")
                self._answer = self._bus.read(self._address, _MOST_BYTES, t_ns)
                self._taken = 0
            else:
                self._bus.write(self._address, b"", t_ns)
        except BusFailed:
            self._controller.complete_connect(False)
            return
        self._controller.complete_connect(True)

    def _write(self, value: int) -> None:
        self._written.append(value)
        self._after_byte(lambda: self._controller.complete_write(True))

    def _read(self, _is_acknowledged: bool) -> None:
        if self._taken == _MOST_BYTES:
            raise NotModelled(f"I2C read of more than {_MOST_BYTES} bytes")
        value = self._answer[self._taken]
        self._taken += 1
        self._after_byte(lambda: self._controller.complete_read(value))

    def _stop(self) -> None:
        self._hand_over()
        self._has_pointer = False
        self._controller.complete_stop()

    def _hand_over(self) -> None:
        """What was written reaches the part; a part that died meanwhile keeps what it had."""
        if self._written:
            data, self._written = bytes(self._written), bytearray()
            self._has_pointer = True
            try:
                self._bus.write(self._address, data, self._lockstep.now())
            except BusFailed:
                self._has_pointer = False
