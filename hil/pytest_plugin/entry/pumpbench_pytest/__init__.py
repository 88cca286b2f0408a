"""What pytest loads of an installed pumpbench: the plugin, unless a project's own package hides one of its parts.

It stands apart and imports nothing of pumpbench at once, because `hil`, `emulator` and `protocols` are plain names:
where a project has a package of such a name on its path, all its tests would end in an ImportError.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

PLUGIN = "hil.pytest_plugin.plugin"
# A file that the package of pumpbench has and another one of that name has not.
_MARKS = {"hil": "pytest_plugin/plugin.py", "emulator": "nets.py", "protocols": "ids.py", "firmware": "app.py"}


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    if pluginmanager.has_plugin(PLUGIN) or pluginmanager.is_blocked(PLUGIN):
        return
    hidden = _hidden()
    if hidden:
        if "PYTEST_XDIST_WORKER" not in os.environ:
            print(f"pumpbench: its pytest plugin is off, {hidden}", file=sys.stderr)
        return
    from hil.pytest_plugin import plugin

    pluginmanager.register(plugin, PLUGIN)


def _hidden() -> str:
    """Which package is not that of pumpbench, and what to do; "" when all are its own."""
    for name, mark in _MARKS.items():
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        if not any((Path(place) / mark).is_file() for place in places):
            found = spec.origin or ", ".join(places) if spec is not None else "nothing"
            advice = "rename that package, take its folder off the path, or say -p no:pumpbench"
            return f'its package "{name}" is hidden by {found}: {advice}'
    return ""
