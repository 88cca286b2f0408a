"""`machine.I2C` and `machine.UART` (ports/rp2/machine_i2c.c, machine_uart.c, extmod/machine_i2c.c)."""

from typing import Any, NoReturn

from emulator.errors import DeviceOSError, EmulatorError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.gpio import PERIPHERAL, PULL_UP
from emulator.mcu.i2c import EIO, ETIMEDOUT, BusFailed, I2cBus, I2cPort
from emulator.mcu.pio import SYSTEM_HZ
from emulator.mcu.shims.arguments import chosen, integer, readable, writable
from emulator.mcu.shims.machine_pins import pin_number
from emulator.mcu.shims.streams import POLLIN, POLLOUT
from emulator.mcu.uart import UartPort

_DEFAULT_I2C_PINS = ((4, 5), (6, 7))  # (SDA, SCL) of the Pico's I2C0 and I2C1
_DEFAULT_UART_PINS = ((0, 1), (4, 5))  # (TX, RX)
_DEFAULT_BAUD = 115_200
_UART_BUFFER, _SMALLEST_BUFFER, _LARGEST_BUFFER, _UART_FIFO = 256, 32, 32_766, 32
_SECOND_NS = 1_000_000_000
_NOT_SUPPORTED = "I2C operation not supported"
_UNSET = -1


def make_i2c(chip: Chip) -> type:
    env, charge, charge_slowly = chip.env, chip.cpu.charge, chip.cpu.charge_slowly
    call_ns = costs.I2C_CALL_NS
    known: dict[int, Any] = {}

    class I2C:
        """The hardware master, one object per bus. Register addresses are 8 bits wide."""

        _port: I2cPort
        _bus_id: int

        def __new__(cls, id: int = 0, *settings: Any, **named: Any) -> "I2C":
            number = integer(id)
            if number not in (0, 1):
                raise ValueError(f"I2C({number}) doesn't exist")
            if number not in known:
                made = super().__new__(cls)
                made._bus_id = number
                made._sda, made._scl = _DEFAULT_I2C_PINS[number]
                made._freq_hz = 0
                known[number] = made
            return known[number]

        def __init__(
            self, id: int = 0, freq: int = _UNSET, *, scl: Any = None, sda: Any = None, timeout: int = 50_000
        ) -> None:
            is_told = freq != _UNSET or scl is not None or sda is not None or timeout != 50_000
            freq, timeout = integer(freq), integer(timeout)
            # Function select of the RP2040: SDA on even, SCL on odd pins, the bus in bit 1.
            if scl is not None:
                number = pin_number(scl)
                if number % 4 != 2 * self._bus_id + 1:
                    raise ValueError("bad SCL pin")
                self._scl = number
            if sda is not None:
                number = pin_number(sda)
                if number % 4 != 2 * self._bus_id:
                    raise ValueError("bad SDA pin")
                self._sda = number
            charge(costs.CALL_NS)
            if is_told or self._freq_hz == 0:
                self._set_up(400_000 if freq == _UNSET else freq, timeout)

        def _set_up(self, freq_hz: int, timeout_us: int) -> None:
            if freq_hz <= 0 or timeout_us < 0:
                chip.unmodelled(f"machine.I2C at {freq_hz} Hz")()
            self._freq_hz = SYSTEM_HZ // ((SYSTEM_HZ + freq_hz // 2) // freq_hz)
            self._timeout_us = timeout_us
            wires = []
            for number in (self._sda, self._scl):
                pin = chip.gpio.pin(number)
                pin.give_to(PERIPHERAL)
                pin.set_pull(PULL_UP)
                wires.append(chip.nets.digital(pin.net.name, level=1))
            # Parts sit on the wires that the wiring calls I2Cn_SDA; on other pins there is nobody.
            bus_id = self._bus_id
            is_wired = wires[0].name == f"I2C{bus_id}_SDA" and wires[1].name == f"I2C{bus_id}_SCL"
            bus = chip.i2c_buses[bus_id] if is_wired else I2cBus(bus_id)
            bus.stretch = charge
            self._port = I2cPort(bus, wires[0], wires[1], freq_hz, timeout_us)

        # ---- registers

        def readfrom_mem_into(self, addr: int, memaddr: int, arg: Any, *, addrsize: int = 8) -> None:
            if addrsize != 8:
                _check_address_size(chip, addrsize)
            if type(addr) is not int or type(memaddr) is not int:
                addr, memaddr = integer(addr), integer(memaddr)
            view = arg if type(arg) is bytearray else writable(arg)
            port = self._port
            if not (port.sda.level and port.scl.level):
                self._time_out()
            count = len(view)
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
            view[:] = data

        def readfrom_mem(self, addr: int, memaddr: int, arg: int, *, addrsize: int = 8) -> bytes:
            data = bytearray(_size(arg))
            self.readfrom_mem_into(addr, memaddr, data, addrsize=addrsize)
            return bytes(data)

        def writeto_mem(self, addr: int, memaddr: int, arg: Any, *, addrsize: int = 8) -> None:
            if addrsize != 8:
                _check_address_size(chip, addrsize)
            self._write(integer(addr), bytes((integer(memaddr) & 0xFF,)) + readable(arg))

        # ---- plain transfers

        def writeto(self, addr: int, buf: Any, stop: Any = True, /) -> int:
            """The number of acknowledged bytes: all of them."""
            data = readable(buf)
            self._write(integer(addr), data)
            return len(data)

        def writevto(self, addr: int, vector: Any, stop: Any = True, /) -> int:
            return self.writeto(addr, b"".join(readable(part) for part in vector))

        def readfrom(self, addr: int, nbytes: int, stop: Any = True, /) -> bytes:
            addr, count = integer(addr), _size(nbytes)
            now_ns = self._spend(1 + count)
            try:
                return self._port.bus.read(addr, count, now_ns)
            except BusFailed as failure:
                raise DeviceOSError(failure.errno) from None
            except EmulatorError as error:
                chip.fail(error)

        def readfrom_into(self, addr: int, buf: Any, stop: Any = True, /) -> None:
            view = writable(buf)
            view[:] = self.readfrom(addr, len(view))

        def scan(self) -> list[int]:
            """Addresses with a part, reserved ones aside; whether it would answer just now is not asked."""
            self._spend(112)
            return [address for address in self._port.bus.addresses() if 0x08 <= address < 0x78]

        # ---- what only a bus of software has

        def start(self) -> NoReturn:
            raise DeviceOSError(_NOT_SUPPORTED)

        def stop(self) -> NoReturn:
            raise DeviceOSError(_NOT_SUPPORTED)

        def init(self, *_settings: Any, **_named: Any) -> NoReturn:
            raise DeviceOSError(_NOT_SUPPORTED)

        def readinto(self, buf: Any, nack: Any = True, /) -> NoReturn:
            raise DeviceOSError(_NOT_SUPPORTED)

        def write(self, buf: Any, /) -> NoReturn:
            raise DeviceOSError(_NOT_SUPPORTED)

        def deinit(self) -> None:
            charge(costs.CALL_NS)

        # ---- inside

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

        def __repr__(self) -> str:
            pins = f"scl={self._scl}, sda={self._sda}"
            return f"I2C({self._bus_id}, freq={self._freq_hz}, {pins}, timeout={self._timeout_us})"

    return I2C


def _check_address_size(chip: Chip, address_bits: int) -> None:
    bits = integer(address_bits)
    if bits & 7 or bits > 32:
        raise ValueError("invalid addrsize")
    chip.unmodelled(f"machine.I2C with addrsize={bits}")()


def _size(count: Any) -> int:
    count = integer(count)
    if count < 0:
        raise MemoryError
    return count


def make_uart(chip: Chip) -> type:
    charge = chip.cpu.charge
    known: dict[int, Any] = {}

    class UART:
        """8 data bits, no parity, one stop bit. One object per port; a wait for bytes ends after `timeout` ms."""

        INV_TX, INV_RX = 1, 2
        CTS, RTS = 1, 2
        IRQ_TXIDLE, IRQ_RXIDLE, IRQ_BREAK = 32, 64, 512
        _uart_id: int
        _tx: int
        _rx: int

        def __new__(cls, id: int, *settings: Any, **named: Any) -> "UART":
            number = integer(id)
            if number not in (0, 1):
                raise ValueError(f"UART({number}) doesn't exist")
            if number not in known:
                made = super().__new__(cls)
                made._uart_id = number
                made._tx, made._rx = _DEFAULT_UART_PINS[number]
                made._baud = made._timeout_ms = made._timeout_char_ms = 0
                made._done_ns = 0
                known[number] = made
            return known[number]

        def __init__(self, id: int, *settings: Any, **named: Any) -> None:
            self._rxbuf = self._txbuf = _UART_BUFFER
            self.init(*settings, **named)

        def init(
            self, baudrate: int = _UNSET, bits: int = _UNSET, parity: Any = _UNSET, stop: int = _UNSET, *,
            tx: Any = None, rx: Any = None, cts: Any = None, rts: Any = None, timeout: int = _UNSET,
            timeout_char: int = _UNSET, invert: int = _UNSET, flow: int = _UNSET, txbuf: int = _UNSET,
            rxbuf: int = _UNSET,
        ) -> None:  # fmt: skip
            baudrate, timeout, timeout_char = integer(baudrate), integer(timeout), integer(timeout_char)
            if baudrate > 0:
                self._baud = baudrate
            self._check_format(integer(bits), parity, integer(stop), integer(invert), integer(flow))
            self._choose_pins(tx, rx, cts, rts)
            if timeout >= 0:
                self._timeout_ms = timeout
            if timeout_char >= 0:
                self._timeout_char_ms = timeout_char
            self._rxbuf = _buffer_size("rxbuf", integer(rxbuf), self._rxbuf)
            self._txbuf = _buffer_size("txbuf", integer(txbuf), self._txbuf)
            charge(costs.CALL_NS)
            self._baud = self._baud or _DEFAULT_BAUD
            self._timeout_char_ms = max(self._timeout_char_ms, 13_000 // self._baud + 1)
            self._byte_ns = 10 * _SECOND_NS // self._baud
            is_wired = (self._tx, self._rx) == _DEFAULT_UART_PINS[self._uart_id]
            self._port = chip.uart_ports[self._uart_id] if is_wired else UartPort(self._uart_id)
            self._port.open(self._rxbuf, chip.cpu.signal)

        def _check_format(self, bits: int, parity: Any, stop: int, invert: int, flow: int) -> None:
            if invert >= 0 and invert & ~3:
                raise ValueError("bad inversion mask")
            if flow >= 0 and flow & ~3:
                raise ValueError("bad hardware flow control mask")
            has_parity = parity != _UNSET and parity is not None
            if has_parity:
                integer(parity)
            if (bits > 0 and bits != 8) or has_parity or (stop > 0 and stop != 1) or invert > 0 or flow > 0:
                chip.unmodelled("machine.UART with another format than 8 data bits, no parity, one stop bit")()

        def _choose_pins(self, tx: Any, rx: Any, cts: Any, rts: Any) -> None:
            """Function select of the RP2040: TX, RX, CTS and RTS in fours, the port by the fours."""
            for place, (name, pin) in enumerate((("TX", tx), ("RX", rx), ("CTS", cts), ("RTS", rts))):
                if pin is None:
                    continue
                number = pin_number(pin)
                if number & 3 != place or (number + 4 & 8) >> 3 != self._uart_id:
                    raise ValueError(f"bad {name} pin")
                if place < 2:
                    setattr(self, f"_{name.lower()}", number)

        def poll_state(self, _request: int, mask: int) -> int:
            return mask & (POLLOUT | (POLLIN if self._port.waiting else 0))

        def any(self) -> int:
            charge(costs.CALL_NS)
            return self._port.waiting

        def read(self, *nbytes: int) -> bytes | None:
            count = integer(nbytes[0]) if nbytes else _UNSET
            charge(costs.CALL_NS)
            if not self._wait_for_one():
                return None
            return self._port.take(self._port.waiting) if count == _UNSET else self._take(_size(count))

        def readinto(self, buf: Any, *limits: Any) -> int | None:
            view = chosen(writable(buf), limits, has_offset=False)
            charge(costs.CALL_NS)
            if not self._wait_for_one():
                return None
            data = self._take(len(view))
            view[: len(data)] = data
            return len(data)

        def readline(self, *size: int) -> bytes | None:
            limit = integer(size[0]) if size else _UNSET
            charge(costs.CALL_NS)
            line = b""
            while len(line) != limit and not line.endswith(b"\n") and self._wait_for_one():
                line += self._port.take(1)
            return line or None

        def __iter__(self) -> "UART":
            return self

        def __next__(self) -> bytes:
            if line := self.readline():
                return line
            raise StopIteration

        def _wait_for_one(self) -> bool:
            return self._wait(self._timeout_ms)

        def _wait(self, timeout_ms: int) -> bool:
            """Until there is a byte, or the time is over."""
            until_ns = chip.env.now_ns + timeout_ms * costs.MS
            while not self._port.waiting and chip.env.now_ns < until_ns:
                chip.cpu.wait(until_ns)
            return bool(self._port.waiting)

        def _take(self, count: int) -> bytes:
            data = self._port.take(count)
            while data and len(data) < count and self._timeout_ms and self._wait(self._timeout_char_ms):
                data += self._port.take(count - len(data))
            return data

        def write(self, buf: Any, *limits: Any) -> int:
            """The bytes reach the other end when the last of them is out; the caller waits for room to put them."""
            data = bytes(chosen(memoryview(readable(buf)), limits))
            now_ns = charge(costs.CALL_NS)
            self._done_ns = max(now_ns, self._done_ns) + len(data) * self._byte_ns
            port, done_ns = self._port, self._done_ns
            chip.env.call_at(done_ns, lambda: port.send(data, done_ns))
            room_ns = done_ns - (self._txbuf + _UART_FIFO) * self._byte_ns
            while chip.env.now_ns < room_ns:
                chip.cpu.wait(room_ns)
            return len(data)

        def txdone(self) -> bool:
            return charge(costs.CALL_NS) >= self._done_ns

        def flush(self) -> None:
            charge(costs.CALL_NS)
            while chip.cpu.env.now_ns < self._done_ns:
                chip.cpu.wait(self._done_ns)

        def deinit(self) -> None:
            self.flush()
            self._baud = 0
            self._port.close()

        def sendbreak(self) -> None:
            chip.unmodelled("machine.UART.sendbreak")()

        def irq(self, *_arguments: Any, **_named: Any) -> None:
            chip.unmodelled("machine.UART.irq")()

        def __repr__(self) -> str:
            return (
                f"UART({self._uart_id}, baudrate={self._baud}, bits=8, parity=None, stop=1, "
                f"tx={self._tx}, rx={self._rx}, "
                f"txbuf={self._txbuf}, rxbuf={self._rxbuf}, timeout={self._timeout_ms}, "
                f"timeout_char={self._timeout_char_ms}, invert=None, irq=0)"
            )

    return UART


def _buffer_size(name: str, wanted: int, before: int) -> int:
    if wanted <= 0:
        return before
    if wanted > _LARGEST_BUFFER:
        raise ValueError(f"{name} too large")
    return max(wanted, _SMALLEST_BUFFER)
