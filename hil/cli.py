"""The command line. Each group of commands has its file in `hil/commands/`.

Exit codes: 0 pass, 1 fail, 2 bad scenario or usage, 3 infrastructure, 4 invalid, 130 interrupted.
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated, NoReturn

import typer

from hil.commands import (
    accuracy,
    authoring,
    bench,
    compare,
    console,
    doctor,
    emulate,
    faults,
    flash,
    inject,
    occlusion,
    replay,
    requirements,
    run,
    scenarios,
    shrink,
)
from hil.commands.ctl.app import app as ctl_app
from hil.errors import PumpbenchError
from hil.result import EXIT_INTERRUPTED
from hil.versions import pumpbench_version

app = typer.Typer(
    name="pumpbench",
    help="Runs the pump firmware, unmodified, in an emulator or on a bench, and judges what it does.",
    epilog="Example: pumpbench run demo_week --report out/demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("run", epilog=run.EXAMPLES)(run.run)
app.command("scenarios", epilog=scenarios.EXAMPLES)(scenarios.scenarios)
app.command("faults", epilog=faults.EXAMPLES)(faults.faults)
app.command("new", epilog=authoring.NEW_EXAMPLES)(authoring.new)
app.command("schema", epilog=authoring.SCHEMA_EXAMPLES)(authoring.schema)
app.command("requirements", epilog=requirements.EXAMPLES)(requirements.requirements)
app.command("bench", epilog=bench.EXAMPLES)(bench.bench)
app.command("accuracy", epilog=accuracy.EXAMPLES)(accuracy.accuracy)
app.command("occlusion", epilog=occlusion.EXAMPLES)(occlusion.occlusion)
app.command("replay", epilog=replay.EXAMPLES)(replay.replay_command)
app.command("shrink", epilog=shrink.EXAMPLES)(shrink.shrink)
app.command("compare", epilog=compare.EXAMPLES)(compare.compare_command)
app.command("emulate", epilog=emulate.EXAMPLES)(emulate.emulate)
app.command("inject", epilog=inject.EXAMPLES)(inject.inject)
app.add_typer(ctl_app, name="ctl")
app.command("flash", epilog=flash.EXAMPLES)(flash.flash)
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"pumpbench {pumpbench_version()}")
        raise typer.Exit


@app.callback()
def pumpbench(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and leave."),
    ] = False,
) -> None:
    """Runs the pump firmware, unmodified, in an emulator or on a bench, and judges what it does."""
    console.banner()


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(EXIT_INTERRUPTED)


def main() -> None:
    """Entry point of the command `pumpbench`."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app()
    except PumpbenchError as error:
        console.error(str(error))
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
