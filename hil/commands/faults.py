"""`pumpbench faults`: the fault catalogue with parameters, units and ranges."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from hil.console import error, out
from hil.run.result import EXIT_BAD_INPUT
from hil.words.bench import FaultEntry, Parameter, fault_catalogue
from hil.words.quantity import nearest_word

EXAMPLES = """
Examples:

  pumpbench faults

  pumpbench faults catheter                 those that begin like this

A step of a scenario: inject = "motor.stall" with duration = "40 min"; by hand: pumpbench inject --help
"""


def faults(
    names: Annotated[list[str] | None, typer.Argument(metavar="FAULT", help="Fault id or prefix.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A list with one object per fault.")] = False,
) -> None:
    """List all faults that a scenario can inject, with their parameters and what the pump must show."""
    chosen = _chosen(names or [""])
    if as_json:
        rows = [
            {
                "id": fault.id,
                "description": fault.description,
                "must_show": fault.verdict,
                "parameters": {
                    name: {"kind": each.kind, "allowed": each.range_text, "default": _default(each)}
                    for name, each in fault.parameters.items()
                },
            }
            for fault in chosen
        ]
        out.print(json.dumps(rows, indent=1), soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("fault", no_wrap=True)
    table.add_column("what happens")
    table.add_column("parameters")
    table.add_column("what the pump must show")
    for fault in chosen:
        parameters = "\n".join(_described(name, entry) for name, entry in fault.parameters.items())
        table.add_row(fault.id, fault.description, parameters, fault.verdict)
    out.print(table)


def _chosen(words: list[str]) -> list[FaultEntry]:
    catalogue = fault_catalogue()
    found = {name: fault for word in words for name, fault in catalogue.items() if name.startswith(word)}
    for word in words:
        if not any(name.startswith(word) for name in catalogue):
            near = nearest_word(word, catalogue)
            error(f"found {word}; allowed: an id, or how one begins" + (f'; did you mean "{near}"?' if near else ""))
            raise typer.Exit(EXIT_BAD_INPUT)
    return list(found.values())


def _default(parameter: Parameter) -> str | None:
    return None if parameter.default in (None, "") else parameter.shown(parameter.default)


def _described(name: str, parameter: Parameter) -> str:
    default = _default(parameter)
    return f"{name}: {parameter.range_text or parameter.kind}" + (f", default {default}" if default else "")
