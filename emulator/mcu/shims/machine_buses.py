"""`machine.I2C` and `machine.UART`."""

from typing import Any, NoReturn

from emulator.errors import DeviceOSError, EmulatorError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.gpio import ALT
from emulator.mcu.i2c import EIO, ETIMEDOUT, BusFailed, I2cBus, I2cPort
from emulator.mcu.shims.streams import POLLIN, POLLOUT

_BYTES = tuple(bytes((number,)) for number in range(256))
_DEFAULT_I2C_PINS = ((4, 5), (6, 7))  # (SDA, SCL) of the Pico's I2C0 and I2C1
_DEFAULT_UART_BUFFER = 256
_SECOND_NS = 1_000_000_000


def make_i2c(chip: Chip) -> type:
    env, charge, charge_slowly = chip.env, chip.cpu.charge, chip.cpu.charge_slowly
    call_ns = costs.I2C_CALL_NS

    class I2C:
        """The hardware master. Register addresses are 8 bits wide."""

        def __init__(
            self, id: int, *, scl: Any = None, sda: Any = None, freq: int = 400_000, timeout: int = 50_000
        ) -> None:
            if id not in (0, 1):
                raise ValueError(f"I2C({id}) doesn't exist")
            sda_number = _DEFAULT_I2C_PINS[id][0] if sda is None else sda.model.number
            scl_number = _DEFAULT_I2C_PINS[id][1] if scl is None else scl.model.number
            # Function select of the RP2040: SDA on even, SCL on odd pins, the bus in bit 1.
            if sda_number % 4 != 2 * id:
                raise ValueError("bad SDA pin")
            if scl_number % 4 != 2 * id + 1:
                raise ValueError("bad SCL pin")
            charge(costs.CALL_NS)
            wires = []
            for number in (sda_number, scl_number):
                pin = chip.gpio.pin(number)
                pin.configure(ALT, None, None)
                wires.append(chip.nets.digital(pin.net.name, level=1))
            # Parts sit on the wires that the wiring calls I2Cn_SDA; on other pins there is nobody.
            is_wired = wires[0].name == f"I2C{id}_SDA" and wires[1].name == f"I2C{id}_SCL"
            bus = chip.i2c_buses[id] if is_wired else I2cBus(id)
            self._port = I2cPort(bus, wires[0], wires[1], freq, timeout)

        def readfrom_mem_into(self, addr: int, memaddr: int, buf: Any, *, addrsize: int = 8) -> None:
            if addrsize != 8:
                chip.unmodelled(f"machine.I2C with addrsize={addrsize}")()
            port = self._port
            if not (port.sda.level and port.scl.level):
                self._time_out()
            count = len(buf)
            t_ns = env.now_ns + call_ns + (3 + count) * port.byte_ns
            if t_ns < env.free_until_ns:
                env.now_ns = t_ns
            else:
                t_ns = charge_slowly(t_ns)
            target = port.bus.targets.get(addr)
            try:
                data = None if target is None else target.read_from(memaddr & 0xFF, count, t_ns)
            except EmulatorError as error:
                chip.fail(error)
            if data is None:
                raise DeviceOSError(EIO)
            buf[:] = data

        def readfrom_mem(self, addr: int, memaddr: int, nbytes: int, *, addrsize: int = 8) -> bytes:
            data = bytearray(nbytes)
            self.readfrom_mem_into(addr, memaddr, data, addrsize=addrsize)
            return bytes(data)

        def writeto_mem(self, addr: int, memaddr: int, buf: Any, *, addrsize: int = 8) -> None:
            if addrsize != 8:
                chip.unmodelled(f"machine.I2C with addrsize={addrsize}")()
            self._write(addr, _BYTES[memaddr] + bytes(buf))

        def writeto(self, addr: int, buf: Any, stop: bool = True) -> int:
            """The number of acknowledged bytes: all of them."""
            data = bytes(buf)
            self._write(addr, data)
            return len(data)

        def readfrom(self, addr: int, nbytes: int, stop: bool = True) -> bytes:
            now_ns = self._spend(1 + nbytes)
            try:
                return self._port.bus.read(addr, nbytes, now_ns)
            except BusFailed as failure:
                raise DeviceOSError(failure.errno) from None
            except EmulatorError as error:
                chip.fail(error)

        def readfrom_into(self, addr: int, buf: Any, stop: bool = True) -> None:
            buf[:] = self.readfrom(addr, len(buf), stop)

        def scan(self) -> list[int]:
            """Addresses with a part; whether it would answer just now is not asked."""
            self._spend(112)
            return self._port.bus.addresses()

        def _write(self, addr: int, data: bytes) -> None:
            now_ns = self._spend(1 + len(data))
            try:
                self._port.bus.write(addr, data, now_ns)
            except BusFailed as failure:
                raise DeviceOSError(failure.errno) from None
            except EmulatorError as error:
                chip.fail(error)

        def _spend(self, byte_count: int) -> int:
            port = self._port
            if not (port.sda.level and port.scl.level):
                self._time_out()
            return charge(call_ns + byte_count * port.byte_ns)

        def _time_out(self) -> NoReturn:
            """A part holds a wire low: the transfer ends after the timeout."""
            charge(call_ns + self._port.timeout_ns)
            raise DeviceOSError(ETIMEDOUT)

    return I2C


def make_uart(chip: Chip) -> type:
    charge = chip.cpu.charge

    class UART:
        """8 data bits, no parity, one stop bit; reads return what is there (timeout 0)."""

        def __init__(self, id: int, baudrate: int = 115_200, **settings: Any) -> None:
            if id not in (0, 1):
                raise ValueError(f"UART({id}) doesn't exist")
            self._port = chip.uart_ports[id]
            self.init(baudrate, **settings)

        def init(
            self,
            baudrate: int = 115_200,
            *,
            tx: Any = None,
            rx: Any = None,
            rxbuf: int = _DEFAULT_UART_BUFFER,
            txbuf: int = _DEFAULT_UART_BUFFER,
            **settings: Any,
        ) -> None:
            if settings:
                chip.unmodelled(f"machine.UART with {', '.join(settings)}")()
            charge(costs.CALL_NS)
            self._byte_ns = 10 * _SECOND_NS // baudrate
            self._done_ns = 0
            self._port.open(rxbuf, chip.cpu.signal)

        def poll_state(self, _request: int, mask: int) -> int:
            return mask & (POLLOUT | (POLLIN if self._port.waiting else 0))

        def any(self) -> int:
            charge(costs.CALL_NS)
            return self._port.waiting

        def read(self, nbytes: int = -1) -> bytes | None:
            charge(costs.CALL_NS)
            return self._port.take(self._port.waiting if nbytes < 0 else nbytes) or None

        def readinto(self, buf: Any, nbytes: int = -1) -> int | None:
            charge(costs.CALL_NS)
            view = memoryview(buf)
            data = self._port.take(len(view) if nbytes < 0 else min(nbytes, len(view)))
            view[: len(data)] = data
            return len(data) or None

        def readline(self) -> bytes | None:
            charge(costs.CALL_NS)
            return self._port.take_line() or None

        def write(self, buf: Any) -> int:
            """The bytes reach the other end when the last of them is out; the caller does not wait."""
            data = bytes(buf)
            now_ns = charge(costs.CALL_NS)
            self._done_ns = max(now_ns, self._done_ns) + len(data) * self._byte_ns
            port, done_ns = self._port, self._done_ns
            chip.env.call_at(done_ns, lambda: port.send(data, done_ns))
            return len(data)

        def txdone(self) -> bool:
            return charge(costs.CALL_NS) >= self._done_ns

        def flush(self) -> None:
            charge(costs.CALL_NS)
            while chip.cpu.wait(self._done_ns):
                pass

        def deinit(self) -> None:
            charge(costs.CALL_NS)
            self._port.close()

        def irq(self, *_arguments: Any, **_named: Any) -> None:
            chip.unmodelled("machine.UART.irq")()

    return UART
