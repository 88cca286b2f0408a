"""`pumpbench ctl refill`: the dialogue of a refill, step by step, and nothing half done when it is left."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from hil.commands.ctl.line import Json, Yes, bad_usage, confirm, done, talk
from hil.commands.ctl.therapy import amount
from hil.console import err
from hil.pump.client import Client
from hil.words.quantity import format_volume


def refill(
    context: typer.Context,
    withdrawn: Annotated[str | None, typer.Option(help='What was drawn out, like "3.2 mL".')] = None,
    filled: Annotated[str | None, typer.Option(help='What was put in, like "18 mL".')] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Enter a refill: withdrawn, filled, confirm. Until the last step the pump keeps its old volume."""
    withdrawn_nl = None if withdrawn is None else amount(withdrawn, "volume")
    filled_nl = None if filled is None else amount(filled, "volume")
    with talk(context, as_json) as client:
        client.refill_begin()
        is_confirmed = False
        try:
            expected_nl = client.status().reservoir_nl
            hint = f"the pump computes that {format_volume(expected_nl)} are left"
            withdrawn_nl = _volume("withdrawn", hint, withdrawn_nl)
            client.refill_withdrawn(withdrawn_nl)
            _tell_mismatch(client)
            filled_nl = _volume("filled", "what goes in now", filled_nl)
            client.refill_filled(filled_nl)
            what = f"Withdrawn {format_volume(withdrawn_nl)}, filled {format_volume(filled_nl)}"
            confirm(f"{what}; the reservoir counts from there", "FILLED", yes)
            client.refill_confirm()
            is_confirmed = True
        finally:
            if not is_confirmed:
                client.exchange("REFILL_CANCEL")
        done(as_json, f"refill confirmed, reservoir {format_volume(client.status().reservoir_nl)}")


def _volume(what: str, hint: str, given_nl: int | None) -> int:
    if given_nl is not None:
        return given_nl
    if not sys.stdin.isatty():
        bad_usage(f'--{what}: missing, and nobody is there to ask; allowed: a volume like "3.2 mL"')
    return amount(input(f"{what} ({hint}): "), "volume")


def _tell_mismatch(client: Client) -> None:
    if any(alarm.name == "REFILL_MISMATCH" for alarm in client.alarms()):
        err.print("REFILL_MISMATCH: what was withdrawn is not what should have been there", style="bold red")
