"""The firmware's source as the emulated targets load it, and edited copies of it for tests of the tests."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from emulator.mcu import source_edits
from emulator.mcu.image import tree_files
from emulator.mcu.loader import compile_source
from emulator.world import REPOSITORY

__all__ = ["REPOSITORY", "edited", "paths_of", "prepare", "source"]


def source(path: str) -> str:
    """Text of a file of the firmware, e.g. "firmware/core/units.py". OSError when there is none."""
    return (REPOSITORY / path).read_text(encoding="utf-8")


def paths_of(room: str) -> list[str]:
    """All files of a room of the firmware (core, services, drivers) that a person writes, in order."""
    folder = REPOSITORY / "firmware" / room
    written = [path for path in sorted(folder.rglob("*.py")) if "never by hand" not in path.read_text(encoding="utf-8")]
    return [path.relative_to(REPOSITORY).as_posix() for path in written]


def edited(files: Mapping[str, str]) -> AbstractContextManager[None]:
    """Inside, every pump and every firmware module has these contents in place of the repository's."""
    return source_edits.edited({path: text.encode() for path, text in files.items()})


def edits_on_device() -> dict[str, bytes]:
    """Device path -> content of the files that are edited now, for whoever compiles them for a board."""
    main = "firmware/main.py"
    return {"/main.py" if path == main else "/" + path: data for path, data in source_edits.edited_copies().items()}


def prepare() -> None:
    """Compile the firmware once, so that processes forked from this one need not."""
    for path, text in tree_files(REPOSITORY).items():
        name = path.lstrip("/")
        compile_source(name, text)
        if name.startswith(("firmware/core", "protocols")):
            compile_source(name, text, guard=True)
