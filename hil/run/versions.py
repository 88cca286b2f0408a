"""Which versions took part in a run: half of what it takes to repeat it."""

from __future__ import annotations

import platform
from importlib import metadata

_PARTS = ("simpy", "greenlet", "littlefs-python")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def pumpbench_version() -> str:
    return _version("pumpbench")


def versions() -> dict[str, str]:
    return {
        "pumpbench": pumpbench_version(),
        "python": platform.python_version(),
        **{part: _version(part) for part in _PARTS},
    }
