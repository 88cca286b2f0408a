"""`pumpbench ctl clock | self-test | repl`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hil.commands.ctl.line import Json, Yes, bad_usage, confirm, done, say, talk
from hil.commands.ctl.status import wall
from hil.words import quantity
from hil.words.quantity import QuantityError

_PUMP_EPOCH = datetime(2020, 1, 1)
_NOW = "now"


def clock(
    context: typer.Context,
    set_to: Annotated[
        str | None, typer.Option("--set", metavar="TIME", help='"now", or like "2026-03-02 08:00:00".')
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the pump's wall clock, or set it. Lock-outs and windows do not move with it."""
    wanted = None if set_to is None else _time(set_to)
    with talk(context, as_json) as client:
        if wanted is not None:
            client.set_clock(round((wanted - _PUMP_EPOCH).total_seconds()))
        epoch_s = client.status().epoch_s
        host = datetime.now().replace(microsecond=0)
        ahead_s = round(((_PUMP_EPOCH - host).total_seconds()) + epoch_s) if epoch_s else None
        found = {"pump": wall(epoch_s), "host": str(host), "pump_ahead_s": ahead_s}
        words = f"pump {wall(epoch_s)}, this host {host}"
        say(found, as_json, words if ahead_s is None else f"{words}, pump ahead by {ahead_s} s")


def _time(text: str) -> datetime:
    if text == _NOW:
        return datetime.now()
    try:
        return quantity.parse_date_time(text)
    except QuantityError as problem:
        bad_usage(f"--set: found {text}; allowed: now, or {problem.allowed}")


def self_test(context: typer.Context, as_json: Json = False) -> None:
    """Run the self-test again; only while nothing is delivered. In FAULT it is the way back."""
    with talk(context, as_json) as client:
        client.self_test()
        done(as_json, "self-test passed: " + client.status().mode)


def repl(context: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """End the application, so that the Python prompt answers on this line (mpremote)."""
    with talk(context, as_json) as client:
        confirm("The pump's application ends; a restart brings it back", "REPL", yes)
        client.leave_to_repl()
        done(as_json, "the Python prompt answers now")
