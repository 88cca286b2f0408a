"""`pumpbench shrink`: the least scenario that still fails the same way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hil.campaign.shrinking.cut import cut, default_output
from hil.console import err, error, out
from hil.run.result import EXIT_BAD_INPUT

EXAMPLES = """
Examples:

  pumpbench shrink campaign.toml --only "trial 17"

  pumpbench shrink my_test.toml --out smaller.toml --minutes 10

Exit code: 0 a smaller file is written, 2 bad scenario, or nothing in it fails.
"""


def shrink(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A scenario that fails.")],
    only: Annotated[str, typer.Option(help="Of a sweep or a series, the run with this label or this part of it.")] = "",
    file: Annotated[Path | None, typer.Option("--out", help="Where to write it; default NAME-minimal.toml.")] = None,
    target: Annotated[str, typer.Option(help="sim, mpy or chip.")] = "sim",
    minutes: Annotated[float, typer.Option(min=0.01, help="Stop the search after this many minutes.")] = 5.0,
) -> None:
    """Cut a failing scenario down: fewer steps, shorter, rounder figures."""
    smallest = cut(name, target, only, minutes * 60, lambda line: err.print(line, style="dim"))
    path = file or default_output(name)
    try:
        path.write_text(smallest.text, encoding="utf-8")
    except OSError as problem:
        error(f"{path}: cannot be written: {problem.strerror}")
        raise typer.Exit(EXIT_BAD_INPUT) from None
    out.print(smallest.text, end="", soft_wrap=True)
    out.print(
        f"{smallest.steps_before} steps became {smallest.steps_after} in {smallest.tries} runs: pumpbench run {path}",
        markup=False,
        soft_wrap=True,
    )
