"""Finds the MicroPython image for the emulated board: option, environment variable, rp2040py's cache.

The image is not part of this project. `how_to_get` says what to do about it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from hil.board.uf2 import ImageFacts, NotAnImage, read_facts
from hil.errors import BenchBroken

VARIABLE = "PUMPBENCH_PICO_IMAGE"
VERSION = (1, 28)  # the oldest that the bench is for (docs/wiring.md)
BOARD = "RPI_PICO"
_MACHINE = "Raspberry Pi Pico with RP2040"
CACHE = Path("~/.cache/rp2040py")
DOWNLOAD_PAGE = "https://micropython.org/download/RPI_PICO/"


class FoundImage(msgspec.Struct, frozen=True):
    """An image, who named it (`--image`, the variable or the cache), and what was read in it."""

    path: Path
    source: str
    facts: ImageFacts

    @property
    def sha256(self) -> str:
        return sha256(self.path.read_bytes()).hexdigest()


def find_image(option: Path | None = None) -> FoundImage | None:
    """The first image that is named, or the newest in the cache; None when none is named and none is there.

    A name that leads nowhere, or to something else than MicroPython for this board, raises `BenchBroken`: it is
    never passed over in silence.
    """
    if option is not None:
        return _checked(option, "--image")
    named = os.environ.get(VARIABLE)
    if named:
        return _checked(Path(named), VARIABLE)
    cached = sorted(_cached())
    return _checked(cached[-1][1], "rp2040py's cache") if cached else None


def use_image(option: Path) -> None:
    """As if the variable named it: for everything that this process runs from now on."""
    os.environ[VARIABLE] = str(_checked(option, "--image").path)


def require_image(option: Path | None = None) -> FoundImage:
    """As `find_image`; `BenchBroken` with what to do when there is none."""
    found = find_image(option)
    if found is None:
        raise BenchBroken(f"target chip needs a MicroPython image and found none: {how_to_get()}")
    return found


def how_to_get() -> str:
    oldest = ".".join(map(str, VERSION))
    return (
        f"download the .uf2 of MicroPython {oldest} or newer from {DOWNLOAD_PAGE}, then set {VARIABLE} to its path"
        f" or put it into {CACHE}"
    )


def _cached() -> Iterator[tuple[tuple[int, ...], Path]]:
    """(version, path) of the images in the cache that are new enough, e.g. RPI_PICO-20260406-v1.28.0.uf2."""
    for path in _at_home(CACHE).glob(f"{BOARD}-*.uf2"):
        text = path.stem.rpartition("-v")[2]
        parts = text.split(".")
        if all(part.isdigit() for part in parts):
            version = tuple(map(int, parts))
            if version >= VERSION:
                yield version, path


def _checked(path: Path, source: str) -> FoundImage:
    path = _at_home(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BenchBroken(f"{source} names {path}, which cannot be read: {error.strerror}; {how_to_get()}") from None
    try:
        facts = read_facts(data)
    except NotAnImage as reason:
        raise BenchBroken(f"{source} names {path}, which {reason}; {how_to_get()}") from None
    if facts.machine != _MACHINE:
        raise BenchBroken(f"{source} names {path}: expected an image for {BOARD}, found {facts}; {how_to_get()}")
    if facts.version < VERSION:
        raise BenchBroken(f"{source} names {path}, which is too old: found {facts}; {how_to_get()}")
    return FoundImage(path, source, facts)


def _at_home(path: Path) -> Path:
    """With ~ as the user's home; as it is for a user who has none."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path
