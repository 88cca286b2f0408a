"""`pumpbench ctl calibrate volume | pressure`: what a revolution delivers by a balance; zero and gain of the sensor."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Annotated

import msgspec
import typer

from hil.board.flasher import check_config
from hil.board.key_files import read_key
from hil.commands.ctl.line import Json, Line, Yes, bad_usage, confirm, ending, say, talk
from hil.commands.ctl.moving import needs_service
from hil.console import err, out
from hil.errors import BenchBroken
from hil.measure.calibration import COVERAGE, WATER_G_PER_ML, Calibration, Volume
from hil.measure.pressure_calibration import read_at_rest, span_mv, zero_mv
from hil.ports.open_line import open_line
from hil.targets.balance import open_port
from hil.words import quantity

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


@app.command()
def pressure(
    context: typer.Context,
    gain: Annotated[
        str | None,
        typer.Option("--gain", metavar="PRESSURE", help='A gauge shows this at the line now, like "50 kPa".'),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Zero of the pressure sensor with the line open to air, or with --gain its slope; written when you confirm it."""
    line: Line = context.obj
    true_pa = None if gain is None else _pascals(gain)
    with talk(context, as_json) as client:
        needs_service(context, client)
        config = client.config()
        reading = read_at_rest(client)
        if true_pa is None:
            name, new_mv = "pressure_zero_mv", zero_mv(reading, config)
        else:
            name, new_mv = "pressure_span_mv", span_mv(reading, true_pa, config)
    shown = f"{reading.pressure_pa / 1000:.2f} kPa (standard uncertainty {reading.u_pa:.0f} Pa)"
    found = {"ok": True, "name": name, "found": new_mv, "before": config[name], **msgspec.to_builtins(reading)}
    if new_mv == config[name]:
        say({**found, "is_written": False}, as_json, f"the pump shows {shown}: nothing to write")
        return
    check_config(json.dumps({name: new_mv}).encode())
    confirm(f"The pump shows {shown}. Write {name} {new_mv} in place of {config[name]}", str(new_mv), yes)
    write(line, {name: new_mv}, as_json)
    say(
        {**found, "is_written": True},
        as_json,
        f'written; for a later `flash --config` its file wants it too: "{name}": {new_mv}',
    )


def _pascals(text: str) -> float:
    try:
        return float(quantity.parse(text, "pressure")) * 1000
    except quantity.QuantityError as problem:
        bad_usage(f"--gain: found {text}; allowed: {problem.allowed}")


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
