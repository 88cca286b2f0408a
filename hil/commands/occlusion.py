"""`pumpbench occlusion`: pressure, time to alarm and bolus after release, over the range of rates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hil.commands.accuracy import command_line, rates_of
from hil.console import error, out
from hil.measure import occlusion as measuring
from hil.measure.csv_files import write_occlusion
from hil.measure.occlusion import OcclusionRow
from hil.measure.page import rate_text, write_occlusion_page
from hil.run.result import EXIT_BAD_INPUT
from hil.words import quantity
from hil.words.quantity import duration_text, volume_text

EXAMPLES = """
Examples:

  pumpbench occlusion --out out/occlusion

  pumpbench occlusion --rate "2 uL/h" --rate "60 uL/h"

  pumpbench occlusion --rate "20 uL/h" --compliance "50 nL/kPa" --compliance "500 nL/kPa" --air "0 uL" --air "20 uL"

Exit code: 0 done, 2 bad usage, 3 infrastructure.
"""
COMPLIANCES = ["190 nL/kPa"]
AIR = ["0 uL"]
RATES = ["2 uL/h", "5 uL/h", "20 uL/h", "50 uL/h", "200 uL/h", "500 uL/h", "1 mL/h"]


def occlusion(
    rate: Annotated[list[str], typer.Option(help="Rates; repeat the option.")] = RATES,
    compliance: Annotated[list[str], typer.Option(help="Of the line; repeat the option.")] = COMPLIANCES,
    air: Annotated[list[str], typer.Option(help="A bubble in the line; repeat the option.")] = AIR,
    target: Annotated[str, typer.Option(help="sim, mpy or chip.")] = "sim",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Write occlusion.html and CSV files here.")] = None,
) -> None:
    """Close the line at each rate, compliance and bubble: how long until the alarm, and what comes out at release."""
    lines = [
        (1000 * softness, bubble)
        for softness in _amounts("--compliance", compliance, "compliance", least=0.001)
        for bubble in _amounts("--air", air, "volume", least=0.0)
    ]
    rows = [
        measuring.measure(each, target, seed, nl_per_kpa, air_nl)
        for nl_per_kpa, air_nl in lines
        for each in rates_of(rate)
    ]
    _show(rows)
    if out_folder is not None:
        files = write_occlusion(rows, out_folder)
        files.append(write_occlusion_page(rows, command_line(), out_folder / "occlusion.html"))
        out.print("written: " + ", ".join(str(file) for file in files), soft_wrap=True)


def _amounts(option: str, texts: list[str], kind: str, least: float) -> list[float]:
    """Ends the command with a message for what is no quantity of that kind, or too little."""
    found = []
    for text in texts:
        try:
            amount = float(quantity.parse(text, kind))
        except quantity.QuantityError as problem:
            error(f"{option}: found {text}; allowed: {problem.allowed}")
            raise typer.Exit(EXIT_BAD_INPUT) from None
        if amount < least:
            error(f"{option}: found {text}; allowed: at least {least:g} {quantity.KINDS[kind].unit}")
            raise typer.Exit(EXIT_BAD_INPUT)
        found.append(amount)
    return found


def _show(rows: list[OcclusionRow]) -> None:
    heads = (
        "rate",
        "line",
        "time to alarm",
        "strokes",
        "into the line",
        "at the alarm",
        "highest",
        "bolus after release",
    )
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            rate_text(row.rate_nl_per_h),
            row.line_text,
            "no alarm" if row.alarm_s is None else duration_text(row.alarm_s),
            str(row.strokes),
            volume_text(row.stroked_nl),
            f"{row.alarm_kpa:.1f} kPa",
            f"{row.highest_kpa:.1f} kPa",
            volume_text(row.bolus_nl),
        )
    out.print(table)
