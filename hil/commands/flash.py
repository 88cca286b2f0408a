"""`pumpbench flash`: the pump's files onto a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.board.key_files import read_key
from hil.console import error, out
from hil.words.given_file import read_given

EXAMPLES = """
Examples:

  pumpbench flash /dev/ttyACM0

  pumpbench flash /dev/ttyACM0 --config bench7.json

A pump that delivers does not leave its program: stop it first. A board whose program does not answer is
reached with the silence button held while it gets power, and the patient
button pressed when the lamp lights.
"""


def flash(
    port: Annotated[str, typer.Argument(metavar="PORT", help="Serial port of the board, or a socket:// URL.")],
    config: Annotated[
        Path | None,
        typer.Option(help="JSON file with the bench's own figures, to become /config.json: docs/bench/flashing.md."),
    ] = None,
    source: Annotated[
        bool, typer.Option("--source", help="Copy the sources instead of compiled modules; too big for a Pico's heap.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="File with the service key, 64 hex digits, for a board that has keys.")
    ] = None,
) -> None:
    """Check the board, compile, copy what differs, verify by hash, restart, wait for the pump."""
    from hil.board.files import CONFIG, compiled_files, source_files
    from hil.board.flasher import Flasher, check_config
    from hil.ports.open_line import open_line

    if source:
        out.print(
            "--source: a Pico has too little memory to compile the sources and will not start: leave it out there"
        )
    files = source_files() if source else compiled_files()
    if config is not None:
        files[CONFIG] = check_config(read_given(config))
    flashed = Flasher(port, open_line, lambda line: out.print(line), None if key is None else read_key(key)).flash(
        files
    )
    status = flashed.status
    out.print(f"status: {status.mode}, boot {status.boots}, reset cause {status.reset_cause}")
    if status.mode == "FAULT":
        error("the pump's self-test failed: see its log, and its configuration")
        raise typer.Exit(1)
