"""USB CDC serial: the bytes between host and device, and Ctrl-C."""

from collections.abc import Callable

ByteListener = Callable[[bytes, int], None]

CTRL_C = 3


class UsbSerial:
    """One cable. The host feeds and listens at any time; a device that is off hears nothing.

    `is_connected` False means that no host has the port open: output is dropped, as on the board.
    """

    def __init__(self) -> None:
        self.is_connected = True
        self.received = bytearray()  # one object for life: streams keep it
        self._interrupt_character = CTRL_C
        self._on_receive: Callable[[], None] | None = None
        self._on_interrupt: Callable[[], None] | None = None
        self._listeners: tuple[ByteListener, ...] = ()

    # ---- the host's end

    def feed(self, data: bytes) -> None:
        """Bytes from the host. The interrupt character is taken out and becomes KeyboardInterrupt."""
        if self._on_receive is None or self._on_interrupt is None or not data:
            return
        character = self._interrupt_character
        if character >= 0 and character in data:
            self._on_interrupt()
            data = data.replace(bytes((character,)), b"")
        if data:
            self.received += data
            self._on_receive()

    def on_output(self, listener: ByteListener) -> None:
        """`listener(data, t_ns)` for everything the device writes."""
        self._listeners += (listener,)

    # ---- the device's end

    def power_up(self, on_receive: Callable[[], None], on_interrupt: Callable[[], None]) -> None:
        """A device boots: `on_receive()` when bytes came, `on_interrupt()` on Ctrl-C."""
        self.received.clear()
        self._interrupt_character = CTRL_C
        self._on_receive = on_receive
        self._on_interrupt = on_interrupt

    def power_down(self) -> None:
        self.received.clear()
        self._on_receive = self._on_interrupt = None

    def set_interrupt_character(self, character: int) -> None:
        """micropython.kbd_intr: -1 makes Ctrl-C a byte like any other."""
        self._interrupt_character = character

    def take(self, count: int) -> bytes:
        """Up to `count` received bytes."""
        data = bytes(self.received[:count])
        del self.received[:count]
        return data

    def send(self, data: bytes, t_ns: int) -> None:
        if self.is_connected:
            for listener in self._listeners:
                listener(data, t_ns)
