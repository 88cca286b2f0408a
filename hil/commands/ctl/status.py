"""`pumpbench ctl status`: everything that a glance at the pump should tell; live with --watch."""

from __future__ import annotations

import sys
from collections import deque
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
import typer
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from hil.commands.ctl.line import Json, say, talk
from hil.console import out
from hil.errors import Refused
from hil.pump.client import Client
from hil.pump.prescription_text import in_s, in_ul
from hil.pump.readings import Alarm, Event, Status
from hil.words.quantity import format_volume

_PUMP_EPOCH = datetime(2020, 1, 1)
_EVENTS_SHOWN = 8
_EVERY_S = 1.0
STYLES = {"HIGH": "bold red", "MEDIUM": "bold yellow", "LOW": "cyan", "NOTICE": ""}


def status(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Repeat every second and show events.")] = False,
    times: Annotated[int | None, typer.Option(min=1, help="With --watch: end after this many repeats.")] = None,
    as_json: Json = False,
) -> None:
    """Show the pump's status."""
    with talk(context, as_json) as client:
        if not watch:
            shot, alarms = client.status(), client.alarms()
            if as_json:
                say({**msgspec.to_builtins(shot), "alarms": msgspec.to_builtins(alarms)}, True)
            else:
                out.print(view(shot, alarms, []))
            return
        _watch(client, times, as_json)


def _watch(client: Client, times: int | None, as_json: bool) -> None:
    recent: deque[Event] = deque(maxlen=_EVENTS_SHOWN)
    is_live = not as_json and out.is_terminal
    with Live(console=out, auto_refresh=False, screen=False) if is_live else nullcontext() as live:
        while times is None or times > 0:
            try:
                shot, alarms = client.status(), client.alarms()
            except Refused as refusal:
                if refusal.reason != "BUSY":
                    raise
                _show_busy(live, as_json)  # an observer (hil/ports/observers.py) is told more in a moment
            else:
                if live is not None:
                    live.update(view(shot, alarms, list(recent)), refresh=True)
                elif as_json:
                    say({**msgspec.to_builtins(shot), "alarms": msgspec.to_builtins(alarms)}, True)
                else:
                    out.print(_line(shot, alarms), soft_wrap=True)
            sys.stdout.flush()
            times = None if times is None else times - 1
            if times != 0:
                recent.extend(client.listen(_EVERY_S))


def _show_busy(live: Live | None, as_json: bool) -> None:
    words = "another host has the line"
    if live is not None:
        live.update(Text(words, style="yellow"), refresh=True)
    elif as_json:
        say({"ok": False, "error": "Refused", "reason": "BUSY", "message": words}, True)
    else:
        out.print(words)


def _line(shot: Status, alarms: list[Alarm]) -> str:
    """The status as one line, for a pipe or a file."""
    names = ", ".join(alarm.name for alarm in alarms) or "no alarm"
    volumes = f"delivered {format_volume(shot.delivered_nl)}, reservoir {format_volume(shot.reservoir_nl)}"
    return f"{wall(shot.epoch_s)}  {shot.mode}  {in_ul(shot.rate_nl_per_h)}/h  {volumes}  {names}"


def wall(epoch_s: int) -> str:
    """The pump's wall time in words."""
    return str(_PUMP_EPOCH + timedelta(seconds=epoch_s)) if epoch_s else "unknown"


def view(shot: Status, alarms: list[Alarm], events: list[Event]) -> Group:
    """Figures, alarms, and the last events."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    mode = Text(shot.mode, style="bold green" if shot.mode == "RUNNING" else "bold")
    if shot.action != "CONTINUE":
        mode.append(f", alarms: {shot.action}", style="bold red")
    table.add_row("mode", mode)
    table.add_row("rate now", f"{in_ul(shot.rate_nl_per_h)}/h (basal {in_ul(shot.basal_nl_per_h)}/h)")
    if shot.bolus_kind != "NONE":
        table.add_row("bolus", f"{shot.bolus_kind.lower()}, {in_ul(shot.bolus_remaining_nl)} to go")
    table.add_row("patient bolus", f"in {in_s(shot.lockout_s)}" if shot.lockout_s else "not locked out")
    table.add_row("reservoir", f"{format_volume(shot.reservoir_nl)} (computed)")
    delivered = f"{format_volume(shot.delivered_nl)} measured, {format_volume(shot.commanded_nl)} commanded"
    table.add_row("delivered", f"{delivered}, {shot.strokes} strokes")
    table.add_row("low / empty", f"{wall(shot.low_at_s)} / {wall(shot.empty_at_s)}")
    table.add_row("refill due", wall(shot.refill_due_at_s))
    table.add_row("clock", wall(shot.epoch_s))
    table.add_row("line / supply", f"{shot.pressure_pa / 1000:.2f} kPa / {shot.supply_mv / 1000:.2f} V")
    table.add_row("flags", ", ".join(shot.flags))
    link = f"{shot.frames_bad} bad frames, {shot.frames_repeated} repeated"
    table.add_row("started", f"{shot.boots} times, last by {shot.reset_cause}; link: {link}")
    rows: list[Table | Text] = [table]
    for alarm in alarms:
        state = ", ".join(word.lower() for word in alarm.state)
        line = f"{alarm.priority:<6} {alarm.name} since {wall(alarm.raised_at_s)} ({state})"
        rows.append(Text(line, style=STYLES.get(alarm.priority, "")))
    rows += [Text(f"{wall(event.epoch_s)}  {event.text}", style="dim") for event in events]
    return Group(*rows)
