"""The canaries: small edits to files of the firmware, and what has to notice them.

An edit names its file and the exact text that it replaces, which must stand there once. When the firmware has
moved on, the edit no longer applies and has to be written anew.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from hil.errors import PumpbenchError
from hil.targets import firmware_source

FOLDER = Path(__file__).parent


class Canary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`caught_by`: pytest node ids, or "scenario:NAME" for one of the library. Any one of them suffices."""

    id: str
    file: str
    old: str
    new: str
    why: str
    caught_by: tuple[str, ...]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    canary: list[Canary]


class DoesNotApply(PumpbenchError):
    """The text that an edit replaces is not in its file, or not only once."""

    exit_code = 1


def canaries(area: str = "*") -> list[Canary]:
    """All of them, or those of one file, in the order of files and of their places there."""
    found: list[Canary] = []
    for path in sorted(FOLDER.glob(f"{area}.toml")):
        found += msgspec.toml.decode(path.read_bytes(), type=_File).canary
    return found


def edit(canary: Canary) -> dict[str, str]:
    """The edited file by its path. Raises `DoesNotApply`."""
    text = firmware_source.source(canary.file)
    times = text.count(canary.old)
    if times != 1:
        raise DoesNotApply(f"canary {canary.id}: its text stands {times} times in {canary.file}, not once")
    return {canary.file: text.replace(canary.old, canary.new)}
