"""`pumpbench ctl keys make | write | show | erase`: the keys of the roles (LNK-05).

A pump takes keys in maintenance mode only: hold the silence button while it is switched on, press the patient button
when the lamp lights, and hold the silence button on until the keys are written. Its Python prompt then answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from hil.board.key_files import erase_keys, keyed_roles, make_keys, read_folder, write_keys
from hil.board.raw_repl import RawRepl
from hil.commands.ctl.line import Json, Line, Yes, confirm, done, ending, say
from hil.ports.open_line import clock_of

app = typer.Typer(help="Make keys, and write them into a pump in maintenance mode.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Folder with patient.key, clinician.key, service.key.")]


@app.command()
def make(folder: Folder, as_json: Json = False) -> None:
    """New random keys as files that only you can read."""
    with ending(as_json):
        paths = [str(path) for path in make_keys(folder)]
        say({"ok": True, "files": paths}, as_json, "\n".join(paths))


@app.command()
def write(context: typer.Context, folder: Folder, yes: Yes = False, as_json: Json = False) -> None:
    """Replace the keys of the pump; interrupted at any point, the old ones are whole."""
    with _prompt(context, as_json) as repl:
        keys = read_folder(folder)
        confirm(f"The pump gets new keys for {', '.join(keys)}; the old ones are gone", "KEYS", yes)
        write_keys(repl, keys)
        roles = keyed_roles(repl)
        say({"ok": True, "roles": roles}, as_json, f"keys written for {', '.join(roles or ())}")


@app.command()
def show(context: typer.Context, as_json: Json = False) -> None:
    """Which roles have a key. The keys themselves stay where they are."""
    with _prompt(context, as_json) as repl:
        roles = keyed_roles(repl)
        words = "no keys: every role is open to anybody" if roles is None else f"keys for {', '.join(roles)}"
        say({"is_keyless": roles is None, "roles": roles or ()}, as_json, words)


@app.command()
def erase(context: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Make the pump keyless: every role is then open to anybody."""
    with _prompt(context, as_json) as repl:
        confirm("The pump loses its keys: anybody may then ask it for anything", "ERASE", yes)
        erase_keys(repl)
        done(as_json, "the pump is keyless")


@contextmanager
def _prompt(context: typer.Context, as_json: bool) -> Iterator[RawRepl]:
    line: Line = context.obj
    with ending(as_json):
        stream = line.open()
        try:
            with RawRepl(stream, clock_of(stream)) as repl:
                yield repl
        finally:
            stream.close()
