"""A device that is itself a part on a bus: `machine.I2CTarget` with its memory (extmod/machine_i2c_target.c).

A transfer comes from another device, whose firmware waits for it. Handlers run inside that wait, and only when this
device takes interrupts: until then the clock of the bus is held.
"""

from collections.abc import Callable
from typing import Any

from emulator.mcu.i2c import I2cBus
from emulator.mcu.interrupts import IrqSource

ADDR_MATCH_READ, ADDR_MATCH_WRITE, READ_REQ, WRITE_REQ, END_READ, END_WRITE = (1 << bit for bit in range(6))
_STRETCH_NS = 5_000


class TargetPort:
    """`memory`: what the bus reads and writes. `call(source)` runs a hard handler at once, `may_call()` says whether
    the device takes interrupts. memaddr: where the last transfer began.
    """

    def __init__(
        self,
        bus: I2cBus,
        address: int,
        memory: Any,
        call: Callable[[IrqSource], None],
        may_call: Callable[[], bool],
    ) -> None:
        self.source = IrqSource()
        self.triggers = 0
        self.memaddr = 0
        self._bus = bus
        self._address = address
        self._memory = memory
        self._pointer = 0
        self._call = call
        self._may_call = may_call
        bus.attach(address, self)

    def close(self) -> None:
        """Nobody acknowledges the address any more."""
        if self._bus.targets.get(self._address) is self:
            self._bus.detach(self._address)

    def write(self, data: bytes, t_ns: int) -> bool:
        """The number of a register, then what is written from there on."""
        self._event(ADDR_MATCH_WRITE)
        if data:
            self._select(data[0])
            for value in data[1:]:
                self._memory[self._pointer] = value
                self._pointer = (self._pointer + 1) % len(self._memory)
        if len(data) != 1:
            self._event(END_WRITE)
        return True

    def read(self, n: int, t_ns: int) -> bytes | None:
        self._event(ADDR_MATCH_READ)
        size = len(self._memory)
        answer = bytes(self._memory[(self._pointer + place) % size] for place in range(n))
        self._pointer = (self._pointer + n) % size
        self._event(END_READ)
        return answer

    def read_from(self, pointer: int, n: int, t_ns: int) -> bytes | None:
        return self.read(n, t_ns) if self.write(bytes((pointer,)), t_ns) else None

    def _select(self, pointer: int) -> None:
        self._pointer = self.memaddr = pointer % len(self._memory)

    def _event(self, trigger: int) -> None:
        if not self.triggers & trigger:
            return
        while not self._may_call():
            self._bus.stretch(_STRETCH_NS)
        self.source.flags = trigger
        self._call(self.source)
