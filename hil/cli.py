"""The command line. Each group of commands has its file in `hil/commands/`.

Exit codes: 0 pass, 1 fail, 2 bad scenario or usage, 3 infrastructure, 4 invalid, 130 interrupted, 143 terminated.
A reader of standard output that goes away (`| head`) changes no exit code.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module
from types import FrameType
from typing import Annotated

import greenlet
import typer
from typer.core import TyperGroup

from hil import console
from hil.errors import BenchBroken, PumpbenchError
from hil.run.result import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_TERMINATED
from hil.run.versions import pumpbench_version

# Command: its function and the file in `hil/commands/` that has it, with the examples of its help.
_COMMANDS = {
    "run": ("run", "run", "EXAMPLES"),
    "scenarios": ("scenarios", "scenarios", "EXAMPLES"),
    "faults": ("faults", "faults", "EXAMPLES"),
    "new": ("authoring", "new", "NEW_EXAMPLES"),
    "schema": ("authoring", "schema", "SCHEMA_EXAMPLES"),
    "requirements": ("requirements", "requirements", "EXAMPLES"),
    "bench": ("bench", "bench", "EXAMPLES"),
    "accuracy": ("accuracy", "accuracy", "EXAMPLES"),
    "occlusion": ("occlusion", "occlusion", "EXAMPLES"),
    "replay": ("replay", "replay_command", "EXAMPLES"),
    "shrink": ("shrink", "shrink", "EXAMPLES"),
    "swarm": ("swarm", "swarm", "EXAMPLES"),
    "campaign": ("campaign", "campaign", "EXAMPLES"),
    "when": ("when", "when", "EXAMPLES"),
    "compare": ("compare", "compare_command", "EXAMPLES"),
    "emulate": ("emulate", "emulate", "EXAMPLES"),
    "inject": ("inject", "inject", "EXAMPLES"),
    "share": ("share", "share", "EXAMPLES"),
    "flash": ("flash", "flash", "EXAMPLES"),
    "doctor": ("doctor", "doctor", "EXAMPLES"),
}


class _Commands(TyperGroup):
    """Loads a command when it is called for: what one of them needs takes the others a second to import."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        return [*_COMMANDS, "ctl"]

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[override]
        if cmd_name == "ctl":
            command = typer.main.get_command(import_module("hil.commands.ctl.app").app)
        elif cmd_name in _COMMANDS:
            file, function, examples = _COMMANDS[cmd_name]
            module = import_module(f"hil.commands.{file}")
            holder = typer.Typer(add_completion=False, rich_markup_mode="rich")
            holder.command(epilog=getattr(module, examples))(getattr(module, function))
            command = typer.main.get_command(holder)
        else:
            return None
        command.name = cmd_name
        return command


app = typer.Typer(
    name="pumpbench",
    cls=_Commands,
    help="Runs the pump firmware, unmodified, in an emulator or on a bench, and judges what it does.",
    epilog="Example: pumpbench run demo_week --report out/demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"pumpbench {pumpbench_version()}")
        raise typer.Exit


@app.callback()
def pumpbench(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Runs the pump firmware, unmodified, in an emulator or on a bench, and judges what it does."""
    console.banner()


def _interrupted(number: int, frame: FrameType | None) -> None:
    _end(EXIT_INTERRUPTED)


def _terminated(number: int, frame: FrameType | None) -> None:
    _end(EXIT_TERMINATED)  # unwinds, so that what runs is cleaned up as at Ctrl-C


def _end(code: int) -> None:
    """Raised where the bench waits for the firmware, which would take it for an end of its own program."""
    here = greenlet.getcurrent()
    if here.parent is None:
        sys.exit(code)
    while here.parent is not None:
        here = here.parent
    here.throw(SystemExit(code))


def main() -> None:
    """Entry point of the command `pumpbench`."""
    signal.signal(signal.SIGINT, _interrupted)
    signal.signal(signal.SIGTERM, _terminated)
    console.guard_output()
    try:
        app()
    except PumpbenchError as error:
        console.error(str(error), error.detail)
        sys.exit(error.exit_code)
    except RecursionError:
        console.error("input that is nested too deeply to be read")
        sys.exit(EXIT_BAD_INPUT)
    except console.OutputLost as lost:
        if not lost.is_pipe:
            console.error(str(lost))
        sys.exit(0 if lost.is_pipe else BenchBroken.exit_code)


if __name__ == "__main__":
    main()
