"""`pumpbench scenarios`: the library with what each scenario shows."""

from __future__ import annotations

from rich.table import Table

from hil.commands.console import out
from hil.quantity import format_duration
from hil.scenario.reader import library_names, read_file

EXAMPLES = "Example: pumpbench scenarios, then: pumpbench run stall_permanent"


def scenarios() -> None:
    """List the scenario library with the requirements that each one shows."""
    table = Table(box=None, pad_edge=False)
    table.add_column("name", no_wrap=True)
    table.add_column("lasts", no_wrap=True)
    table.add_column("requirements")
    table.add_column("why")
    for name in library_names():
        first = read_file(name)[0]
        table.add_row(name, format_duration(first.duration_ns), " ".join(first.requirements), first.why)
    out.print(table)
