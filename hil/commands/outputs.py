"""Looks before the work begins whether what it shall end in can be written."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import typer

from hil.console import error
from hil.run.result import EXIT_BAD_INPUT


def check_outputs(files: dict[str, Path | None], folders: dict[str, Path | None]) -> None:
    """Ends the command with exit code 2 and the option's name when one of them cannot be written.

    Folders are made; the folder of a file must be there.
    """
    for paths, attempt in ((files, _try_file), (folders, _try_folder)):
        for option, path in paths.items():
            if path is not None:
                _check(option, path, attempt)


def _check(option: str, path: Path, attempt: Callable[[Path], None]) -> None:
    try:
        attempt(path)
    except OSError as problem:
        error(f"{option}: {path}: cannot be written: {problem.strerror or problem}")
        raise typer.Exit(EXIT_BAD_INPUT) from None


def _try_file(file: Path) -> None:
    parent = file.absolute().parent
    if not parent.is_dir():
        raise OSError(0, f"there is no folder {parent}")
    if file.exists():
        file.open("ab").close()
    else:
        tempfile.TemporaryFile(dir=parent).close()


def _try_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()
