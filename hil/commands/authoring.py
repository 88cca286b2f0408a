"""`pumpbench new` and `pumpbench schema`: for those who write scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.console import error, out
from hil.run.result import EXIT_BAD_INPUT
from hil.scenario import schema as language
from hil.scenario.starter import starter

NEW_EXAMPLES = "Example: pumpbench new my_kink.toml, then: pumpbench run my_kink.toml --report out/my_kink"
SCHEMA_EXAMPLES = "Example: pumpbench schema scenario.schema.json"


def new(file: Annotated[Path, typer.Argument(help="Scenario file to write; it must not exist.")]) -> None:
    """Write a commented scenario that runs, to be changed."""
    if file.suffix != ".toml":
        file = file.with_name(file.name + ".toml")
    if file.exists():
        error(f"{file}: is there already")
        raise typer.Exit(EXIT_BAD_INPUT)
    _write(file, starter(str(file), file.stem))
    out.print(f"written: {file}; run it: pumpbench run {file} --report out/{file.stem}", soft_wrap=True)


def schema(
    file: Annotated[Path | None, typer.Argument(help="File to write; stdout if left out.")] = None,
) -> None:
    """The scenario language as JSON Schema, for editors."""
    if file is None:
        print(language.text(), end="")
    else:
        _write(file, language.text())


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as problem:
        error(f"{file}: cannot be written: {problem.strerror}")
        raise typer.Exit(EXIT_BAD_INPUT) from None
