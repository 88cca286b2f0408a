"""`pumpbench faults`: the fault catalogue with parameters, units and ranges."""

from __future__ import annotations

from rich.table import Table

from hil.commands.console import out
from hil.targets.catalogue import Parameter, fault_catalogue

EXAMPLES = 'Example of a step: inject = "motor.stall" with duration = "40 min"'


def faults() -> None:
    """List all faults that a scenario can inject, with their parameters and what the pump must show."""
    table = Table(box=None, pad_edge=False)
    table.add_column("fault", no_wrap=True)
    table.add_column("what happens")
    table.add_column("parameters")
    table.add_column("what the pump must show")
    for fault in fault_catalogue().values():
        parameters = "\n".join(_described(name, entry) for name, entry in fault.parameters.items())
        table.add_row(fault.id, fault.description, parameters, fault.verdict)
    out.print(table)


def _described(name: str, parameter: Parameter) -> str:
    allowed = parameter.range_text or parameter.kind
    default = "" if parameter.default in (None, "") else f", default {parameter.shown(parameter.default)}"
    return f"{name}: {allowed}{default}"
