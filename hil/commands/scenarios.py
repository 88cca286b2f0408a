"""`pumpbench scenarios`: the library with what each scenario shows."""

from __future__ import annotations

from rich.table import Table

from hil.commands.console import out
from hil.quantity import format_duration
from hil.scenario.reader import library_files, read_file

EXAMPLES = "Example: pumpbench scenarios, then: pumpbench run stall_permanent, or a whole group: pumpbench run stall"


def scenarios() -> None:
    """List the scenario library by groups, with the requirements that each scenario shows."""
    table = Table(box=None, pad_edge=False)
    table.add_column("group", no_wrap=True)
    table.add_column("name", no_wrap=True)
    table.add_column("lasts", no_wrap=True)
    table.add_column("requirements")
    table.add_column("why")
    last_group = ""
    for name, file in library_files().items():
        runs = read_file(name)
        first = runs[0]
        group = file.parent.name
        shown = name if len(runs) == 1 else f"{name} ({len(runs)} runs)"
        requirements = " ".join(first.requirements)
        lasts = format_duration(first.duration_ns)
        table.add_row("" if group == last_group else group, shown, lasts, requirements, first.why)
        last_group = group
    out.print(table)
