"""The pump's serial port on TCP: `socket://HOST:PORT` and `rfc2217://HOST:PORT`, told apart by how the host
begins.

One host has the line. Whoever comes second is connected, and every request of his is answered with BUSY
until the first one leaves; the pump never hears of him.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress

from hil.errors import BenchBroken
from hil.ports.busy import BusyAnswer
from hil.ports.loop import Loop
from hil.ports.telnet_line import TelnetLine, is_telnet

_PIECE = 4096
_MOST_UNSENT = 1 << 16
# A host of RFC 2217 speaks first; until it is clear who this is, the pump's bytes wait.
_OPENING_S = 0.2


class TcpPort:
    """`take(data)` gets what the host of the line writes. Port 0 is any free one."""

    def __init__(self, loop: Loop, take: Callable[[bytes], None], port: int, host: str = "127.0.0.1") -> None:
        self._loop = loop
        self._take = take
        self._connections: list[_Connection] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((host, port))
        except OSError as error:
            self._listener.close()
            raise BenchBroken(f"TCP port {port} on {host} cannot be had: {error.strerror}") from error
        self._listener.listen()
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self.urls = (f"socket://{host}:{self.port}", f"rfc2217://{host}:{self.port}")
        loop.add(self._listener, self._accept)

    def send(self, data: bytes) -> None:
        """To the host that has the line, if there is one."""
        if self._connections:
            self._connections[0].send(data)

    def tick(self, now_s: float) -> None:
        for connection in self._connections:
            connection.tick(now_s)

    def close(self) -> None:
        self._loop.remove(self._listener)
        self._listener.close()
        for connection in list(self._connections):
            connection.close()

    def _accept(self) -> None:
        with suppress(BlockingIOError, ConnectionError):
            accepted, _ = self._listener.accept()
            connection = _Connection(self._loop, accepted, self._received, self._connections.remove)
            self._connections.append(connection)

    def _received(self, connection: _Connection, data: bytes) -> None:
        # The line passes to the next in the row when its host leaves.
        if connection is self._connections[0]:
            self._take(data)
        else:
            connection.send(connection.busy.take(data))


class _Connection:
    def __init__(
        self,
        loop: Loop,
        peer: socket.socket,
        on_data: Callable[[_Connection, bytes], None],
        on_close: Callable[[_Connection], None],
    ) -> None:
        self.busy = BusyAnswer()
        self._loop = loop
        self._peer = peer
        self._on_data = on_data
        self._on_close = on_close
        self._telnet: TelnetLine | None = None
        self._is_known = False
        self._known_at_s = time.monotonic() + _OPENING_S
        self._waiting = b""
        self._unsent = b""
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        loop.add(peer, self._readable)

    def send(self, data: bytes) -> None:
        if not self._is_known:
            self._waiting = (self._waiting + data)[-_MOST_UNSENT:]
        elif data:
            self._write(self._telnet.data_out(data) if self._telnet else data)

    def tick(self, now_s: float) -> None:
        if not self._is_known and now_s >= self._known_at_s:
            self._become_known(b"")
        if self._unsent:
            self._write(b"")

    def close(self) -> None:
        self._loop.remove(self._peer)
        self._peer.close()
        self._on_close(self)

    def _readable(self) -> None:
        try:
            received = self._peer.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.close()
            return
        if not self._is_known:
            self._become_known(received)
        data = self._telnet.data_in(received) if self._telnet else received
        if data:
            self._on_data(self, data)

    def _become_known(self, opening: bytes) -> None:
        self._is_known = True
        if is_telnet(opening):
            self._telnet = TelnetLine(self._write)
        waiting, self._waiting = self._waiting, b""
        self.send(waiting)

    def _write(self, data: bytes) -> None:
        """Never waits: a host that does not read loses whole pieces, as behind a full USB buffer."""
        if len(self._unsent) <= _MOST_UNSENT:
            self._unsent += data
        with suppress(BlockingIOError, ConnectionError):
            sent = self._peer.send(self._unsent)
            self._unsent = self._unsent[sent:]
