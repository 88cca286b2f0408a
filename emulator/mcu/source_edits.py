"""Edited copies of firmware files that take the place of those in the repository while they are read.

For tests of the tests: a firmware with a known fault is loaded as any other, and the repository stays as it is.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_edited: dict[str, bytes] = {}


def read_source(root: Path, path: str) -> bytes:
    """The file at `path`, e.g. "firmware/core/units.py", below `root`, or its edited copy."""
    edited_copy = _edited.get(path)
    return (root / path).read_bytes() if edited_copy is None else edited_copy


def is_edited(path: str) -> bool:
    """What is read there now will be gone in a moment."""
    return path in _edited


def edited_copies() -> dict[str, bytes]:
    """Path -> content of the files that are edited now."""
    return dict(_edited)


@contextmanager
def edited(files: Mapping[str, bytes]) -> Iterator[None]:
    """These contents instead of those on disk, for every image and module that is loaded inside."""
    before = dict(_edited)
    _edited.update(files)
    try:
        yield
    finally:
        _edited.clear()
        _edited.update(before)
