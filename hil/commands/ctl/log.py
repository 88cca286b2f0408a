"""`pumpbench ctl log`: the pump's event log, on the screen or exported."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TextIO

import typer

from hil.commands.ctl.line import Json, bad_usage, done, say, talk
from hil.commands.ctl.status import wall
from hil.console import out
from hil.errors import ScenarioError
from hil.pump.readings import Event

_COLUMNS = ("log_seq", "wall_time", "run_s", "code", "a", "b", "text")


def log(
    context: typer.Context,
    from_seq: Annotated[int, typer.Option("--from", min=0, help="Number of the first entry.")] = 0,
    count: Annotated[int | None, typer.Option(min=1, help="Print at most this many entries.")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="Print only the last entries.")] = None,
    csv_file: Annotated[str | None, typer.Option("--csv", metavar="FILE", help="Write CSV; - is stdout.")] = None,
    as_json: Json = False,
) -> None:
    """Show or export the log. With --json one object a line."""
    if last is not None and (from_seq or count is not None):
        bad_usage("--last: found together with --from or --count; allowed: one of them")
    with talk(context, as_json) as client:
        if last is not None:
            from_seq = max(0, client.status().log_seq - last)
        entries = client.log(from_seq, count)
        if csv_file is not None:
            number = _write_csv(entries, csv_file)
            if csv_file != "-":
                done(as_json, f"{number} entries in {csv_file}")
            return
        for entry in entries:
            if as_json:
                fields = {name: getattr(entry, name) for name in ("log_seq", "epoch_s", "run_s", "code", "a", "b")}
                say({**fields, "text": entry.text}, True)
            else:
                line = f"{entry.log_seq:>7}  {wall(entry.epoch_s)}  {entry.text}"
                out.print(line, soft_wrap=True)


def _write_csv(entries: Iterable[Event], name: str) -> int:
    if name == "-":
        return _write_rows(entries, sys.stdout)
    read = list(entries)  # a line that fails half-way leaves the old file alone
    try:
        with Path(name).open("w", newline="", encoding="utf-8") as file:
            return _write_rows(read, file)
    except OSError as problem:
        raise ScenarioError(name, 0, "", f"cannot be written: {problem.strerror}") from None


def _write_rows(entries: Iterable[Event], file: TextIO) -> int:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(_COLUMNS)
    number = 0
    for entry in entries:
        rows.writerow((entry.log_seq, wall(entry.epoch_s), entry.run_s, entry.code, entry.a, entry.b, entry.text))
        number += 1
    return number
