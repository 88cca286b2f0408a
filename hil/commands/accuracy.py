"""`pumpbench accuracy`: start-up graph, trumpet curve and scatter of strokes."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from hil.console import error, out
from hil.measure import accuracy as measuring
from hil.measure.accuracy import HONEST_NL, AccuracyTable
from hil.measure.csv_files import write_accuracy
from hil.measure.page import percent_text, rate_text, write_accuracy_page
from hil.run.result import EXIT_BAD_INPUT
from hil.words import quantity
from hil.words.quantity import duration_text, format_volume

EXAMPLES = """
Examples:

  pumpbench accuracy --out out/accuracy

  pumpbench accuracy --rate "20 uL/h" --source balance

  pumpbench accuracy --rate "1 mL/h" --weighings weighings.csv

Exit code: 0 done, 2 bad usage, 3 infrastructure.
"""
WATER_G_PER_ML = 0.9982  # 20 degC


def rates_of(texts: list[str]) -> list[int]:
    """nL/h of quantities such as "2 uL/h"; ends the command with a message for anything else."""
    rates = []
    for text in texts:
        try:
            rate = quantity.parse_rounded(text, "rate")
        except quantity.QuantityError as problem:
            error(f"--rate: found {text}; allowed: {problem.allowed}")
            raise typer.Exit(EXIT_BAD_INPUT) from None
        if not 2_000 <= rate <= 1_000_000:
            error(f"--rate: found {text}; allowed: 2 uL/h to 1 mL/h")
            raise typer.Exit(EXIT_BAD_INPUT)
        rates.append(rate)
    return rates


def command_line() -> str:
    return shlex.join(["pumpbench", *sys.argv[1:]])


def accuracy(
    rate: Annotated[list[str], typer.Option(help="Rates; repeat the option.")] = ["2 uL/h", "50 uL/h", "1 mL/h"],  # noqa: B006
    source: Annotated[str, typer.Option(help="plant, or balance: an emulated one under the reservoir.")] = "plant",
    weighings: Annotated[
        Path | None,
        typer.Option(help="Weighings of a real balance instead of a run: seconds,grams at one --rate."),
    ] = None,
    density: Annotated[
        float, typer.Option(min=0.5, max=2.0, help="Density of the liquid on a balance, g/mL.")
    ] = WATER_G_PER_ML,
    target: Annotated[str, typer.Option(help="sim, mpy or chip.")] = "sim",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Write accuracy.html and CSV files here.")] = None,
) -> None:
    """Flow accuracy at several rates, by the method of IEC 60601-2-24 (the method only)."""
    rates = rates_of(rate)
    if source not in ("plant", "balance"):
        error(f"--source: found {source}; allowed: plant, balance")
        raise typer.Exit(EXIT_BAD_INPUT)
    if weighings is not None and len(rates) != 1:
        error("--weighings: a file of weighings has one rate; give it with --rate")
        raise typer.Exit(EXIT_BAD_INPUT)
    tables = []
    for each in rates:
        if weighings is not None:
            seen = measuring.read_weighings(weighings)
            tables.append(measuring.from_weighings(seen, each, density))
        elif source == "balance":
            tables.append(measuring.from_weighings(measuring.weigh_emulated(each, seed), each, density))
        else:
            tables.append(measuring.from_plant(each, target, seed))
    _show(tables)
    if out_folder is not None:
        files = write_accuracy(tables, out_folder)
        files.append(write_accuracy_page(tables, command_line(), out_folder / "accuracy.html"))
        out.print("written: " + ", ".join(str(file) for file in files), soft_wrap=True)


def _show(tables: list[AccuracyTable]) -> None:
    flow = Table("rate", "from", "T1", "T2", "mean error", "first volume", "steady", box=None, pad_edge=False)
    windows = sorted({point.window_s for table in tables for point in table.flow.trumpet})
    trumpet = Table("rate", *(duration_text(window) for window in windows), box=None, pad_edge=False)
    numbers = sorted({row.strokes for table in tables for row in table.scatter})
    spread = Table("rate", *(f"N = {number}" for number in numbers), box=None, pad_edge=False)
    for table in tables:
        name = rate_text(table.flow.rate_nl_per_h)
        flow.add_row(
            name,
            table.source,
            duration_text(table.flow.stabilisation_s),
            duration_text(table.flow.analysis_s),
            percent_text(table.flow.mean_error_percent),
            _since(table.flow.first_s),
            _since(table.flow.steady_s),
        )
        points = {point.window_s: point for point in table.flow.trumpet}
        trumpet.add_row(
            name,
            *(
                f"{points[window].highest_percent:+.1f} / {points[window].lowest_percent:+.1f} %"
                if window in points
                else ""
                for window in windows
            ),
        )
        rows = {row.strokes: row for row in table.scatter}
        spread.add_row(name, *(f"{rows[n].one_stroke_cv_percent:.2f} %" if n in rows else "" for n in numbers))
    out.print(flow)
    out.print("\nlargest error of the mean flow in any window, above / below")
    out.print(trumpet)
    if any(table.source == "balance" for table in tables):
        left_out = format_volume(HONEST_NL)
        out.print(f"(windows with less than {left_out} are left out: a balance does not tell that from its noise)")
    if numbers:
        out.print("\nspread of one stroke, from collections of N: CV x sqrt(N)")
        out.print(spread)


def _since(t_s: float | None) -> str:
    return "–" if t_s is None else duration_text(t_s)
