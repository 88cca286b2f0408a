"""I2C buses: the parts by address, the time of a transfer, and its errors.

Transfers are whole: address, bytes, stop, with 9 clocks a byte (UM10204). SDA and SCL are nets only so
that a fault can hold them low and a driver can clock them free; transfers do not toggle them.
"""

from collections.abc import Callable
from typing import Protocol

from emulator.nets import DigitalNet

EIO = 5
ETIMEDOUT = 110

_SECOND_NS = 1_000_000_000


class I2cTarget(Protocol):
    """A part on the bus, at register level."""

    def write(self, data: bytes, t_ns: int) -> bool:
        """Bytes after the address; False is a NAK."""
        ...

    def read(self, n: int, t_ns: int) -> bytes | None:
        """`n` bytes, or None when the address is not acknowledged."""
        ...

    def read_from(self, pointer: int, n: int, t_ns: int) -> bytes | None:
        """Write of one byte and read in one transfer, which is how registers are read."""
        ...


class BusFailed(Exception):
    """A transfer that did not happen; `errno` is what the port raises."""

    def __init__(self, errno: int) -> None:
        super().__init__(errno)
        self.errno = errno


class I2cBus:
    """One bus with its parts, by address. Parts stay when the device restarts."""

    def __init__(self, bus_id: int) -> None:
        self.bus_id = bus_id
        self.targets: dict[int, I2cTarget] = {}
        # Lets the time of a transfer pass while a part holds the clock; of the controller that is on the bus.
        self.stretch: Callable[[int], object] = lambda ns: None

    def attach(self, address: int, target: I2cTarget) -> None:
        """Solder a part to the bus. Raises ValueError for an address that is taken."""
        if address in self.targets:
            raise ValueError(f"I2C{self.bus_id} has a part at {address:#04x} already")
        self.targets[address] = target

    def detach(self, address: int) -> None:
        self.targets.pop(address, None)

    def addresses(self) -> list[int]:
        return sorted(self.targets)

    def write(self, address: int, data: bytes, t_ns: int) -> None:
        """Raises BusFailed(EIO) when nobody acknowledges."""
        target = self.targets.get(address)
        if target is None or not target.write(data, t_ns):
            raise BusFailed(EIO)

    def read(self, address: int, count: int, t_ns: int) -> bytes:
        """Raises BusFailed(EIO) when nobody acknowledges."""
        target = self.targets.get(address)
        data = None if target is None else target.read(count, t_ns)
        if data is None:
            raise BusFailed(EIO)
        return data


class I2cPort:
    """The master of one bus: a bus, its two wires, a clock rate."""

    __slots__ = ("bus", "sda", "scl", "byte_ns", "timeout_ns")

    def __init__(self, bus: I2cBus, sda: DigitalNet, scl: DigitalNet, freq_hz: int, timeout_us: int) -> None:
        self.bus = bus
        self.sda = sda
        self.scl = scl
        self.byte_ns = 9 * _SECOND_NS // freq_hz
        self.timeout_ns = timeout_us * 1000
