"""`pumpbench inject`: injects a fault into an emulated bench while it runs, or acts on the bench by hand.

It goes through the control channel beside the serial port (hil/ports/control.py), never over the line: the
host that has the pump keeps it.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from hil.commands.ctl.line import ending
from hil.console import error, out
from hil.ports.control import ask_bench
from hil.run.result import EXIT_BAD_INPUT

EXAMPLES = """
Examples:

  pumpbench inject --port /tmp/pump motor.stall duration="40 min"

  pumpbench inject --port socket://127.0.0.1:7000 clear

Besides the faults of pumpbench faults: clear \\[fault=ID], faults, truth, run duration="1 h",
press button=patient|silence \\[hold="3 s"], release button=..., power state=on|off, plug state=in|out,
withdraw volume="15 mL", fill volume="18 mL" \\[port=reservoir|catheter_access|pocket]: what truly happens at a refill.
"""

_ACTIONS = ("clear", "faults", "truth", "run", "press", "release", "power", "plug", "withdraw", "fill")


def inject(
    fault: Annotated[
        str,
        typer.Argument(metavar="FAULT", help=f"A fault id, or an action: {', '.join(_ACTIONS)}."),
    ],
    parameters: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE...")] = None,
    port: Annotated[
        str, typer.Option(envvar="PUMPBENCH_PORT", metavar="URL", help="The serial port of the bench.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of words.")] = False,
) -> None:
    """Do something to an emulated bench."""
    if not port:
        _bad_usage("--port: missing; allowed: the port that `pumpbench emulate` shows")
    given: dict[str, str] = {}
    for parameter in parameters or []:
        name, equals, value = parameter.partition("=")
        if not equals or not name:
            _bad_usage(f'found {parameter}; allowed: key=value, like duration="40 min"')
        given[name] = value
    request: dict[str, Any] = {"do": "inject", "fault": fault, "parameters": given}
    if fault in _ACTIONS:
        request = {"do": fault, **given}
    with ending(as_json):
        answer = ask_bench(port, request)
    if as_json:
        out.print(json.dumps(answer), soft_wrap=True)
        return
    for line in _lines(fault, answer):
        out.print(line, soft_wrap=True)


def _lines(fault: str, answer: dict[str, Any]) -> list[str]:
    if fault == "faults":
        return [
            f"{row['number']:>3}  {row['fault']}  {'active' if row['is_active'] else 'ended'},"
            f" {'took effect' if row['took_effect'] else 'no effect seen yet'}"
            for row in answer["faults"]
        ] or ["no fault was injected"]
    if fault == "truth":
        return [
            f"{name}  {value:,}" if isinstance(value, int) else f"{name}  {value:,.6g}"
            for name, value in answer["truth"].items()
        ]
    if "number" in answer:
        return [f"fault {answer['number']}: {answer['fault']} at {answer['at_s']:.3f} s"]
    return [", ".join(f"{name} {value}" for name, value in answer.items()) or "done"]


def _bad_usage(message: str) -> None:
    error(message)
    raise typer.Exit(EXIT_BAD_INPUT)
