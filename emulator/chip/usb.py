"""The host's end of the chip's USB serial port.

rp2040py's own host takes what the device writes at once. Here a host may have the port open and not read:
then nothing that the device has armed completes, as on a real bus without IN tokens. Its controller in C++
cannot be told so; this one is its reference in Python.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from rp2040py.peripherals._usb import RPUSBController
from rp2040py.usb.cdc import USBCDC

_CONTROL_ENDPOINT = 0
_CONTROLLER_PAGE = 0x50110
_DEBOUNCE_NS = 100_000_000  # between attachment and the host's reset: USB 2.0, 7.1.7.3, TATTDB


class _Controller(RPUSBController):
    """`held_endpoint`: the number of an IN endpoint that the host does not read now, or None."""

    def __init__(self, rp2040: Any) -> None:
        super().__init__(rp2040, "USB")
        self.held_endpoint: int | None = None
        self._held: list[tuple[int, Any, int]] = []
        rp2040.usb_ctrl = rp2040.peripherals[_CONTROLLER_PAGE] = self

    def reset(self) -> None:
        super().reset()
        self._held.clear()

    def read_on(self) -> None:
        """The host reads again, first what it has left lying."""
        self.held_endpoint = None
        held, self._held = self._held, []
        for transfer in held:
            super()._finish_write(*transfer)

    def _finish_write(self, endpoint: int, buffer: Any, half: int) -> None:
        if endpoint == self.held_endpoint:
            self._held.append((endpoint, buffer, half))
        else:
            super()._finish_write(endpoint, buffer, half)


class ChipUsb(USBCDC):
    """`receive(data)` is called with what the device wrote. `is_connected` False: nobody has the port open,
    DTR is low and what the device writes is lost; `is_reading` False: the host has it open and does not
    read.
    """

    def __init__(self, rp2040: Any, receive: Callable[[bytes], None]) -> None:
        self._controller = controller = _Controller(rp2040)
        super().__init__(controller)
        self._receive = receive
        self._armed: deque[int] = deque()
        self._to_device = bytearray()
        self._is_connected = True
        self._is_reading = True
        self.is_enumerated = False
        # USBCDC has just put its own in.
        assert controller.on_endpoint_read is not None and controller.on_reset is not None
        self._serve_other_endpoint = controller.on_endpoint_read
        self._forget = controller.on_reset
        self._attachment = rp2040.clock.create_alarm(controller.reset_device)
        controller.on_usb_enabled = lambda: self._attachment.schedule(_DEBOUNCE_NS)
        controller.on_endpoint_read = self._endpoint_read
        controller.on_reset = self._dropped_off
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
        self._tell_controller()

    # ---- the bus

    def _tell_controller(self) -> None:
        if self._is_reading:
            self._controller.read_on()
        elif self.is_enumerated:
            self._controller.held_endpoint = self._in_endpoint

    def _enumerated(self) -> None:
        self.is_enumerated = True
        self._tell_controller()
        if not self._is_connected:
            self._set_lines()

    def _set_lines(self) -> None:
        if self.is_enumerated:
            self.set_control_lines(dtr=self._is_connected, rts=self._is_connected)

    def _dropped_off(self) -> None:
        """The device restarts."""
        self._attachment.cancel()
        self.is_enumerated = False
        self._armed.clear()
        self._to_device.clear()
        self._controller.held_endpoint = None
        self._forget()

    def _wrote(self, data: Any) -> None:
        if self._is_connected:
            self._receive(bytes(data))

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
