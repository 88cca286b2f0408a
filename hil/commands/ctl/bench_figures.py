"""`pumpbench ctl config | sensors`: the figures of the bench as the pump uses them, and what its sensors read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from hil.board.flasher import check_config
from hil.commands.ctl.line import Json, say, talk
from hil.console import error
from hil.pump.readings import Status
from hil.words.given_file import read_given

# The pressure sensor's span, and a divider of 2:1 at the supply.
_SPAN_PA = 200_000
_DIVIDER = 2
_COUNTS_PER_REV = 4_096


def config(
    context: typer.Context,
    compare: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Say which figures differ from those of `flash --config FILE`.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show the figures of this bench as the pump uses them (docs/bench/flashing.md)."""
    with talk(context, as_json) as client:
        wanted = None if compare is None else _figures(compare)
        found = client.config()
        if wanted is None:
            say(found, as_json, "\n".join(f"{name:<24} {value}" for name, value in found.items()))
            return
        differing = {
            name: {"pump": found.get(name), "file": value} for name, value in wanted.items() if found.get(name) != value
        }
        words = "\n".join(f"{name}: pump {both['pump']}, file {both['file']}" for name, both in differing.items())
        say({"ok": not differing, "differing": differing}, as_json, words or "the pump has the figures of the file")
    if differing:
        if not as_json:
            error(f"{len(differing)} figures differ; pumpbench flash PORT --config {compare} writes them")
        raise typer.Exit(1)


def _figures(file: Path) -> dict[str, int]:
    return json.loads(check_config(read_given(file)))


def sensors(context: typer.Context, as_json: Json = False) -> None:
    """Show each sensor, raw and scaled. Raw is the voltage at the pin, computed back from what the pump says."""
    with talk(context, as_json) as client:
        rows = sensor_rows(client.status(), client.config())
        words = "\n".join(
            f"{name:<15} {row['raw']:>7} {row['raw_unit']:<7} {row['shown']}" for name, row in rows.items()
        )
        say(rows, as_json, words)


def sensor_rows(status: Status, config: dict[str, int]) -> dict[str, dict[str, Any]]:
    """By sensor: raw, raw_unit, scaled, unit, and the scaled figure in words."""
    revolution = status.rotor_counts % _COUNTS_PER_REV / _COUNTS_PER_REV * 360
    return {
        "line pressure": {
            "raw": round(status.pressure_pa * config["pressure_span_mv"] / _SPAN_PA + config["pressure_zero_mv"]),
            "raw_unit": "mV",
            "scaled": status.pressure_pa,
            "unit": "Pa",
            "shown": f"{status.pressure_pa / 1000:.2f} kPa",
        },
        "supply": {
            "raw": round(status.supply_mv / _DIVIDER),
            "raw_unit": "mV",
            "scaled": status.supply_mv,
            "unit": "mV",
            "shown": f"{status.supply_mv / 1000:.3f} V",
        },
        "rotor angle": {
            "raw": status.rotor_counts,
            "raw_unit": "counts",
            "scaled": round(revolution, 2),
            "unit": "degree",
            "shown": f"{revolution:.1f} degrees",
        },
        "clock": {
            "raw": status.epoch_s,
            "raw_unit": "s",
            "scaled": status.epoch_s,
            "unit": "s since 2020",
            "shown": "" if status.epoch_s else "the clock has no time",
        },
    }
