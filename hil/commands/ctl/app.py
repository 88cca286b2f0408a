"""The commands of `pumpbench ctl` and what stands before them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.board.key_files import ROLES
from hil.commands.ctl import (
    alarms,
    bench_figures,
    calibration,
    keys,
    log,
    moving,
    programme,
    refill,
    service,
    status,
    therapy,
)
from hil.commands.ctl.line import Line, bad_usage
from hil.words import quantity

EXAMPLES = """
Examples:

  pumpbench ctl --port /dev/ttyACM0 status --watch

  pumpbench ctl --port socket://127.0.0.1:7000 bolus clinician "20 uL" --over "10 min"

  pumpbench ctl --port /tmp/pump --role clinician --key keys/clinician.key start --yes

  pumpbench ctl --port pump://demo_week log --json

Exit code: 0 done, 1 the pump refused or differs from the file, 2 bad usage, 3 the line or its port, 130 Ctrl-C.
"""

app = typer.Typer(
    help="Talk to a pump: status, therapy, boluses, refill, alarms, log, clock, keys, jog.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.callback()
def ctl(
    context: typer.Context,
    port: Annotated[
        str,
        typer.Option(
            envvar="PUMPBENCH_PORT",
            metavar="URL",
            help="Serial port, socket://HOST:PORT, rfc2217://HOST:PORT, or pump://[SCENARIO].",
        ),
    ] = "",
    role: Annotated[str | None, typer.Option(help=f"Open a session: {', '.join(ROLES)}.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The role's key.")] = None,
    wait: Annotated[
        str, typer.Option(metavar="TIME", help='Try for so long to reach the pump, like "15 s": it may be booting.')
    ] = "0 s",
) -> None:
    """Talk to a pump."""
    if (role is None) != (key is None):
        bad_usage("--role and --key belong together")
    if role is not None and role.lower() not in ROLES:
        bad_usage(f"--role: found {role}; allowed: {', '.join(ROLES)}")
    try:
        wait_s = quantity.parse_duration_ns(wait) / quantity.NS_PER_S
    except quantity.QuantityError as problem:
        bad_usage(f"--wait: found {wait}; allowed: {problem.allowed}")
    context.obj = Line(port, role, key, wait_s)


app.command("status")(status.status)
app.command("config")(bench_figures.config)
app.command("sensors")(bench_figures.sensors)
app.command("jog")(moving.jog)
app.add_typer(calibration.app, name="calibrate")
app.command("start")(therapy.start)
app.command("stop")(therapy.stop)
app.command("minimum-rate")(therapy.minimum_rate)
app.add_typer(therapy.boluses, name="bolus")
app.add_typer(programme.app, name="programme")
app.command("refill")(refill.refill)
app.command("alarms")(alarms.alarms)
app.command("silence")(alarms.silence)
app.command("acknowledge")(alarms.acknowledge)
app.command("log")(log.log)
app.command("clock")(service.clock)
app.command("self-test")(service.self_test)
app.command("repl")(service.repl)
app.add_typer(keys.app, name="keys")
