"""UART ports: bytes in and out; time on the wire is charged to the writer, not modelled bit by bit."""

from collections.abc import Callable

ByteListener = Callable[[bytes, int], None]


class UartPort:
    """One connector. Bytes that find the receive buffer full are lost and counted, as on the board."""

    def __init__(self, uart_id: int) -> None:
        self.uart_id = uart_id
        self.overruns = 0
        self._capacity = 0
        self._received = bytearray()
        self._on_receive: Callable[[], None] | None = None
        self._listeners: tuple[ByteListener, ...] = ()

    def feed(self, data: bytes) -> None:
        """Bytes from the other end; they are lost while the device has not opened the port."""
        if self._on_receive is None or not data:
            return
        room = max(0, self._capacity - len(self._received))
        self.overruns += max(0, len(data) - room)
        self._received += data[:room]
        self._on_receive()

    def on_output(self, listener: ByteListener) -> None:
        """`listener(data, t_ns)` for everything the device writes."""
        self._listeners += (listener,)

    def open(self, capacity: int, on_receive: Callable[[], None]) -> None:
        """The device set the port up with a receive buffer of `capacity` bytes."""
        self._received.clear()
        self._capacity = capacity
        self._on_receive = on_receive

    def close(self) -> None:
        self._received.clear()
        self._on_receive = None

    @property
    def waiting(self) -> int:
        return len(self._received)

    def take(self, count: int) -> bytes:
        """Up to `count` received bytes."""
        data = bytes(self._received[:count])
        del self._received[:count]
        return data

    def take_line(self) -> bytes:
        """Received bytes up to and including the first newline, or all."""
        end = self._received.find(b"\n")
        return self.take(len(self._received) if end < 0 else end + 1)

    def send(self, data: bytes, t_ns: int) -> None:
        for listener in self._listeners:
            listener(data, t_ns)
