"""`pumpbench ctl jog`: turn the head by hand, as it were."""

from __future__ import annotations

from typing import Annotated

import typer

from hil.commands.ctl.line import Json, Line, Yes, bad_usage, confirm, say, settled, talk
from hil.pump.client import Client
from hil.pump.jog import jog as turn
from hil.pump.jog import most_nl, volume_of
from hil.pump.prescription_text import in_ul

_COUNTS_PER_REV = 4_096


def jog(
    context: typer.Context,
    revolutions: Annotated[
        float, typer.Option("--revolutions", "-r", help="Turn so far, like 1 or 0.25. Without it the motor stays off.")
    ] = 0.0,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Turn the head by some revolutions, as a priming bolus: bounded, guarded and booked. A pump with keys: service."""
    with talk(context, as_json) as client:
        needs_service(context, client)
        config = client.config()
        before = client.status()
        if revolutions == 0:
            most = most_nl(config) / config["nl_per_rev"]
            words = f"motor off, rotor at {_degrees(before.rotor_counts)}; --revolutions N turns it, at most {most:g}"
            say({"ok": True, "revolutions": 0, "rotor_counts": before.rotor_counts, "most": most}, as_json, words)
            return
        volume_nl = volume_of(revolutions, config)
        confirm(f"Turn {revolutions:g} revolutions: {in_ul(volume_nl)} leave the reservoir", "JOG", yes)
        measured_nl = turn(client, volume_nl, lambda request: settled(client, request))
        after = client.status()
        turned = measured_nl / config["nl_per_rev"]
        found = {
            "ok": True,
            "revolutions": round(turned, 4),
            "measured_nl": measured_nl,
            "rotor_counts": after.rotor_counts,
        }
        words = f"turned {turned:.3f} revolutions, {in_ul(measured_nl)}; motor off, rotor at"
        say(found, as_json, f"{words} {_degrees(after.rotor_counts)}")


def needs_service(context: typer.Context, client: Client) -> None:
    """Ends the command when the pump has keys and another role than service was opened."""
    line: Line = context.obj
    if "KEYLESS" not in client.status().flags and (line.role or "").lower() != "service":
        bad_usage(f"--role: found {line.role or 'none'}; allowed: service, with its --key: this pump has keys")


def _degrees(counts: int) -> str:
    return f"{counts * 360 / _COUNTS_PER_REV:.1f} degrees"
