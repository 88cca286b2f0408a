"""Devices with the real interpreter, and the same ones with CPython and shims; a skip where it is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent
from typing import Any

import pytest

from emulator.bench import wiring
from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.mpy import InterpreterBroken, MpyMcu, find_interpreter
from emulator.nets import Nets


@pytest.fixture(autouse=True, scope="session")
def interpreter() -> str:
    try:
        return find_interpreter()
    except InterpreterBroken as reason:
        pytest.skip(str(reason))


@pytest.fixture
def make_device() -> Iterator[Callable[..., Any]]:
    """`make_device(kind, source, files=...)`: a device of class `kind` with /main.py, not yet on."""
    devices: list[Mcu] = []

    def make(kind: type[Mcu], source: str, files: dict[str, bytes] | None = None, flash: Flash | None = None) -> Mcu:
        if flash is None:
            flash = Flash(image=FlashImage.build({"/main.py": dedent(source).encode(), **(files or {})}))
        device = kind(WorldEnvironment(), Nets(), wiring, flash)
        devices.append(device)
        return device

    yield make
    for device in devices:
        device.power_off()


@pytest.fixture
def run(make_device: Callable[..., Any]) -> Callable[..., Any]:
    """`run(source, seconds)`: an interpreter that has run so long."""

    def run_it(source: str, seconds: float = 1.0, files: dict[str, bytes] | None = None) -> MpyMcu:
        device = make_device(MpyMcu, source, files)
        device.power_on()
        device.env.run(until=device.env.now + round(seconds * 1e9))
        return device

    return run_it
