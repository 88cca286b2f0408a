"""`pumpbench ctl alarms | silence | acknowledge`."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from hil.commands.ctl.line import Json, bad_usage, done, say, talk
from hil.commands.ctl.status import STYLES, wall
from hil.console import out
from hil.words.quantity import nearest_word
from protocols.alarms import NAMES

_NAMES = [name for name in NAMES if name]


def alarms(context: typer.Context, as_json: Json = False) -> None:
    """List active alarms, the most urgent first."""
    with talk(context, as_json) as client:
        found = client.alarms()
        if as_json:
            say({"alarms": msgspec.to_builtins(found)}, True)
            return
        if not found:
            out.print("no alarm")
            return
        table = Table(box=None, pad_edge=False)
        for column in ("priority", "alarm", "since", "state"):
            table.add_column(column)
        for alarm in found:
            state = ", ".join(word.lower() for word in alarm.state)
            style = STYLES.get(alarm.priority, "")
            table.add_row(alarm.priority, alarm.name, wall(alarm.raised_at_s), state, style=style)
        out.print(table)


def silence(context: typer.Context, as_json: Json = False) -> None:
    """Quiet the buzzer for at most two minutes."""
    with talk(context, as_json) as client:
        client.silence()
        done(as_json, "silenced")


def acknowledge(
    context: typer.Context,
    alarm: Annotated[str, typer.Argument(metavar="ALARM", help="Name of the alarm, like MOTOR_STALL.")],
    as_json: Json = False,
) -> None:
    """Clear a latched alarm whose cause is gone."""
    name = alarm.upper().replace("-", "_")
    if name not in _NAMES:
        near = nearest_word(name, _NAMES)
        hint = f'; did you mean "{near}"?' if near else ";"
        bad_usage(f"found {alarm}{hint} `ctl alarms` lists the active ones")
    with talk(context, as_json) as client:
        client.acknowledge(name)
        done(as_json, f"{name} acknowledged")
