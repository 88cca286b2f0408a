"""`pumpbench ctl calibrate volume`: what a revolution of this head with this tube delivers, by a balance."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import msgspec
import typer

from hil.board.key_files import read_key
from hil.commands.ctl.line import Json, Line, Yes, confirm, ending, say, talk
from hil.commands.ctl.moving import needs_service
from hil.console import err, out
from hil.errors import BenchBroken
from hil.measure.calibration import COVERAGE, WATER_G_PER_ML, Calibration, Volume
from hil.ports.open_line import open_line
from hil.targets.balance import open_port

app = typer.Typer(help="Measure the figures of this bench and write them.", no_args_is_help=True)


@app.command()
def volume(
    context: typer.Context,
    balance: Annotated[str, typer.Option(metavar="PORT", help="Serial port or URL of a balance that speaks MT-SICS.")],
    revolutions: Annotated[int, typer.Option("--revolutions", "-r", min=1, help="Whole revolutions in all.")] = 8,
    density: Annotated[float, typer.Option(min=0.5, max=2.0, help="g/mL of what is weighed.")] = WATER_G_PER_ML,
    rest: Annotated[float, typer.Option(min=10, max=120, help="Seconds weighed before and after.")] = 120.0,
    settle: Annotated[float, typer.Option(min=0, max=60, help="Seconds from a turn to the first weighing.")] = 10.0,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """nL per revolution by a balance under reservoir or beaker; written when you confirm it. Takes minutes."""
    line: Line = context.obj
    with talk(context, as_json) as client:
        needs_service(context, client)
        before_nl = client.config()["nl_per_rev"]
        confirm(f"Turn {revolutions} revolutions, about {revolutions * before_nl / 1000:g} uL", "TURN", yes)
        scale = open_port(balance)
        with closing(scale):
            tell = (lambda words: None) if as_json else (lambda words: err.print(words, style="dim"))
            found = Calibration(client, scale, tell, rest, settle).run(revolutions, density)
    new_nl = round(found.nl_per_rev)
    if not as_json:
        out.print(_words(found, before_nl), soft_wrap=True)
    if abs(found.nl_per_rev - before_nl) <= found.expanded_nl:
        say(_fields(found, False), as_json, "the pump's figure lies within the uncertainty: nothing to write")
        return
    confirm(
        f"Write nl_per_rev {new_nl} in place of {before_nl}; the pump restarts and wants a refill", str(new_nl), yes
    )
    write(line, {"nl_per_rev": new_nl}, as_json)
    say(
        _fields(found, True),
        as_json,
        f'written; keep it for later in the file of `flash --config`: "nl_per_rev": {new_nl}',
    )


def write(line: Line, figures: dict[str, int], as_json: bool) -> None:
    """Into the board's configuration. Ends the command when that fails."""
    from hil.board.flasher import Flasher

    key = None if line.key is None else read_key(line.key)
    tell = (lambda words: None) if as_json else (lambda words: err.print(words, style="dim"))
    with ending(as_json):
        Flasher(line.url, open_line, tell, key).configure(figures)
        with closing(line.meet()) as client:
            kept = client.config()
        wrong = {name: kept.get(name) for name, value in figures.items() if kept.get(name) != value}
        if wrong:
            raise BenchBroken(f"the pump does not use what was written: {wrong}")


def _words(found: Volume, before_nl: int) -> str:
    drift_mg_per_h = found.slope.drift_g_per_s * 3.6e6
    return (
        f"{found.nl_per_rev:.0f} nL per revolution, expanded uncertainty {found.expanded_nl:.0f} nL (k = {COVERAGE}),"
        f" {100 * (found.nl_per_rev / before_nl - 1):+.2f} % from the pump's {before_nl}\n"
        f"{found.slope.weighings} weighings at rest over {found.revolutions:.3f} revolutions, scatter"
        f" {found.slope.scatter_g * 1000:.2f} mg, drift {drift_mg_per_h:+.1f} mg/h"
    )


def _fields(found: Volume, is_written: bool) -> dict[str, object]:
    return {"ok": True, **msgspec.to_builtins(found), "expanded_nl": found.expanded_nl, "is_written": is_written}
