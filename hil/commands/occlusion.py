"""`pumpbench occlusion`: pressure, time to alarm and bolus after release, over the range of rates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hil.commands.accuracy import command_line, rates_of
from hil.console import out
from hil.measure import occlusion as measuring
from hil.measure.csv_files import write_occlusion
from hil.measure.occlusion import OcclusionRow
from hil.measure.page import rate_text, write_occlusion_page
from hil.words.quantity import duration_text, volume_text

EXAMPLES = """
Examples:

  pumpbench occlusion --out out/occlusion

  pumpbench occlusion --rate "2 uL/h" --rate "60 uL/h"

Exit code: 0 done, 2 bad usage, 3 infrastructure.
"""
RATES = ["2 uL/h", "5 uL/h", "20 uL/h", "50 uL/h", "200 uL/h", "500 uL/h", "1 mL/h"]


def occlusion(
    rate: Annotated[list[str], typer.Option(help="Rates; repeat the option.")] = RATES,
    target: Annotated[str, typer.Option(help="sim, mpy or chip.")] = "sim",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Write occlusion.html and CSV files here.")] = None,
) -> None:
    """Close the line at several rates: how long until the alarm, and what comes out when it opens."""
    rows = [measuring.measure(each, target, seed) for each in rates_of(rate)]
    _show(rows)
    if out_folder is not None:
        files = write_occlusion(rows, out_folder)
        files.append(write_occlusion_page(rows, command_line(), out_folder / "occlusion.html"))
        out.print("written: " + ", ".join(str(file) for file in files), soft_wrap=True)


def _show(rows: list[OcclusionRow]) -> None:
    heads = ("rate", "time to alarm", "strokes", "into the line", "at the alarm", "highest", "bolus after release")
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            rate_text(row.rate_nl_per_h),
            "no alarm" if row.alarm_s is None else duration_text(row.alarm_s),
            str(row.strokes),
            volume_text(row.stroked_nl),
            f"{row.alarm_kpa:.1f} kPa",
            f"{row.highest_kpa:.1f} kPa",
            volume_text(row.bolus_nl),
        )
    out.print(table)
