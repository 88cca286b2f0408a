"""Versions of the software that took part in a run: half of what it takes to repeat it."""

from __future__ import annotations

import platform

from hil.targets.installed import version_of

_PARTS = ("simpy", "greenlet", "littlefs-python")


def pumpbench_version() -> str:
    return version_of("pumpbench")


def versions() -> dict[str, str]:
    return {
        "pumpbench": pumpbench_version(),
        "python": platform.python_version(),
        **{part: version_of(part) for part in _PARTS},
    }
