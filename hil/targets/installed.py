"""Versions of installed dependencies, and the version wanted where only one will do."""

from __future__ import annotations

import re
from importlib import metadata

NOT_INSTALLED = "not installed"
_PINNED = re.compile(r"^([\w.-]+)==([\w.]+)")


def version_of(distribution: str) -> str:
    """What is installed, or NOT_INSTALLED."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return NOT_INSTALLED


def pinned_version(distribution: str) -> str:
    """The one version that pumpbench takes; empty when it takes several."""
    try:
        wanted = metadata.requires("pumpbench") or ()
    except metadata.PackageNotFoundError:
        return ""
    pins = {pin[1]: pin[2] for line in wanted if (pin := _PINNED.match(line))}
    return pins.get(distribution, "")
