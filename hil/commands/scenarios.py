"""`pumpbench scenarios`: the library with what each scenario shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from hil.console import out
from hil.scenario.model import Inject
from hil.scenario.reader import find, find_all, library_files, read_file
from hil.words.quantity import format_duration

EXAMPLES = """
Examples:

  pumpbench scenarios

  pumpbench scenarios catheter              that group, with the reason behind each

  pumpbench run stall_permanent, or a whole group: pumpbench run stall
"""


def scenarios(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="GROUP|NAME", help="Groups or names to describe in full.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A list with one object per scenario.")] = False,
) -> None:
    """List the scenario library by groups, with the requirements that each scenario shows."""
    words = [name for word in names for name in find_all(word)] if names else list(library_files())
    rows = [_row(word) for word in words]
    if as_json:
        out.print(json.dumps(rows, indent=1), soft_wrap=True)
    elif names:
        for row in rows:
            _show(row)
    else:
        out.print(_table(rows))


def _row(name: str) -> dict[str, Any]:
    file = Path(find(name))
    runs = read_file(name)
    first = runs[0]
    return {
        "group": file.parent.name,
        "name": file.stem,
        "title": first.name,
        "why": first.why,
        "requirements": list(first.requirements),
        "duration_s": first.duration_ns / 1e9,
        "runs": len(runs),
        "targets": list(first.targets),
        "faults": sorted({step.action.fault for step in first.steps if isinstance(step.action, Inject)}),
        "file": str(file),
    }


def _shown_name(row: dict[str, Any]) -> str:
    return row["name"] if row["runs"] == 1 else f"{row['name']} ({row['runs']} runs)"


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("group", "name", "lasts"):
        table.add_column(column, no_wrap=True)
    table.add_column("requirements")
    last_group = ""
    for row in rows:
        lasts = format_duration(round(row["duration_s"] * 1e9))
        group = "" if row["group"] == last_group else row["group"]
        table.add_row(group, _shown_name(row), lasts, " ".join(row["requirements"]))
        last_group = row["group"]
    return table


def _show(row: dict[str, Any]) -> None:
    out.print(f"{_shown_name(row)}: {row['title']}", style="bold")
    lasts = format_duration(round(row["duration_s"] * 1e9))
    faults = ", ".join(row["faults"]) or "no fault"
    for line in (row["why"], f"shows {' '.join(row['requirements'])}; lasts {lasts}; {faults}"):
        out.print(Padding(Text(line), (0, 0, 0, 2)))
    out.print(f"  {row['file']}", soft_wrap=True, style="dim")
