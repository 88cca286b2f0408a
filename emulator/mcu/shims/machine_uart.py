"""`machine.UART` (ports/rp2/machine_uart.c)."""

from typing import Any

from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.shims.arguments import chosen, integer, readable, size, writable
from emulator.mcu.shims.machine_pins import pin_number
from emulator.mcu.shims.streams import POLLIN, POLLOUT
from emulator.mcu.uart import UartPort

_DEFAULT_PINS = ((0, 1), (4, 5))  # (TX, RX)
_DEFAULT_BAUD = 115_200
_BUFFER, _SMALLEST_BUFFER, _LARGEST_BUFFER, _FIFO = 256, 32, 32_766, 32
_SECOND_NS = 1_000_000_000
_UNSET = -1


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
                made._tx, made._rx = _DEFAULT_PINS[number]
                made._baud = made._timeout_ms = made._timeout_char_ms = 0
                made._done_ns = 0
                known[number] = made
            return known[number]

        def __init__(self, id: int, *settings: Any, **named: Any) -> None:
            self._rxbuf = self._txbuf = _BUFFER
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
            is_wired = (self._tx, self._rx) == _DEFAULT_PINS[self._uart_id]
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
            return self._port.take(self._port.waiting) if count == _UNSET else self._take(size(count))

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
            room_ns = done_ns - (self._txbuf + _FIFO) * self._byte_ns
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
