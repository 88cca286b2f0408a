"""USB CDC serial: the bytes between host and device, and Ctrl-C."""

from collections.abc import Callable

ByteListener = Callable[[bytes, int], None]

CTRL_C = 3

# What the board takes before the host must wait: the console's ring (MICROPY_HW_STDIN_BUFFER_LEN 512, one place of
# it unused; ports/rp2/mphalport.c) and TinyUSB's (CFG_TUD_CDC_RX_BUFSIZE at full speed, shared/tinyusb/tusb_config.h).
BUFFER_BYTES = 511 + 256


class UsbSerial:
    """One cable. The host feeds and listens at any time; a device that is off hears nothing.

    What does not fit the device's buffers waits at the host, as NAK does on the bus, and follows as they empty.
    `is_connected` False means that no host has the port open: output is dropped, as on the board.
    """

    def __init__(self) -> None:
        self.is_connected = True
        self.received = bytearray()  # one object for life: streams keep it
        self._at_host = bytearray()
        self._interrupt_character = CTRL_C
        self._on_receive: Callable[[], None] | None = None
        self._on_interrupt: Callable[[], None] | None = None
        self._listeners: tuple[ByteListener, ...] = ()

    # ---- the host's end

    def feed(self, data: bytes) -> None:
        """Bytes from the host."""
        if self._on_receive is None or not data:
            return
        self._at_host += data
        if self._flow():
            self._on_receive()

    @property
    def room(self) -> int:
        """How many bytes the host can write now without having to wait."""
        return max(0, BUFFER_BYTES - len(self.received) - len(self._at_host))

    def on_output(self, listener: ByteListener) -> None:
        """`listener(data, t_ns)` for everything the device writes."""
        self._listeners += (listener,)

    # ---- the device's end

    def power_up(self, on_receive: Callable[[], None], on_interrupt: Callable[[], None]) -> None:
        """A device boots: `on_receive()` when bytes came, `on_interrupt()` on Ctrl-C."""
        self._forget()
        self._interrupt_character = CTRL_C
        self._on_receive = on_receive
        self._on_interrupt = on_interrupt

    def power_down(self) -> None:
        self._forget()
        self._on_receive = self._on_interrupt = None

    def set_interrupt_character(self, character: int) -> None:
        """micropython.kbd_intr: -1 makes Ctrl-C a byte like any other."""
        self._interrupt_character = character

    def take(self, count: int) -> bytes:
        """Up to `count` received bytes."""
        data = bytes(self.received[:count])
        del self.received[:count]
        if self._at_host:
            self._flow()
        return data

    def send(self, data: bytes, t_ns: int) -> None:
        if self.is_connected:
            for listener in self._listeners:
                listener(data, t_ns)

    # ---- the bus

    def _flow(self) -> bool:
        """Move the bytes that fit; the interrupt character becomes KeyboardInterrupt. True: bytes came."""
        room = BUFFER_BYTES - len(self.received)
        data = bytes(self._at_host[:room])
        del self._at_host[:room]
        character = self._interrupt_character
        if character >= 0 and character in data and self._on_interrupt is not None:
            self._on_interrupt()
            data = data.replace(bytes((character,)), b"")
        self.received += data
        return bool(data)

    def _forget(self) -> None:
        self.received.clear()
        self._at_host.clear()
