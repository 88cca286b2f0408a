"""USB CDC serial: the bytes between host and device, and Ctrl-C."""

from collections.abc import Callable

from emulator.env import WorldEnvironment

ByteListener = Callable[[bytes, int], None]

CTRL_C = 3

# What the board takes before the host must wait: the console's ring (MICROPY_HW_STDIN_BUFFER_LEN 512, one place of
# it unused; ports/rp2/mphalport.c) and TinyUSB's (CFG_TUD_CDC_RX_BUFSIZE at full speed, shared/tinyusb/tusb_config.h).
BUFFER_BYTES = 511 + 256
# What waits on the board for a host that does not take it (CFG_TUD_CDC_TX_BUFSIZE), and how long after a host has
# opened the port it is sent without being asked (16 frames; shared/tinyusb/mp_usbd_cdc.c).
TRANSMIT_BYTES = 256
OPENING_NS = 16_000_000
TRANSMIT_TIMEOUT_NS = 500_000_000  # MICROPY_HW_USB_CDC_TX_TIMEOUT


class UsbSerial:
    """One cable. The host feeds and listens at any time; a device that is off hears nothing.

    What does not fit the device's buffers waits at the host, as NAK does on the bus, and follows as they empty.
    `is_connected` False means that no host has the port open: the newest bytes of the output stay in the board, and
    the next host gets them first. `is_reading` False is a host that has the port open and takes nothing.
    """

    def __init__(self, env: WorldEnvironment) -> None:
        self._env = env
        self._is_connected = True
        self._is_reading = True
        self._waiting = bytearray()  # in the transmit buffer
        self.received = bytearray()  # one object for life: streams keep it
        self._at_host = bytearray()
        self._interrupt_character = -1
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

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    @is_connected.setter
    def is_connected(self, is_connected: bool) -> None:
        if is_connected and not self._is_connected:
            self._env.call_at(self._env.now + OPENING_NS, self._hand_over)
        self._is_connected = is_connected

    @property
    def is_reading(self) -> bool:
        return self._is_reading

    @is_reading.setter
    def is_reading(self, is_reading: bool) -> None:
        self._is_reading = is_reading
        self._hand_over()

    def on_output(self, listener: ByteListener) -> None:
        """`listener(data, t_ns)` for everything the device writes."""
        self._listeners += (listener,)

    # ---- the device's end

    def power_up(self, on_receive: Callable[[], None], on_interrupt: Callable[[], None]) -> None:
        """A device boots: `on_receive()` when bytes came, `on_interrupt()` on Ctrl-C."""
        self._forget()
        self._interrupt_character = -1  # until a program runs
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

    def send(self, data: bytes, t_ns: int) -> int:
        """Write the transmit buffer; returns how many bytes found room. Without a host the newest ones stay."""
        if self._is_connected and self._is_reading:
            self._tell(bytes(self._waiting) + data if self._waiting else data, t_ns)
            self._waiting.clear()
            return len(data)
        if self._is_connected:
            data = data[: TRANSMIT_BYTES - len(self._waiting)]
        self._waiting += data
        del self._waiting[:-TRANSMIT_BYTES]
        return len(data)

    @property
    def has_room(self) -> bool:
        """A write would not wait."""
        return not self._is_connected or self._is_reading or len(self._waiting) < TRANSMIT_BYTES

    def _hand_over(self) -> None:
        """A host that has opened the port, or reads again, takes what waits."""
        if self._waiting and self._is_connected and self._is_reading:
            data = bytes(self._waiting)
            self._waiting.clear()
            self._tell(data, self._env.now)
            if self._on_receive is not None:
                self._on_receive()

    def _tell(self, data: bytes, t_ns: int) -> None:
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
            self.received.clear()
            data = data[data.rindex(character) + 1 :]
        self.received += data
        return bool(data)

    def _forget(self) -> None:
        self.received.clear()
        self._waiting.clear()
        self._at_host.clear()
