"""`machine.I2C` (ports/rp2/machine_i2c.c, extmod/machine_i2c.c)."""

from typing import Any, NoReturn

from emulator.errors import DeviceOSError, EmulatorError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.gpio import PERIPHERAL, PULL_UP
from emulator.mcu.i2c import EIO, ETIMEDOUT, BusFailed, I2cBus, I2cPort
from emulator.mcu.pio import SYSTEM_HZ
from emulator.mcu.shims.arguments import integer, readable, size, writable
from emulator.mcu.shims.machine_pins import pin_number

_DEFAULT_PINS = ((4, 5), (6, 7))  # (SDA, SCL) of the Pico's I2C0 and I2C1
_NOT_SUPPORTED = "I2C operation not supported"
_UNSET = -1
_BYTES = [bytes((value,)) for value in range(256)]


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
                made._sda, made._scl = _DEFAULT_PINS[number]
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
            data = bytearray(size(arg))
            self.readfrom_mem_into(addr, memaddr, data, addrsize=addrsize)
            return bytes(data)

        def writeto_mem(self, addr: int, memaddr: int, arg: Any, *, addrsize: int = 8) -> None:
            if addrsize != 8:
                _check_address_size(chip, addrsize)
            if type(addr) is not int or type(memaddr) is not int:
                addr, memaddr = integer(addr), integer(memaddr)
            self._write(addr, _BYTES[memaddr & 0xFF] + (arg if type(arg) is bytearray else readable(arg)))

        # ---- plain transfers

        def writeto(self, addr: int, buf: Any, stop: Any = True, /) -> int:
            """The number of acknowledged bytes: all of them."""
            data = readable(buf)
            self._write(integer(addr), data)
            return len(data)

        def writevto(self, addr: int, vector: Any, stop: Any = True, /) -> int:
            return self.writeto(addr, b"".join(readable(part) for part in vector))

        def readfrom(self, addr: int, nbytes: int, stop: Any = True, /) -> bytes:
            addr, count = integer(addr), size(nbytes)
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
            port = self._port
            if not (port.sda.level and port.scl.level):
                self._time_out()
            t_ns = env.now_ns + call_ns + (1 + len(data)) * port.byte_ns
            if t_ns < env.free_until_ns:
                env.now_ns = t_ns
            else:
                t_ns = charge_slowly(t_ns)
            target = port.bus.targets.get(addr)
            try:
                is_taken = target is not None and target.write(data, t_ns)
            except EmulatorError as error:
                chip.fail(error)
            if not is_taken:
                raise DeviceOSError(EIO)

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
