"""Connections from outside: accepted, read and written so that no peer, and no lack of descriptors, stops the pump."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hil.ports.loop import Loop

# The line has one host, the others are told BUSY: more at a time is a mistake or an attack.
MOST_PEERS = 32
_REST_S = 1.0


class Acceptor:
    """Takes connections of a listening socket and gives each to `take(peer)`, non-blocking.

    `has_room()` says whether one more is wanted; one that is not is closed at once. When the process has no
    descriptor left, the listener rests for a second, with the connections that exist served meanwhile.
    """

    def __init__(
        self, loop: Loop, listener: socket.socket, take: Callable[[socket.socket], None], has_room: Callable[[], bool]
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._take = take
        self._has_room = has_room
        self._rests_until_s: float | None = None
        self._now_s = 0.0
        listener.setblocking(False)
        loop.add(listener, self._accept)

    def tick(self, now_s: float) -> None:
        self._now_s = now_s
        if self._rests_until_s is not None and now_s >= self._rests_until_s:
            self._rests_until_s = None
            self._loop.add(self._listener, self._accept)

    def close(self) -> None:
        if self._rests_until_s is None:
            self._loop.remove(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        try:
            peer, _ = self._listener.accept()
        except (BlockingIOError, ConnectionError):
            return  # it has gone again
        except OSError:
            self._loop.remove(self._listener)
            self._rests_until_s = self._now_s + _REST_S
            return
        if not self._has_room():
            peer.close()
            return
        peer.setblocking(False)
        self._take(peer)


class Outlet:
    """What goes out to one peer. `has_failed`: the peer is gone."""

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self.unsent = b""
        self.has_failed = False

    def write(self, data: bytes) -> None:
        """Never waits; what the peer does not take now goes out with a later call."""
        self.unsent += data
        try:
            with suppress(BlockingIOError):
                sent = self._peer.send(self.unsent)
                self.unsent = self.unsent[sent:]
        except OSError:
            self.has_failed = True
            self.unsent = b""


class BadPeer(Exception):
    """What a peer sent ends its connection."""


class Connection:
    """One peer. A subclass takes what it sends (`_take`) and writes through `_outlet`.

    The connection ends when the peer leaves, when `_take` raises `BadPeer`, or when more than `most_unread` bytes wait
    for a peer that does not read (None: the subclass drops them itself). `on_close(self)` is called once.
    """

    def __init__(
        self,
        loop: Loop,
        peer: socket.socket,
        on_close: Callable[[Any], None],
        piece: int,
        most_unread: int | None = None,
    ) -> None:
        self._loop = loop
        self._peer = peer
        self._on_close = on_close
        self._piece = piece
        self._most_unread = most_unread
        self._outlet = Outlet(peer)
        loop.add(peer, self._readable)

    def tick(self) -> None:
        """Send what waits; end a connection whose peer is gone or does not read."""
        if self._outlet.unsent:
            self._outlet.write(b"")
        is_deaf = self._most_unread is not None and len(self._outlet.unsent) > self._most_unread
        if self._outlet.has_failed or is_deaf:
            self.close()

    def close(self) -> None:
        self._loop.remove(self._peer)
        self._peer.close()
        self._on_close(self)

    def _take(self, data: bytes) -> None:
        raise NotImplementedError

    def _readable(self) -> None:
        try:
            received = self._peer.recv(self._piece)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.close()
            return
        try:
            self._take(received)
        except BadPeer:
            self.close()
