"""One thread that waits for many: a thin layer over `selectors`, with a place to be woken from."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


Readable = int | _HasFileno


class Loop:
    """`turn` waits for the first input and calls what was added for it."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._bell, self._rope = socket.socketpair()
        self._bell.setblocking(False)
        self.add(self._bell, self._drain)

    def add(self, source: Readable, on_readable: Callable[[], None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, on_readable)

    def remove(self, source: Readable) -> None:
        self._selector.unregister(source)

    def turn(self, timeout_s: float | None) -> None:
        """Wait for at most `timeout_s` (None: for ever) and serve everything that has come."""
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def wake(self) -> None:
        """End the `turn` that waits; from any thread or signal handler. After `close` there is none: nothing happens,
        because the thread of the loop may close it while another still comes to the rope.
        """
        with suppress(OSError):
            self._rope.send(b"!")

    def close(self) -> None:
        self._selector.close()
        self._bell.close()
        self._rope.close()

    def _drain(self) -> None:
        self._bell.recv(4096)
