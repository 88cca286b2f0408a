"""A bench that labgrid lends: acquired, used as a board on a serial port, released whatever happens.

labgrid lives in an environment of its own (hil/labgrid/README.md); its programs are run, nothing of it is imported.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from hil.errors import BenchBroken
from hil.targets.factory import serial_word

WORD = "labgrid:"
FOLDER_VARIABLE = "PUMPBENCH_LABGRID"
_CLIENT, _PLACES = "labgrid-client", "pumpbench-labgrid"
_TIMEOUT_S = 60.0


class Lent(NamedTuple):
    """`target`: its board, as factory.py names it. `elsewhere`: free places with a rig, when this one has none."""

    target: str
    elsewhere: tuple[str, ...]


@contextmanager
def borrowed(place: str) -> Iterator[Lent]:
    """BenchBroken when the place cannot be had, or not be given back."""
    programs = {name: _program(name) for name in (_CLIENT, _PLACES)}
    known = {row["name"]: row for row in _json(programs[_PLACES], "places")}
    if place not in known:
        raise BenchBroken(f"{WORD}{place}: there is no such place; there are: {', '.join(known) or 'none'}")
    if holder := known[place]["acquired"]:
        free = ", ".join(_free(known, known[place]["tags"])) or "none"
        raise BenchBroken(f"{WORD}{place}: {holder} has it; free places that can do the same: {free}")
    is_acquired = True  # until it is known that it is not: a Ctrl-C may come while it is being acquired
    try:
        try:
            _run(programs[_CLIENT], "-p", place, "acquire")
        except BenchBroken:
            is_acquired = False
            raise
        found = _json(programs[_PLACES], "bench", place)
        elsewhere = () if found["rig"] else tuple(_free(known, {"bench": "pump", "rig": "yes"}))
        yield Lent(serial_word(found["pump"], found["rig"]), elsewhere)
    finally:
        if is_acquired:
            _run(programs[_CLIENT], "-p", place, "release")


def _free(known: dict[str, Any], tags: dict[str, str]) -> list[str]:
    """Places that nobody has and that have all these tags."""
    return [name for name, row in known.items() if not row["acquired"] and tags.items() <= row["tags"].items()]


def _program(name: str) -> str:
    folder = os.environ.get(FOLDER_VARIABLE)
    found = shutil.which(name, path=folder)
    if found is None:
        raise BenchBroken(
            f"{name} is not {f'in {folder}' if folder else 'in PATH'}: install ./hil/labgrid into an environment of"
            f" labgrid's own, and let {FOLDER_VARIABLE} name its bin folder (hil/labgrid/README.md)"
        )
    return found


def _run(*command: str) -> str:
    """A session of its own: a Ctrl-C for pumpbench must not end the release."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, start_new_session=True
        )
    except subprocess.TimeoutExpired:
        raise BenchBroken(f"{' '.join(command[1:])}: labgrid did not answer within {_TIMEOUT_S:g} s") from None
    if done.returncode:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise BenchBroken(f"labgrid: {' '.join(command[1:])}: {lines[-1] if lines else 'failed without a word'}")
    return done.stdout


def _json(*command: str) -> Any:
    try:
        return json.loads(_run(*command))
    except ValueError as error:
        raise BenchBroken(f"{command[0]}: no JSON in its answer: {error}") from error
