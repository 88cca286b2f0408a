"""Byte code of the firmware's files from one process to the next, beside that of Python's own modules.

To bring all of them into the board's dialect and to compile them takes a process 0.7 s. As with Python's own cache
there is one file for each of them, made anew when its content is another, and none is written where
PYTHONDONTWRITEBYTECODE says so.
"""

from __future__ import annotations

import marshal
import os
import sys
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType

from emulator.mcu.source_edits import is_edited

_OF_FIRMWARE = ("firmware/", "protocols/")  # what a test writes as a program of its own is not kept
_DIGEST_BYTES = 32


def load(filename: str, source: bytes, is_guarded: bool) -> tuple[CodeType, frozenset[str]] | None:
    """Code and hidden names as `store` got them; None when there is nothing for this content."""
    path = _path(filename, is_guarded)
    if path is None:
        return None
    with suppress(OSError, EOFError, ValueError, TypeError):
        data = path.read_bytes()
        if data[:_DIGEST_BYTES] == _digest(filename, source, is_guarded):
            return marshal.loads(data[_DIGEST_BYTES:])
    return None


def store(filename: str, source: bytes, is_guarded: bool, code: CodeType, hidden: frozenset[str]) -> None:
    """Keep it, whole or not at all. A folder that cannot be written is no error."""
    path = _path(filename, is_guarded)
    if path is None or sys.dont_write_bytecode or is_edited(filename):
        return
    data = _digest(filename, source, is_guarded) + marshal.dumps((code, hidden))
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except OSError:
            os.unlink(name)
            raise


def _path(filename: str, is_guarded: bool) -> Path | None:
    if not filename.startswith(_OF_FIRMWARE):
        return None
    try:
        folder = Path(cache_from_source(__file__)).parent / "device"
    except NotImplementedError:
        return None
    return folder / f"{filename.replace('/', '.')}{'.guarded' if is_guarded else ''}.{sys.implementation.cache_tag}"


def _digest(filename: str, source: bytes, is_guarded: bool) -> bytes:
    return sha256(b"%s%s%d%s\0%s" % (MAGIC_NUMBER, _compiler(), is_guarded, filename.encode(), source)).digest()


@cache
def _compiler() -> bytes:
    """Whatever decides what becomes of a source: all of this folder, which is simpler to say than which of it."""
    return sha256(b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))).digest()
