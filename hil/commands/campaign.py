"""`pumpbench campaign`: many trials of one file, with what they say together."""

from __future__ import annotations

import json
import os
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hil.campaign.branches import Outcome, why_fresh
from hil.campaign.dask_trials import on_dask
from hil.campaign.findings import Change, Findings, change, findings
from hil.campaign.page import read_rows, write_page, write_parquet, write_rows
from hil.campaign.series import Campaign, Row, on_this_machine, summary
from hil.campaign.statistics import require_scipy
from hil.commands.outputs import check_outputs
from hil.console import err, error, out
from hil.errors import BenchBroken, ScenarioError
from hil.run.result import EXIT_BAD_INPUT, EXIT_CODES, EXIT_INTERRUPTED
from hil.targets.factory import EMULATED_WORDS
from hil.words.quantity import NS_PER_S, format_duration

EXAMPLES = """
Examples:

  pumpbench campaign hil/scenarios/stall/stall_monte_carlo.toml --trials 1000

  pumpbench campaign my.toml --trials 200 --json out/my.json --against out/before

  pumpbench campaign my.toml --scheduler tcp://bench-3:8786

The folder --out keeps every trial: the same command goes on where it was interrupted.

Exit code: 0 all passed, 1 some failed, 2 bad input, 3 infrastructure, 4 invalid, 130 interrupted.
"""


def campaign(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A scenario with [monte_carlo] or [sweep].")],
    trials: Annotated[int | None, typer.Option(min=1, max=100_000, help="In place of those of the file.")] = None,
    workers: Annotated[int, typer.Option("--workers", "-j", min=0, max=256, help="Processes; 0: one per core.")] = 0,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler whose workers see --out.")] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="Use this seed instead of the one in the file.")] = None,
    target: Annotated[str, typer.Option(help="sim, mpy or chip.")] = "sim",
    folder: Annotated[Path | None, typer.Option("--out", help="Folder; default out/campaign-NAME.")] = None,
    against: Annotated[Path | None, typer.Option(help="Folder of the same campaign by another build.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON.")] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one trial may take.")] = 900.0,
) -> None:
    """Run the trials of a file and say what they show together."""
    if target not in EMULATED_WORDS:
        error(f"--target: found {target}; allowed: {', '.join(EMULATED_WORDS)}")
        raise typer.Exit(EXIT_BAD_INPUT)
    require_scipy()
    place = folder or Path("out") / f"campaign-{Path(name).stem}"
    check_outputs({"--json": json_file}, {"--out": place})
    run = Campaign(name, place, trials, seed, target)
    other = _other(against) if against is not None else None
    if why_fresh(target):
        err.print(why_fresh(target))
    began_s = time.monotonic()
    rows = _run(run, workers or os.cpu_count() or 1, scheduler, timeout)
    numbers = summary(rows, time.monotonic() - began_s)
    found = findings(rows)
    changed = None if other is None else change(rows, other)
    try:
        write_rows(rows, place)
        has_parquet = write_parquet(rows, place / "trials.parquet")
        (place / "worst").mkdir(exist_ok=True)
        for key, text in run.texts({row.key for row in found.worst}).items():
            (place / "worst" / f"{key}.toml").write_text(text, encoding="utf-8")
        write_page(run.name, rows, found, numbers, changed, place / "report.html", run.fields)
        if json_file is not None:
            json_file.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    except OSError as problem:
        raise BenchBroken(f"{place}: cannot be written: {problem.strerror}; the trials are kept") from None
    _show(rows, found, numbers, changed)
    if not has_parquet:
        err.print('no trials.parquet, which needs pyarrow: pip install "pumpbench[campaign]"')
    out.print(f"report: {(place / 'report.html').resolve()}", soft_wrap=True)
    raise typer.Exit(max((EXIT_CODES[row.verdict] for row in rows), default=0))


def _run(run: Campaign, workers: int, scheduler: str, timeout_s: float) -> list[Row]:
    total = len(run)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Drawn by hand: a thread that draws would be in the way of forking.
    with Progress(*columns, console=err, auto_refresh=False, transient=True) as progress:
        known = sum(1 for _ in run.trials_folder.glob("*.trial"))
        bar = progress.add_task("trials", total=total, completed=min(known, total))

        def done(outcome: Outcome) -> None:
            progress.advance(bar)
            progress.refresh()

        how = (
            on_dask(run, scheduler, timeout_s, done)
            if scheduler
            else nullcontext(on_this_machine(run, workers, timeout_s, done))
        )
        try:
            with how as do_batch:
                return run.run(do_batch)
        except (KeyboardInterrupt, SystemExit) as stop:
            kept = sum(1 for _ in run.trials_folder.glob("*.trial"))
            err.print(f"stopped with {kept} of {total} trials done; the same command goes on from there")
            raise typer.Exit(stop.code if isinstance(stop, SystemExit) else EXIT_INTERRUPTED) from None  # type: ignore[arg-type]


def _other(folder: Path) -> list[Row]:
    try:
        return read_rows(folder)
    except (OSError, msgspec.MsgspecError):
        raise ScenarioError("", 0, "--against", f"{folder} is not the folder of a campaign that has ended") from None


def _show(rows: list[Row], found: Findings, numbers: dict[str, Any], changed: Change | None) -> None:
    out.print(f"{numbers['trials']} trials in {numbers['strata']} strata: passed {found.passed.text}", soft_wrap=True)
    if found.found is not None:
        median, late = found.found.median_s, found.found.p95_s
        out.print(
            f"detected {found.found.seen}, missed {found.found.missed}; delay {_seconds(median)} in the median,"
            f" {_seconds(late)} for 95 %",
            soft_wrap=True,
        )
    if found.dose_error is not None:
        average, spread, low, high = found.dose_error
        out.print(f"dose error {average:+.2%}, deviation {spread:.2%}, from {low:+.2%} to {high:+.2%}")
    count, days, low, high = found.false_alarms
    out.print(f"{count} alarms without a fault in {days:.1f} pump-days: {low:.2g} to {high:.2g} a day (95 %)")
    shared = format_duration(round(numbers["shared_prefix_s"] * NS_PER_S))
    out.print(f"{numbers['cpu_s']:.1f} s of processor time; shared beginnings saved {shared} of simulated time")
    if changed is not None:
        out.print(
            f"beside the other build, {changed.trials} trials of both: {changed.only_this} pass here only,"
            f" {changed.only_other} there only (p = {changed.p:.3g}), {changed.differing} event logs differ",
            soft_wrap=True,
        )
    for row in rows:
        if row.verdict not in ("pass", "fail"):
            out.print(f"  {row.verdict}  {row.label}: {row.message}", soft_wrap=True, markup=False)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
