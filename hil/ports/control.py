"""The control channel of an emulated bench, beside its serial port: what a person does with his hands.

A Unix socket in a folder of the user, named after the port, so that --port is all that anybody has to know:
`socket://127.0.0.1:7000` has `tcp-7000`, `/dev/pts/5` and each of its links have `dev-pts-5`. One JSON object
a line asks, one answers: {"do": "inject", "fault": "motor.stall", "parameters": {"duration": "40 min"}} gets
{"ok": true, ...} or {"ok": false, "error": "..."}. The serial line carries nothing of it.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hil.errors import BenchBroken, PumpbenchError
from hil.ports.loop import Loop

_PIECE = 65_536
_ANSWER_TIMEOUT_S = 600.0  # a request may let years of the pump pass

Actions = Callable[[dict[str, Any]], dict[str, Any]]


def control_path(url: str) -> Path:
    """Where the control channel of this port is, or would be."""
    if "://" in url:
        parts = urlsplit(url)
        name = f"tcp-{parts.port}"
    else:
        name = str(Path(url).resolve()).strip("/").replace("/", "-")
    folder = os.environ.get("XDG_RUNTIME_DIR") or f"{tempfile.gettempdir()}/pumpbench-{os.getuid()}"
    return Path(folder) / f"pumpbench-{name}.control"


class ControlServer:
    """Answers with what `do(request)` returns; its PumpbenchError or ValueError becomes the error."""

    def __init__(self, loop: Loop, url: str, do: Actions) -> None:
        self.path = control_path(url)
        self._loop = loop
        self._do = do
        self._peers: dict[socket.socket, bytes] = {}
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            self.path.unlink()  # of an emulation that was killed; its port is ours now
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        loop.add(self._listener, self._accept)

    def close(self) -> None:
        for peer in list(self._peers):
            self._drop(peer)
        self._loop.remove(self._listener)
        self._listener.close()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _accept(self) -> None:
        peer, _ = self._listener.accept()
        self._peers[peer] = b""
        self._loop.add(peer, lambda: self._readable(peer))

    def _drop(self, peer: socket.socket) -> None:
        self._loop.remove(peer)
        del self._peers[peer]
        peer.close()

    def _readable(self, peer: socket.socket) -> None:
        try:
            received = peer.recv(_PIECE)
            *lines, self._peers[peer] = (self._peers[peer] + received).split(b"\n")
            for line in lines:
                peer.sendall(json.dumps(self._answer(line)).encode() + b"\n")
        except OSError:
            received = b""
        if not received:
            self._drop(peer)

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise ValueError("a JSON object is needed")
            return {"ok": True, **self._do(request)}
        except (PumpbenchError, ValueError) as error:
            return {"ok": False, "error": str(error), "exit_code": getattr(error, "exit_code", 2)}


class ControlRefused(PumpbenchError):
    """The bench says no; the exit code is that of its error."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def ask_bench(url: str, request: dict[str, Any]) -> dict[str, Any]:
    """One request to the bench whose serial port is `url`. BenchBroken when there is none."""
    path = control_path(url)
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_ANSWER_TIMEOUT_S)
        try:
            line.connect(str(path))
        except OSError as error:
            raise BenchBroken(
                f"{url} is no port of an emulated bench that runs here (no {path}); start one with `pumpbench"
                " emulate`; a pump:// lives in the program that opened it"
            ) from error
        line.sendall(json.dumps(request).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            piece = line.recv(_PIECE)
            if not piece:
                raise BenchBroken(f"{url}: the emulated bench ended before it answered")
            answer += piece
    found = json.loads(answer)
    if not found.pop("ok"):
        raise ControlRefused(found["error"], found["exit_code"])
    return found
