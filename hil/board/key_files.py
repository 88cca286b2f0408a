"""Keys of the roles as files, and into a pump in maintenance mode (LNK-05).

A folder holds patient.key, clinician.key and service.key: 64 hexadecimal digits each, readable by their owner
only. A role without a file gets no key and cannot be opened.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from hil.board.raw_repl import RawRepl
from hil.errors import ScenarioError
from hil.pump.session import KEY_BYTES
from hil.words.given_file import read_given

ROLES = ("patient", "clinician", "service")
_NO_KEY = bytes(KEY_BYTES)
_LONGEST = 1_000


def make_keys(folder: Path) -> list[Path]:
    """New random keys. ScenarioError when one is there already: a lost key costs a visit to the pump."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ScenarioError(str(folder), 0, "", f"cannot be made: {error.strerror}") from None
    paths = [folder / f"{role}.key" for role in ROLES]
    for path in paths:
        if path.exists():
            raise ScenarioError(str(path), 0, "", "is there already", "a folder without keys")
    for path in paths:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise ScenarioError(str(path), 0, "", f"cannot be written: {error.strerror}") from None
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
    return paths


def read_key(path: Path) -> bytes:
    """ScenarioError that never shows what is in the file."""
    try:
        key = bytes.fromhex(read_given(path, _LONGEST).decode("ascii"))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ScenarioError(str(path), 0, "", "is no key", f"{2 * KEY_BYTES} hexadecimal digits")
    return key


def read_folder(folder: Path) -> dict[str, bytes]:
    """The key of each role that has a file. ScenarioError when none has."""
    found = {role: read_key(folder / f"{role}.key") for role in ROLES if (folder / f"{role}.key").exists()}
    if not found:
        raise ScenarioError(str(folder), 0, "", "holds no key", ", ".join(f"{role}.key" for role in ROLES))
    return found


def write_keys(repl: RawRepl, keys: dict[str, bytes]) -> None:
    """Replace the keys of the pump; cut short at any point, the old set is whole. DeviceError when nobody
    holds the silence button.
    """
    arguments = ", ".join(f"bytes.fromhex('{keys.get(role, _NO_KEY).hex()}')" for role in ROLES)
    repl.run(f"from firmware.maintenance import write_keys\nwrite_keys({arguments})")


def erase_keys(repl: RawRepl) -> None:
    """Make the pump keyless. DeviceError when nobody holds the button, or when it is keyless already."""
    repl.run("from firmware.maintenance import erase_keys\nerase_keys()")


def keyed_roles(repl: RawRepl) -> tuple[str, ...] | None:
    """Roles that have a key in the pump; None for a board without keys. DeviceError for a damaged file."""
    said = repl.run(
        "from firmware.services.link.keys import Keys\n"
        "keys = Keys()\nkeys.load()\n"
        "if keys.is_damaged: raise ValueError('the key file is damaged')\n"
        "print('-' if keys.is_keyless else ','.join(str(n) for n in (1, 2, 3) if keys.of(n) is not None))"
    ).strip()
    return None if said == "-" else tuple(ROLES[int(number) - 1] for number in said.split(",") if number)
