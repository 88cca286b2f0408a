"""A board at its REPL, by mpremote: what it is, which files it has, files in and out, restart."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable
from typing import Any

import msgspec

from hil.board.files import FOLDERS
from hil.errors import BenchBroken

_CHUNK_BYTES = 1_024
_READ_BYTES = 256
_PATIENCE_S = 60.0  # for the prompt; an emulated board takes its time

_IDENTIFY = """
import sys
i = sys.implementation
print(repr((i.name, tuple(i.version[:3]), getattr(i, '_build', ''), getattr(i, '_machine', ''))))
"""

# One line per file while it works, so that a slow board is not taken for a dead one.
_LIST = """
import os, hashlib, binascii
def h(p):
    s = hashlib.sha256()
    b = bytearray(1024)
    v = memoryview(b)
    with open(p, 'rb') as f:
        n = f.readinto(b)
        while n:
            s.update(v[:n])
            n = f.readinto(b)
    print(p, binascii.hexlify(s.digest()).decode())
def walk(d):
    for e in os.ilistdir(d or '/'):
        p = d + '/' + e[0]
        if e[1] == 0x4000:
            walk(p)
        else:
            h(p)
for e in os.ilistdir('/'):
    if e[0] in %r:
        walk('/' + e[0])
    elif e[1] != 0x4000 and '/' + e[0] in %r:
        h('/' + e[0])
"""


class BoardIdentity(msgspec.Struct, frozen=True):
    """As sys.implementation tells it, e.g. micropython, (1, 28, 0), RPI_PICO."""

    name: str
    version: tuple[int, ...]
    build: str
    machine: str

    def __str__(self) -> str:
        return f"{self.machine or self.build or 'unknown board'}, {self.name} {'.'.join(map(str, self.version))}"


class BoardRepl:
    """Takes the REPL of the board at `port` (device, socket:// URL) over. `BenchBroken` when there is none."""

    def __init__(self, port: str) -> None:
        # Not before a board is there: mpremote takes time to load.
        from mpremote.transport import TransportError
        from mpremote.transport_serial import SerialTransport

        self._errors = (TransportError, OSError)
        self._port = port
        try:
            self._transport: Any = SerialTransport(port)
            self._transport.enter_raw_repl(soft_reset=False, timeout_overall=_PATIENCE_S)
        except self._errors as error:
            raise BenchBroken(
                f"{port}: expected a MicroPython REPL, found none ({error}); hold the silence button while the board"
                " gets power and press the patient button when the lamp lights, so that its program does not start"
            ) from None

    def close(self) -> None:
        self._transport.close()

    def identity(self) -> BoardIdentity:
        """What is at the other end. `BenchBroken` when it does not say so as MicroPython does."""
        said = self._run(_IDENTIFY)
        try:
            return BoardIdentity(*msgspec.convert(literal_eval(said), tuple[str, tuple[int, ...], str, str]))
        except (ValueError, SyntaxError):
            raise BenchBroken(f"{self._port}: expected a board that names itself, found {said!r}") from None

    def hashes(self, single_files: Iterable[str]) -> dict[str, str]:
        """SHA-256 by path: everything in the project's folders, and these files of the root that are there."""
        lines = self._run(_LIST % (FOLDERS, tuple(single_files))).splitlines()
        return dict(line.split() for line in lines if line)

    def read(self, path: str) -> bytes | None:
        """None when there is no such file."""
        there = self._run(f"import os\ntry:\n print(os.stat({path!r})[6])\nexcept OSError:\n pass").strip()
        if not there:
            return None
        try:
            return bytes(self._transport.fs_readfile(path, chunk_size=_READ_BYTES))
        except self._errors as error:
            raise BenchBroken(f"{self._port}: reading {path} failed: {error}") from None

    def write(self, path: str, content: bytes) -> None:
        """Over what is there; folders on the way are made."""
        folder = ""
        for part in path.strip("/").split("/")[:-1]:
            folder += "/" + part
            self._run(f"import os\ntry:\n os.mkdir({folder!r})\nexcept OSError:\n pass")
        try:
            self._transport.fs_writefile(path, content, chunk_size=_CHUNK_BYTES)
        except self._errors as error:
            raise BenchBroken(f"{self._port}: writing {path} failed: {error}") from None

    def remove(self, path: str) -> None:
        self._run(f"import os\nos.remove({path!r})")

    def check_import(self, module: str, content: bytes) -> None:
        """Import this compiled module from a file that is removed again. `BenchBroken` says why the board cannot."""
        path = f"/{module}.mpy"
        self.write(path, content)
        said = self._run(f"try:\n import {module}\nexcept Exception as e:\n print(repr(e))").strip()
        self.remove(path)
        if said:
            raise BenchBroken(said)

    def restart(self) -> None:
        """machine.reset(); the connection is over then."""
        try:
            self._transport.exec_raw_no_follow("import machine\nmachine.reset()")
        except self._errors as error:
            raise BenchBroken(f"{self._port}: the board does not restart: {error}") from None

    def _run(self, code: str) -> str:
        try:
            return self._transport.exec(code).decode()
        except self._errors as error:
            raise BenchBroken(f"{self._port}: the board could not run the code: {error}") from None
