"""`pumpbench ctl programme upload | read | diff`: a prescription from a TOML file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hil.commands.ctl.line import Json, Yes, confirm, done, over_soft_limit, say, talk
from hil.commands.ctl.therapy import SoftLimit
from hil.console import out
from hil.errors import BenchBroken, Refused
from hil.pump.prescription_text import as_toml, differences, of_pump, of_therapy, read_therapy_file
from hil.pump.upload import stage

app = typer.Typer(help="Upload, read or compare the prescription.", no_args_is_help=True)

TherapyFile = Annotated[Path, typer.Argument(metavar="FILE", help="TOML with a [therapy] table.")]


@app.command()
def read(
    context: typer.Context,
    staged: Annotated[bool, typer.Option("--staged", help="Show what is staged and not committed.")] = False,
    toml: Annotated[bool, typer.Option("--toml", help="Print TOML that `programme upload` accepts.")] = False,
    as_json: Json = False,
) -> None:
    """Show the prescription in the pump."""
    with talk(context, as_json) as client:
        if toml and not as_json:
            out.print(as_toml(client), soft_wrap=True, end="")
            return
        if staged and "UPLOAD_OPEN" not in client.status().flags:
            raise Refused("NOT_STAGED", "PRESCRIPTION_READ")
        items = of_pump(client, staged)
        if as_json:
            say(items, True)
            return
        table = Table(box=None, show_header=False, pad_edge=False)
        for item, text in items.items():
            table.add_row(item, text)
        out.print(table)


@app.command()
def diff(context: typer.Context, file: TherapyFile, as_json: Json = False) -> None:
    """Compare the pump with a file. Exit code 1 when they differ."""
    with talk(context, as_json) as client:
        wanted = of_therapy(read_therapy_file(file))
        found = differences(of_pump(client), wanted)
        _show(found, as_json)
        if found:
            raise typer.Exit(1)


@app.command()
def upload(
    context: typer.Context,
    file: TherapyFile,
    confirm_soft_limit: SoftLimit = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Stage the file, read it back, and commit it as a whole."""
    with talk(context, as_json) as client:
        therapy = read_therapy_file(file)
        wanted = of_therapy(therapy)
        changes = differences(of_pump(client), wanted)
        if not as_json:
            _show(changes, False)
        confirm(f"Commit {file}: {len(changes)} items change, at once", "COMMIT", yes)
        is_committed = False
        try:
            stage(client, therapy)
            if wrong := differences(of_pump(client, staged=True), wanted):
                raise BenchBroken(f"the pump reads back {wrong[0][1]} for {wrong[0][0]}, not {wrong[0][2]}")
            over_soft_limit(client, client.programme_commit, confirm_soft_limit)
            is_committed = True
        finally:
            if not is_committed:
                client.exchange("PROGRAMME_DISCARD")
        done(as_json, f"committed: {len(changes)} items changed")


def _show(found: list[tuple[str, str, str]], as_json: bool) -> None:
    if as_json:
        rows = [{"item": item, "pump": pump, "file": text} for item, pump, text in found]
        say({"differences": rows}, True)
        return
    if not found:
        out.print("no difference")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("item", "in the pump", "in the file"):
        table.add_column(column)
    for item, pump, text in found:
        table.add_row(item, pump, text)
    out.print(table)
