"""The pump's serial port on TCP: `socket://HOST:PORT` and `rfc2217://HOST:PORT`, told apart by how the host
begins.

One host has the line. Whoever comes second is connected, and every request of his is answered with BUSY
until the first one leaves; the pump never hears of him.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from hil.errors import BenchBroken
from hil.ports.busy import BusyAnswer
from hil.ports.loop import Loop
from hil.ports.peers import MOST_PEERS, Acceptor, Connection
from hil.ports.telnet_line import TelnetLine, is_telnet

_PIECE = 4096
_MOST_UNSENT = 1 << 16
# Linux' names; a host that is gone without a word is noticed after a minute, not after two hours.
_KEEPALIVE_S = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


class TcpHosts:
    """Hosts that come over TCP. A subclass takes what each writes (`_received`). Port 0 is any free one."""

    def __init__(self, loop: Loop, port: int, host: str = "127.0.0.1") -> None:
        self._loop = loop
        self._connections: list[HostConnection] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((host, port))
        except (OSError, OverflowError) as error:
            self._listener.close()
            why = error.strerror if isinstance(error, OSError) else error
            raise BenchBroken(f"TCP port {port} on {host} cannot be had: {why}") from error
        self._listener.listen()
        self.port = self._listener.getsockname()[1]
        self.urls = (f"socket://{host}:{self.port}", f"rfc2217://{host}:{self.port}")
        self._acceptor = Acceptor(loop, self._listener, self._accept, lambda: len(self._connections) < MOST_PEERS)

    def tick(self, now_s: float) -> None:
        self._acceptor.tick(now_s)
        for connection in list(self._connections):
            connection.tick()

    def close(self) -> None:
        self._acceptor.close()
        for connection in list(self._connections):
            connection.close()

    def _accept(self, peer: socket.socket) -> None:
        self._connections.append(HostConnection(self._loop, peer, self._received, self._left))

    def _left(self, connection: HostConnection) -> None:
        self._connections.remove(connection)

    def _received(self, connection: HostConnection, data: bytes) -> None:
        raise NotImplementedError


class TcpPort(TcpHosts):
    """`take(data)` gets what the host of the line writes."""

    def __init__(self, loop: Loop, take: Callable[[bytes], None], port: int, host: str = "127.0.0.1") -> None:
        self._take = take
        super().__init__(loop, port, host)

    @property
    def is_held(self) -> bool:
        """Whether a host has the line."""
        return bool(self._connections)

    def send(self, data: bytes) -> None:
        """To the host that has the line, if there is one."""
        if self._connections:
            self._connections[0].send(data)

    def _received(self, connection: HostConnection, data: bytes) -> None:
        # The line passes to the next in the row when its host leaves.
        if connection is self._connections[0]:
            self._take(data)
        else:
            connection.send(connection.busy.take(data))


class HostConnection(Connection):
    """One host. A host of RFC 2217 speaks first: until one byte has come and shown who this is, however long that
    takes, the pump's bytes wait.
    """

    def __init__(
        self,
        loop: Loop,
        peer: socket.socket,
        on_data: Callable[[HostConnection, bytes], None],
        on_close: Callable[[HostConnection], None],
    ) -> None:
        self.busy = BusyAnswer()
        self._on_data = on_data
        self._telnet: TelnetLine | None = None
        self._is_known = False
        self._waiting = b""
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE_S:
            if hasattr(socket, name):
                peer.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        super().__init__(loop, peer, on_close, _PIECE)

    def send(self, data: bytes) -> None:
        if not self._is_known:
            self._waiting = (self._waiting + data)[-_MOST_UNSENT:]
        elif data:
            self._write(self._telnet.data_out(data) if self._telnet else data)

    def _take(self, data: bytes) -> None:
        if not self._is_known:
            self._become_known(data)
        content = self._telnet.data_in(data) if self._telnet else data
        if content:
            self._on_data(self, content)

    def _become_known(self, opening: bytes) -> None:
        self._is_known = True
        if is_telnet(opening):
            self._telnet = TelnetLine(self._write)
        waiting, self._waiting = self._waiting, b""
        self.send(waiting)

    def _write(self, data: bytes) -> None:
        """A host that does not read loses whole pieces, as behind a full USB buffer."""
        if len(self._outlet.unsent) <= _MOST_UNSENT:
            self._outlet.write(data)
