"""`sys.stdin`, `sys.stdout`, `io` and `select`: the ways firmware waits for bytes."""

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

from emulator.env import FOREVER_NS
from emulator.errors import DeviceOSError
from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.shims.arguments import chosen, integer, readable, writable
from emulator.mcu.shims.files import FileIO, decoded, open_file
from emulator.mcu.shims.memory_streams import BytesIO, StringIO
from emulator.mcu.shims.plain import module_of

POLLIN, POLLOUT, POLLERR, POLLHUP = 1, 4, 8, 16

_STREAM_POLL = 3  # MP_STREAM_POLL of py/stream.h
_ONE_SHOT = 1  # flag of poll and ipoll
_ENOENT, _EPERM = 2, 1
_CALL_NS = costs.CALL_NS
_MS_NS = costs.MS
_NOTHING: Iterator[Any] = iter(())
_NO_STREAM = "stream operation not supported"
_READ_ALL_BYTES = 256


class IOBase:
    """io.IOBase: a class derived from it has `ioctl(request, argument)` to be pollable, `write` to be printed to."""

    ioctl: Callable[[int, int], int]
    write: Callable[[Any], Any]


def print_to(stream: Any, pieces: list[str]) -> None:
    """print(file=stream): the pieces one after the other. OSError for what is not a stream."""
    is_stream = isinstance(stream, (IOBase, _StdStream, FileIO, BytesIO)) or hasattr(stream, "poll_state")
    if not is_stream:
        raise DeviceOSError(_NO_STREAM)
    for piece in pieces:
        stream.write(bytearray(piece.encode()) if isinstance(stream, IOBase) else piece)


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


class _StdStream:
    """What sys.stdin, sys.stdout and their buffers have in common (shared/runtime/sys_stdio_mphal.c)."""

    def __init__(self, chip: Chip, source: UsbInput | None = None) -> None:
        self._chip = chip
        self._source = source

    def _take(self, count: int) -> bytes:
        if self._source is None:
            raise DeviceOSError(_EPERM)
        return self._source.take(count)

    def _given(self, data: bytes) -> Any:
        return data

    def read(self, size: int = -1, /) -> Any:
        count = integer(size)
        if count == -1:
            while True:  # there is no end of input
                self._take(_READ_ALL_BYTES)
        if count < 0:
            raise MemoryError
        return self._given(self._take(count) if count else b"")

    def readinto(self, buffer: Any, /, *limits: Any) -> int:
        view = chosen(writable(buffer), limits, has_offset=False)
        if len(view):
            view[:] = self._take(len(view))
        return len(view)

    def readline(self, size: int = -1, /) -> Any:
        limit = integer(size)
        line = b""
        while len(line) != limit and not line.endswith((b"\n", b"\r") if self._turns_returns else b"\n"):
            line += self._take(1)
        return self._given(line)

    def readlines(self) -> list[Any]:
        return list(self)

    def write(self, data: Any, /, *limits: Any) -> int:
        if self._source is not None:
            raise DeviceOSError(_EPERM)
        content = bytes(chosen(memoryview(readable(data)), limits))
        return self._send(content)

    def _send(self, content: bytes) -> int:
        raise NotImplementedError

    def close(self) -> "_StdStream":
        return self

    def __enter__(self) -> "_StdStream":
        return self

    def __exit__(self, *_reason: object) -> None:
        pass

    def __iter__(self) -> "_StdStream":
        return self

    def __next__(self) -> Any:
        return self.readline()

    _turns_returns = False


class StdioBuffer(_StdStream):
    """sys.stdin.buffer and sys.stdout.buffer: raw bytes."""

    @property
    def source(self) -> UsbInput:
        assert self._source is not None
        return self._source

    def write(self, data: Any, /, *limits: Any) -> int:
        """Bytes to the host. One that does not read costs two waits of half a second: room for a part, then none."""
        content = bytes(chosen(memoryview(readable(data)), limits))
        self._chip.cpu.charge(costs.USB_CALL_NS + len(content) * costs.USB_BYTE_NS)
        sent = self._chip.transmit(content)
        while 0 < sent < len(content):
            more = self._chip.transmit(content[sent:])
            if not more:
                break
            sent += more
        return sent

    def __repr__(self) -> str:
        return "<io.FileIO 0>"


class TextIOWrapper(_StdStream):
    """sys.stdin and sys.stdout: text. A carriage return reads as a newline; a newline is sent as CR LF."""

    _turns_returns = True

    def __init__(self, chip: Chip, number: int, source: UsbInput | None, buffer: StdioBuffer) -> None:
        super().__init__(chip, source)
        self._number = number
        self.buffer = buffer

    @property
    def source(self) -> Any:
        """Whose state select asks for."""
        return self if self._source is None else self._source

    def _given(self, data: bytes) -> str:
        return decoded(data.replace(b"\r", b"\n"))

    def poll_state(self, _request: int, mask: int) -> int:
        return mask & POLLOUT if self._chip.usb.has_room else 0

    def _send(self, content: bytes) -> int:
        self._chip.cpu.charge(costs.USB_CALL_NS + len(content) * costs.USB_BYTE_NS)
        self._chip.say_bytes(content)
        return len(content)

    def __repr__(self) -> str:
        return f"<io.TextIOWrapper {self._number}>"


class Poller:
    """select.poll(): sleeps until an object is ready, an interrupt has made it so, or time is up."""

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self._env = chip.env
        self._charge = chip.cpu.charge
        self._wait = chip.cpu.wait
        self._received = chip.usb.received
        self._entries: dict[int, tuple[Any, Any, int]] = {}
        self._sort()

    def register(self, obj: Any, eventmask: int = POLLIN | POLLOUT, /) -> None:
        """Raises OSError for what is not a stream."""
        mask = integer(eventmask)
        self._entries[id(obj)] = (obj, _asker_of(obj), mask)
        self._sort()

    def modify(self, obj: Any, eventmask: int, /) -> None:
        """Raises OSError(ENOENT) for what is not registered."""
        mask = integer(eventmask)
        if id(obj) not in self._entries:
            raise DeviceOSError(_ENOENT)
        self._entries[id(obj)] = (*self._entries[id(obj)][:2], mask)
        self._sort()

    def unregister(self, obj: Any, /) -> None:
        self._entries.pop(id(obj), None)
        self._sort()

    def poll(self, timeout: Any = -1, /) -> list[tuple[Any, int]]:
        return list(self.ipoll(timeout))

    def ipoll(self, timeout: Any = -1, flags: int = 0, /) -> Iterator[Any]:
        if type(timeout) is not int:
            timeout = -1 if timeout is None else integer(timeout)
        if flags:
            return self._one_shot(timeout, integer(flags))
        env = self._env
        ask = self._ask
        if ask(_STREAM_POLL, self._mask) or (self._received and self._is_usb_wanted):
            return self._ready(env.now_ns + _CALL_NS)
        until_ns = FOREVER_NS if timeout < 0 else env.now_ns + _CALL_NS + timeout * _MS_NS
        # Nothing can change while time passes without an event: nearly every wait is over at once.
        if until_ns < env.free_until_ns:
            env.now_ns = until_ns
            return _NOTHING
        called_ns = env.now_ns + _CALL_NS
        while self._wait(until_ns):
            if states := self._states():
                return iter(states) if env.now_ns >= called_ns else self._ready(called_ns)
        return _NOTHING

    def _one_shot(self, timeout_ms: int, flags: int) -> Iterator[Any]:
        """An object that was ready is asked for nothing until its events are set again."""
        found = list(self.ipoll(timeout_ms))
        if flags & _ONE_SHOT:
            for stream, _state in found:
                self._entries[id(stream)] = (*self._entries[id(stream)][:2], 0)
            self._sort()
        return iter(found)

    def _ready(self, called_ns: int) -> Iterator[Any]:
        if self._env.now_ns < called_ns:
            self._charge(called_ns - self._env.now_ns)
        return iter(self._states())

    def _states(self) -> list[tuple[Any, int]]:
        """Each stream that is ready, and for what."""
        found = []
        for stream, ask, mask in self._entries.values():
            state = ask(_STREAM_POLL, mask)
            if state:
                if state < 0:
                    raise DeviceOSError(-state)
                found.append((stream, state))
        return found

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
    if isinstance(stream, IOBase):
        # A class without one is told so when it is asked.
        return getattr(stream, "ioctl", lambda request, mask: stream.ioctl(request, mask))
    poll_state = getattr(getattr(stream, "source", stream), "poll_state", None)
    if poll_state is None:
        raise DeviceOSError(_NO_STREAM)
    return poll_state


def make_select(chip: Chip) -> ModuleType:
    def select(rlist: Any, wlist: Any, xlist: Any, *timeout: Any) -> list[list[Any]]:
        """The lists of those that are ready to be read, to be written, or have another state."""
        poller = Poller(chip)
        wanted: dict[int, tuple[Any, int]] = {}
        for streams, mask in ((rlist, POLLIN), (wlist, POLLOUT), (xlist, POLLERR | POLLHUP)):
            for stream in streams:
                wanted[id(stream)] = (stream, wanted.get(id(stream), (stream, 0))[1] | mask)
        for stream, mask in wanted.values():
            poller.register(stream, mask)
        seconds = timeout[0] if timeout and timeout[0] is not None else -1
        found = poller.poll(-1 if seconds < 0 else int(seconds * 1000))
        others = ~(POLLIN | POLLOUT)
        return [[stream for stream, state in found if state & mask] for mask in (POLLIN, POLLOUT, others)]

    members = {"POLLIN": POLLIN, "POLLOUT": POLLOUT, "POLLERR": POLLERR, "POLLHUP": POLLHUP}
    return module_of("select", {**members, "poll": lambda: Poller(chip), "select": select})


def make_io(chip: Chip) -> ModuleType:
    members = {"IOBase": IOBase, "StringIO": StringIO, "BytesIO": BytesIO}
    return module_of("io", {**members, "open": partial(open_file, chip)})
