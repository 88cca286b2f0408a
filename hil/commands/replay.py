"""`pumpbench replay`: the failed runs of a report, once more and compared bit for bit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.campaign.reproduction import replay
from hil.commands.verdicts import show
from hil.console import error, out
from hil.report.recipe import CannotReplay, recipes

EXAMPLES = """
Examples:

  pumpbench replay out/report.html

  pumpbench replay result.json --all

Exit code: 0 every event log is the same, 1 one of them differs, 2 nothing to replay or another firmware.
"""
EXIT_DIFFERENT = 1


def replay_command(
    file: Annotated[Path, typer.Argument(help="A report.html, or the file of `run --json`.")],
    is_all: Annotated[bool, typer.Option("--all", help="Replay runs that passed, too.")] = False,
) -> None:
    """Run again what a report says, and compare the event logs."""
    found = recipes(file)
    if not found:
        raise CannotReplay(f"{file}: there is no run in it")
    wanted = [recipe for recipe in found if is_all or recipe.verdict != "pass"]
    if not wanted:
        raise CannotReplay(f"{file}: every run in it passed; --all replays them too")
    different = 0
    for recipe in wanted:
        result = replay(recipe)
        show(result)
        if result.event_log_sha256 == recipe.event_log_sha256:
            out.print(f"  same event log, bit for bit: {result.event_log_sha256[:16]}")
        else:
            different += 1
            error(f"event log {result.event_log_sha256[:16]}, in the report {recipe.event_log_sha256[:16]}")
    raise typer.Exit(EXIT_DIFFERENT if different else 0)
