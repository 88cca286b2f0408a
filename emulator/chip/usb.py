"""The host's end of the chip's USB serial port.

rp2040py's own host completes every armed OUT transfer at once, with no bytes: the firmware takes a USB
interrupt each 10 us and never sleeps. Here a transfer completes when there is data, as NAK does on a real
bus; only then can idle time be skipped.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from rp2040py.usb.cdc import USBCDC

_CONTROL_ENDPOINT = 0


class ChipUsb(USBCDC):
    """`receive(data)` is called with what the device wrote. `is_connected` False: nobody has the port open,
    DTR is low and what the device writes is lost; `is_reading` False: the host has it open and does not
    read.
    """

    def __init__(self, controller: Any, receive: Callable[[bytes], None]) -> None:
        super().__init__(controller)
        self._receive = receive
        self._armed: deque[int] = deque()
        self._to_device = bytearray()
        self._held: list[tuple[int, bool]] = []
        self._is_connected = True
        self._is_reading = True
        self.is_enumerated = False
        self._serve_other_endpoint = controller.on_endpoint_read
        self._forget = controller.on_reset
        self._complete = controller._indicate_buffer_ready
        controller.on_endpoint_read = self._endpoint_read
        controller.on_reset = self._dropped_off
        controller._indicate_buffer_ready = self._buffer_ready
        self.on_serial_data = self._wrote
        self.on_device_connected = self._enumerated

    # ---- the host

    def feed(self, data: bytes) -> None:
        """Bytes to the device; they wait until it takes them. Lost while nobody has the port open."""
        if self._is_connected and self.is_enumerated:
            self._to_device += data
            self._pump()

    @property
    def room(self) -> int:
        """What the device has armed transfers for, less what waits already: bytes that would not have to wait."""
        return max(0, sum(self._armed) - len(self._to_device))

    @property
    def is_connected(self) -> bool:
        return self._is_connected

    @is_connected.setter
    def is_connected(self, is_connected: bool) -> None:
        self._is_connected = is_connected
        self._set_lines()

    @property
    def is_reading(self) -> bool:
        return self._is_reading

    @is_reading.setter
    def is_reading(self, is_reading: bool) -> None:
        self._is_reading = is_reading
        if is_reading:
            held, self._held = self._held, []
            for endpoint, is_out in held:
                self._complete(endpoint, is_out)

    # ---- the bus

    def _enumerated(self) -> None:
        self.is_enumerated = True
        if not self._is_connected:
            self._set_lines()

    def _set_lines(self) -> None:
        if self.is_enumerated:
            self.set_control_lines(dtr=self._is_connected, rts=self._is_connected)

    def _dropped_off(self) -> None:
        """The device restarts."""
        self.is_enumerated = False
        self._armed.clear()
        self._to_device.clear()
        self._held.clear()
        self._forget()

    def _wrote(self, data: Any) -> None:
        if self._is_connected:
            self._receive(bytes(data))

    def _buffer_ready(self, endpoint: int, is_out: bool) -> None:
        if not self._is_reading and not is_out and endpoint == self._in_endpoint:
            self._held.append((endpoint, is_out))
        else:
            self._complete(endpoint, is_out)

    def _endpoint_read(self, endpoint: int, size: int) -> None:
        if endpoint != _CONTROL_ENDPOINT and endpoint == self._out_endpoint:
            self._armed.append(size)
            self._pump()
        else:
            self._serve_other_endpoint(endpoint, size)

    def _pump(self) -> None:
        while self._armed and self._to_device:
            size = min(self._armed.popleft(), len(self._to_device))
            data = bytes(self._to_device[:size])
            del self._to_device[:size]
            self.usb.endpoint_read_done(self._out_endpoint, data)
