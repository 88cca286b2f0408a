"""`pumpbench ctl start | stop | minimum-rate | bolus ...`: what moves fluid, in two steps."""

from __future__ import annotations

from typing import Annotated

import typer

from hil.commands.ctl.line import Json, Yes, bad_usage, confirm, done, over_soft_limit, settled, talk
from hil.pump.client import Client
from hil.pump.prescription_text import in_s, in_ul
from hil.words import quantity
from hil.words.quantity import QuantityError

boluses = typer.Typer(help="Give a bolus, or end one.", no_args_is_help=True)

Volume = Annotated[str, typer.Argument(help='Like "20 uL".')]
SoftLimit = Annotated[bool, typer.Option("--confirm-soft-limit", help="Confirm a value above a soft limit.")]


def start(context: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Deliver the committed programme."""
    with talk(context, as_json) as client:
        confirm(f"{_state(client)}\nSTART the committed programme", "START", yes)
        settled(client, client.start)
        done(as_json, "started")


def stop(context: typer.Context, as_json: Json = False) -> None:
    """Finish the stroke, then stand still. Asks nothing: stopping is always possible."""
    with talk(context, as_json) as client:
        client.stop()
        done(as_json, "stopped")


def minimum_rate(context: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Deliver at the minimum rate only."""
    with talk(context, as_json) as client:
        confirm(f"{_state(client)}\nDeliver at the minimum rate", "MINIMUM", yes)
        settled(client, client.minimum_rate)
        done(as_json, "at the minimum rate")


@boluses.command()
def clinician(
    context: typer.Context,
    volume: Volume,
    over: Annotated[str, typer.Option(help='Spread over this time, like "10 min".')] = "1 s",
    confirm_soft_limit: SoftLimit = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """A volume on top of basal."""
    volume_nl, duration_s = amount(volume, "volume"), amount(over, "time") // quantity.NS_PER_S
    with talk(context, as_json) as client:
        what = f"{_state(client)}\nGive a clinician bolus of {in_ul(volume_nl)} over {in_s(duration_s)}"
        confirm(what, in_ul(volume_nl), yes)
        over_soft_limit(client, lambda: client.clinician_bolus(volume_nl, duration_s), confirm_soft_limit)
        done(as_json, f"clinician bolus of {in_ul(volume_nl)} taken")


@boluses.command()
def patient(context: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """As the patient's button: volume and lock-out are prescribed."""
    with talk(context, as_json) as client:
        confirm(f"{_state(client)}\nGive the patient's bolus", "PATIENT", yes)
        settled(client, client.patient_bolus)
        done(as_json, "patient bolus taken")


@boluses.command()
def priming(context: typer.Context, volume: Volume, yes: Yes = False, as_json: Json = False) -> None:
    """Fill the catheter; only while the pump stands still."""
    volume_nl = amount(volume, "volume")
    with talk(context, as_json) as client:
        confirm(f"{_state(client)}\nPrime with {in_ul(volume_nl)}", in_ul(volume_nl), yes)
        settled(client, lambda: client.priming_bolus(volume_nl))
        done(as_json, f"priming with {in_ul(volume_nl)}")


@boluses.command("catheter-empty")
def catheter_empty(context: typer.Context, yes: Yes = False, as_json: Json = False) -> None:
    """Declare a new or drained catheter: it may be primed once outside the dose limit. Nothing moves by this."""
    with talk(context, as_json) as client:
        confirm(f"{_state(client)}\nDeclare the catheter empty", "EMPTY", yes)
        settled(client, client.catheter_empty)
        done(as_json, "catheter empty: what primes it, up to its dead volume, is no dose")


@boluses.command()
def bridge(
    context: typer.Context,
    volume: Volume,
    rate: Annotated[str, typer.Argument(help='The old drug\'s rate, like "20 uL/h".')],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """The old drug's rate until the volume of the catheter is displaced."""
    volume_nl, rate_nl_per_h = amount(volume, "volume"), amount(rate, "rate")
    with talk(context, as_json) as client:
        what = f"{_state(client)}\nBridge {in_ul(volume_nl)} at {in_ul(rate_nl_per_h)}/h"
        confirm(what, in_ul(volume_nl), yes)
        settled(client, lambda: client.bridge_bolus(volume_nl, rate_nl_per_h))
        done(as_json, f"bridge bolus of {in_ul(volume_nl)} taken")


@boluses.command()
def cancel(context: typer.Context, as_json: Json = False) -> None:
    """End the running bolus; what was delivered counts."""
    with talk(context, as_json) as client:
        client.bolus_cancel()
        done(as_json, "bolus ended")


def amount(text: str, kind: str) -> int:
    """A typed quantity as the whole number that the pump takes. Any other text ends the command."""
    try:
        return quantity.parse_rounded(text, kind)
    except QuantityError as problem:
        nearest = f'; did you mean "{problem.nearest}"?' if problem.nearest else ""
        bad_usage(f"{kind}: found {text}; allowed: {problem.allowed}{nearest}")


def _state(client: Client) -> str:
    """The first step: what the pump is and does now."""
    shot = client.status()
    drug = client.prescription()
    name = f"{drug['drug_name'] or 'no drug'} {drug['concentration_ug_per_ml']} ug/mL"
    return (
        f"pump: {shot.mode}, {name}, {in_ul(shot.rate_nl_per_h)}/h, reservoir {in_ul(shot.reservoir_nl)},"
        f" {shot.alarm_count} alarms"
    )
