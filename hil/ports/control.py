"""The control channel of an emulated bench, beside its serial port: what a person does with his hands.

A Unix socket in a folder of the user, named after the port, so that --port is all that anybody has to know:
`socket://127.0.0.1:7000` has `tcp-7000`, `/dev/pts/5` and each of its links have `dev-pts-5`. One JSON object
a line asks, one answers: {"do": "inject", "fault": "motor.stall", "parameters": {"duration": "40 min"}} gets
{"ok": true, ...} or {"ok": false, "error": "..."}. The serial line carries nothing of it.

The same is served over TCP on the loopback when asked for (hil/ports/bench_url.py), to whoever begins with
{"token": "..."}: another container or the end of a tunnel sees no socket file.
"""

from __future__ import annotations

import hmac
import json
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hil.errors import BenchBroken, PumpbenchError
from hil.ports.bench_url import LOOPBACK, BenchUrl, split_url
from hil.ports.loop import Loop
from hil.ports.peers import MOST_PEERS, Acceptor, BadPeer, Connection

_LONGEST_FOLDER = 60
_LONGEST_NAME = 24
_PIECE = 65_536
_LONGEST_REQUEST = 65_536
_MOST_UNREAD = 1 << 20
_CONNECT_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 600.0  # a request may let years of the pump pass

Actions = Callable[[dict[str, Any]], dict[str, Any]]


def control_path(url: str) -> Path:
    """Where the control channel of this port is, or would be."""
    if "://" in url:
        parts = urlsplit(url)
        name = f"tcp-{parts.port}"
    else:
        name = str(Path(url).resolve()).strip("/").replace("/", "-")
    if len(name) > _LONGEST_NAME:
        name = sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:_LONGEST_NAME]
    return _runtime_folder() / f"pumpbench-{name}.control"


def _runtime_folder() -> Path:
    """The user's own, else one below the folder for temporary files. What is not there, cannot be written, or is too
    long for the name of a socket (108 bytes, unix(7)) is passed over.
    """
    own = f"pumpbench-{os.getuid()}"
    asked = os.environ.get("XDG_RUNTIME_DIR")
    folders = [*([Path(asked)] if asked else []), Path(tempfile.gettempdir()) / own, Path("/tmp") / own]
    for folder in folders:
        base = folder if folder.name != own else folder.parent
        if len(str(folder)) <= _LONGEST_FOLDER and base.is_dir() and os.access(base, os.W_OK | os.X_OK):
            return folder
    return folders[-1]


class ControlServer:
    """Answers with what `do(request)` returns; its PumpbenchError or ValueError becomes the error.

    Whatever a peer sends or does not read costs him his connection at most. `tcp_port`: serve it there on the
    loopback as well, to those who know `token`; 0 is any free port, `self.tcp_port` says which it became.
    """

    def __init__(self, loop: Loop, url: str, do: Actions, tcp_port: int | None = None, token: str = "") -> None:
        self.path = control_path(url)
        self.tcp_port = tcp_port
        self._loop = loop
        self._do = do
        self._token = token
        self._peers: list[_Peer] = []
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            self.path.unlink()  # of an emulation that was killed; its port is ours now
        local = socket.socket(socket.AF_UNIX)
        local.bind(str(self.path))
        self._acceptors = [self._listen(local, is_trusted=True)]
        if tcp_port is not None:
            try:
                tcp = socket.create_server((LOOPBACK, tcp_port))
            except OSError as error:
                self.close()
                raise BenchBroken(f"TCP port {tcp_port} for the control channel: {error.strerror}") from error
            self.tcp_port = tcp.getsockname()[1]
            self._acceptors.append(self._listen(tcp, is_trusted=False))

    def tick(self, now_s: float) -> None:
        """What did not go out at once; peers that are done with."""
        for acceptor in self._acceptors:
            acceptor.tick(now_s)
        for peer in list(self._peers):
            peer.tick()

    def close(self) -> None:
        for peer in list(self._peers):
            peer.close()
        for acceptor in self._acceptors:
            acceptor.close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _listen(self, listener: socket.socket, is_trusted: bool) -> Acceptor:
        listener.listen()

        def take(connection: socket.socket) -> None:
            self._peers.append(_Peer(self._loop, connection, self._answer, self._peers.remove, is_trusted))

        return Acceptor(self._loop, listener, take, lambda: len(self._peers) < MOST_PEERS)

    def _answer(self, line: bytes, is_trusted: bool) -> dict[str, Any]:
        """_Stranger for a first line of a peer that does not bring the token."""
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):  # RecursionError: brackets without end
            request = None
        if not is_trusted:
            token = request.get("token") if isinstance(request, dict) else None
            if not isinstance(token, str) or not hmac.compare_digest(token.encode(), self._token.encode()):
                raise _StrangerError
            return {"ok": True}
        try:
            if not isinstance(request, dict):
                raise ValueError("a JSON object is needed, not nested beyond what an action has")
            return {"ok": True, **self._do(request)}
        except (PumpbenchError, ValueError) as error:
            return {"ok": False, "error": str(error), "exit_code": getattr(error, "exit_code", 2)}


class _StrangerError(BadPeer):
    """He does not know the token."""


class _Peer(Connection):
    def __init__(
        self,
        loop: Loop,
        peer: socket.socket,
        answer: Callable[[bytes, bool], dict[str, Any]],
        on_close: Callable[[_Peer], None],
        is_trusted: bool,
    ) -> None:
        super().__init__(loop, peer, on_close, _PIECE, most_unread=_MOST_UNREAD)
        self._answer = answer
        self._is_trusted = is_trusted
        self._received = b""

    def _take(self, data: bytes) -> None:
        if len(self._received) > _LONGEST_REQUEST:
            raise BadPeer
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            answer = self._answer(line, self._is_trusted)
            self._is_trusted = True
            self._outlet.write(json.dumps(answer).encode() + b"\n")


class ControlRefused(PumpbenchError):
    """The bench says no; the exit code is that of its error."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def ask_bench(url: str, request: dict[str, Any]) -> dict[str, Any]:
    """One request to the bench whose serial port is `url` (bench_url.py). BenchBroken when there is none."""
    bench = split_url(url)
    with _reach(bench) as peer:
        try:
            peer.settimeout(_ANSWER_TIMEOUT_S)
            if bench.control is not None:
                _ask(peer, {"token": bench.control[2]})
            found = _ask(peer, request)
        except (OSError, ValueError) as error:
            hint = "" if bench.control is None else "; is the token right, and is it a bench's port?"
            raise BenchBroken(f"{bench.line}: the emulated bench ended before it answered{hint}") from error
    if not found.pop("ok"):
        raise ControlRefused(found["error"], found["exit_code"])
    return found


def _reach(bench: BenchUrl) -> socket.socket:
    try:
        if bench.control is not None:
            return socket.create_connection(bench.control[:2], _CONNECT_TIMEOUT_S)
        peer = socket.socket(socket.AF_UNIX)
        try:
            peer.connect(str(control_path(bench.line)))
        except OSError:
            peer.close()
            raise
        return peer
    except OSError as error:
        if bench.control is not None:
            host, port, _ = bench.control
            raise BenchBroken(f"{host}:{port}: no control channel answers there: {error}") from error
        raise BenchBroken(
            f"{bench.line} is no port of an emulated bench that runs here (no {control_path(bench.line)}); start one"
            " with `pumpbench emulate`, and from elsewhere use the URL that --control prints; a pump:// lives in the"
            " program that opened it"
        ) from error


def _ask(peer: socket.socket, request: dict[str, Any]) -> dict[str, Any]:
    """OSError or ValueError when no object comes back."""
    peer.sendall(json.dumps(request).encode() + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        piece = peer.recv(_PIECE)
        if not piece:
            raise ConnectionError
        answer += piece
    found = json.loads(answer)
    if not isinstance(found, dict) or "ok" not in found:
        raise ValueError("no answer of a bench")
    return found
