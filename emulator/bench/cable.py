"""The serial link between host and pump, where noise, loss and strangers act.

Both sides see bytes only. Host code writes and listens here, never at the device itself, so that every
link fault reaches every host.
"""

from collections.abc import Callable
from typing import Protocol

from emulator.env import WorldEnvironment

Filter = Callable[[bytes], bytes]
Listener = Callable[[bytes, int], None]


class SerialDevice(Protocol):
    """The device's end of the cable."""

    @property
    def stdin_room(self) -> int: ...

    def stdin_feed(self, data: bytes) -> None: ...

    def on_stdout(self, listener: Listener) -> None: ...


class Stranger(Protocol):
    """A second client on the link. refusals: how often the device refused it."""

    refusals: int

    def stop(self) -> None: ...


class Cable:
    """Bytes to and from the device, each direction through the filters of the active link faults.

    sent_bytes, received_bytes: what the host wrote and what the device wrote, before any filter.
    last_sent: the host's last write, for those who replay it.
    """

    def __init__(self, env: WorldEnvironment, device: SerialDevice) -> None:
        self._env = env
        self._device = device
        self._listeners: list[Listener] = []
        self._to_device: list[Filter] = []
        self._to_host: list[Filter] = []
        self.sent_bytes = 0
        self.received_bytes = 0
        self.last_sent = b""
        device.on_stdout(self._from_device)

    def write(self, data: bytes) -> None:
        """The host sends."""
        self.sent_bytes += len(data)
        self.last_sent = data
        self.push_to_device(_through(self._to_device, data))

    def on_data(self, listener: Listener) -> None:
        """Call `listener(data, t_ns)` with what arrives at the host."""
        self._listeners.append(listener)

    def push_to_device(self, data: bytes) -> None:
        """Bytes that arrive at the device's end, from any sender."""
        if data:
            self._device.stdin_feed(data)

    @property
    def room(self) -> int:
        """How many bytes the device would take now, where the link makes its sender wait."""
        return self._device.stdin_room

    def push_to_host(self, data: bytes) -> None:
        """Bytes that arrive at the host's end, from any sender."""
        if data:
            for listener in self._listeners:
                listener(data, self._env.now)

    def insert(self, to_device: Filter, to_host: Filter) -> None:
        """Put a fault into both directions."""
        self._to_device.append(to_device)
        self._to_host.append(to_host)

    def remove(self, to_device: Filter, to_host: Filter) -> None:
        """Take a fault out again."""
        self._to_device.remove(to_device)
        self._to_host.remove(to_host)

    def _from_device(self, data: bytes, t_ns: int) -> None:
        self.received_bytes += len(data)
        self.push_to_host(_through(self._to_host, data))


def _through(filters: list[Filter], data: bytes) -> bytes:
    for each in filters:
        data = each(data)
    return data
