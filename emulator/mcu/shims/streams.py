"""`sys.stdin`, `sys.stdout`, `io` and `select`: the ways firmware waits for bytes."""

import io as host_io
from collections.abc import Iterator
from functools import partial
from types import ModuleType
from typing import Any

from emulator.env import FOREVER_NS
from emulator.errors import DeviceOSError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.shims.files import open_file
from emulator.mcu.shims.plain import module_of

POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16

_STREAM_POLL = 3  # MP_STREAM_POLL of py/stream.h
_EINVAL = 22
_CALL_NS = costs.CALL_NS
_MS_NS = costs.MS
_NOTHING: Iterator[Any] = iter(())


class IOBase:
    """io.IOBase: firmware derives from it and has `ioctl(request, argument)` to be pollable."""


class UsbInput:
    """The USB input as select and the readers share it: count the bytes, wait for more."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._received = chip.usb.received

    def poll_state(self, _request: int, mask: int) -> int:
        return mask & POLLIN if self._received else 0

    def take(self, count: int) -> bytes:
        """Exactly `count` bytes: blocks until they have come, as the port's stdin does."""
        chip = self._chip
        chip.cpu.charge(costs.USB_CALL_NS)
        data = chip.usb.take(count)
        while len(data) < count:
            more = chip.usb.take(count - len(data))
            if not more:
                chip.cpu.wait(FOREVER_NS)
            data += more
        return data


class StdinBuffer:
    """sys.stdin.buffer: raw bytes."""

    def __init__(self, source: UsbInput) -> None:
        self.source = source

    def read(self, count: int = -1) -> bytes:
        return self.source.take(max(1, count))

    def readinto(self, buffer: Any, count: int = -1) -> int:
        length = len(buffer) if count < 0 else min(count, len(buffer))
        buffer[:length] = self.source.take(length)
        return length


class Stdin:
    """sys.stdin: text; a carriage return reads as a newline."""

    def __init__(self, source: UsbInput) -> None:
        self.source = source
        self.buffer = StdinBuffer(source)

    def read(self, count: int = -1) -> str:
        return self.source.take(max(1, count)).replace(b"\r", b"\n").decode()

    def readline(self) -> str:
        line = ""
        while not line.endswith("\n"):
            line += self.read(1)
        return line


class StdoutBuffer:
    """sys.stdout.buffer: raw bytes to the host."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip

    def poll_state(self, _request: int, mask: int) -> int:
        return mask & POLLOUT

    def write(self, data: Any) -> int:
        chip = self._chip
        payload = bytes(data)
        now_ns = chip.cpu.charge(costs.USB_CALL_NS + len(payload) * costs.USB_BYTE_NS)
        chip.usb.send(payload, now_ns)
        return len(payload)


class Stdout:
    """sys.stdout: text, kept as the console and sent with CR LF."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.buffer = StdoutBuffer(chip)

    def poll_state(self, _request: int, mask: int) -> int:
        return mask & POLLOUT

    def write(self, text: str) -> int:
        self._chip.cpu.charge(costs.USB_CALL_NS + len(text) * costs.USB_BYTE_NS)
        self._chip.say(text)
        return len(text)


class Poller:
    """select.poll(): sleeps until an object is ready, an interrupt has made it so, or time is up."""

    def __init__(self, chip: Chip) -> None:
        self._env = chip.env
        self._charge = chip.cpu.charge
        self._wait = chip.cpu.wait
        self._received = chip.usb.received
        self._entries: dict[int, tuple[Any, Any, int]] = {}
        self._sort()

    def register(self, stream: Any, mask: int = POLLIN | POLLOUT) -> None:
        """Raises OSError(EINVAL) for what is not a stream."""
        self._entries[id(stream)] = (stream, _asker_of(stream), mask)
        self._sort()

    modify = register

    def unregister(self, stream: Any) -> None:
        self._entries.pop(id(stream), None)
        self._sort()

    def poll(self, timeout_ms: int = -1) -> list[tuple[Any, int]]:
        return list(self.ipoll(timeout_ms))

    def ipoll(self, timeout_ms: int = -1, flags: int = 0) -> Iterator[Any]:
        env = self._env
        ask = self._ask
        if ask(_STREAM_POLL, self._mask) or (self._received and self._is_usb_wanted):
            return self._ready(env.now_ns + _CALL_NS)
        until_ns = FOREVER_NS if timeout_ms < 0 else env.now_ns + _CALL_NS + timeout_ms * _MS_NS
        # Nothing can change while time passes without an event: nearly every wait is over at once.
        if until_ns < env.free_until_ns:
            env.now_ns = until_ns
            return _NOTHING
        called_ns = env.now_ns + _CALL_NS
        while self._wait(until_ns):
            if states := self._states():
                return iter(states) if env.now_ns >= called_ns else self._ready(called_ns)
        return _NOTHING

    def _ready(self, called_ns: int) -> Iterator[Any]:
        if self._env.now_ns < called_ns:
            self._charge(called_ns - self._env.now_ns)
        return iter(self._states())

    def _states(self) -> list[tuple[Any, int]]:
        """The streams that are ready, each with its events."""
        entries = self._entries.values()
        return [(stream, state) for stream, ask, mask in entries if (state := ask(_STREAM_POLL, mask))]

    def _sort(self) -> None:
        """USB input is asked at every wait of every device, and firmware has one stream more, if any: each has a
        way of its own.
        """
        usb = [(ask, mask) for _, ask, mask in self._entries.values() if _is_usb_input(ask)]
        self._is_usb_wanted = any(mask & POLLIN for _, mask in usb)
        others = [(ask, mask) for _, ask, mask in self._entries.values() if not _is_usb_input(ask)]

        def ask_all(request: int, _mask: int) -> bool:
            return any(ask(request, mask) for ask, mask in others)

        self._ask, self._mask = others[0] if len(others) == 1 else (ask_all, 0)


def _is_usb_input(ask: Any) -> bool:
    return isinstance(getattr(ask, "__self__", None), UsbInput)


def _asker_of(stream: Any) -> Any:
    """The function (request, mask) that tells which of the wanted events a stream has."""
    ioctl = getattr(stream, "ioctl", None)
    if isinstance(stream, IOBase) and ioctl is not None:
        return ioctl
    poll_state = getattr(getattr(stream, "source", stream), "poll_state", None)
    if poll_state is None:
        raise DeviceOSError(_EINVAL)
    return poll_state


def make_select(chip: Chip) -> ModuleType:
    members = {"POLLIN": POLLIN, "POLLOUT": POLLOUT, "POLLERR": POLLERR, "POLLHUP": POLLHUP}
    return module_of("select", {**members, "poll": lambda: Poller(chip)})


def make_io(chip: Chip) -> ModuleType:
    members = {"IOBase": IOBase, "StringIO": host_io.StringIO, "BytesIO": host_io.BytesIO}
    return module_of("io", {**members, "open": partial(open_file, chip)})
