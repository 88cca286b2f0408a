"""`pumpbench when`: the point of no return of a run."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from hil.campaign.branches import Branching
from hil.campaign.no_return_page import write_page
from hil.campaign.point_of_no_return import NoReturn, Search, harm_of
from hil.campaign.statistics import require_scipy
from hil.commands.outputs import check_outputs
from hil.console import error, out
from hil.errors import ScenarioError
from hil.run.names import only_run
from hil.run.result import EXIT_BAD_INPUT
from hil.run.runner import Options
from hil.scenario.expectations import ExpectationReader
from hil.scenario.model import Expectation, Scenario
from hil.scenario.reader import read_file
from hil.scenario.table import Source
from hil.words.quantity import NS_PER_S, format_duration, parse_duration_ns

EXAMPLES = """
Examples:

  pumpbench when stall_permanent --harm 'truth = "delivered", at = "3 h", above = "100 uL"'

  pumpbench when my_failing_run.toml --report out/when.html --response "2 h"

Exit code: 0 the search is done, 2 bad input or nothing that could be harm, 3 infrastructure.
"""
_BAR = 30


def when(
    name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A scenario.")],
    harm: Annotated[
        str, typer.Option(help="What must hold, as in an [[expect]]; default: the first about truth.")
    ] = "",
    only: Annotated[str, typer.Option(help="Of a sweep or a series, the run with this label.")] = "",
    moments: Annotated[int, typer.Option(min=2, max=1000, help="At so many moments, and as many to refine.")] = 12,
    futures: Annotated[int, typer.Option(min=1, max=1000, help="So many futures from each.")] = 8,
    response: Annotated[str, typer.Option(help="The longest time until a person is there.")] = "30 min",
    workers: Annotated[int, typer.Option("--workers", "-j", min=0, max=256, help="Processes; 0: one per core.")] = 0,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write what was found as JSON.")] = None,
) -> None:
    """Find when harm became inevitable, when the pump could first know, and when it spoke."""
    require_scipy()
    check_outputs({"--json": json_file, "--report": report}, {})
    runs = read_file(name)
    scenario = only_run(runs, only) if only else runs[0]
    asked = _harm(harm, scenario) if harm else harm_of(scenario, None)
    if asked is None:
        error(f"{scenario.file}: expects nothing of the truth; say with --harm what must hold")
        raise typer.Exit(EXIT_BAD_INPUT)
    try:
        response_s = parse_duration_ns(response) / NS_PER_S
    except ValueError as problem:
        raise ScenarioError("", 0, "--response", str(problem)) from None
    with tempfile.TemporaryDirectory(prefix="pumpbench-") as folder:
        branching = Branching(Path(folder), workers or os.cpu_count() or 1, options=Options(is_lean=True))
        found = Search(scenario, asked, response_s, futures, branching).run(moments)
    _show(found)
    try:
        if json_file is not None:
            json_file.write_text(json.dumps(msgspec.to_builtins(found), indent=2) + "\n", encoding="utf-8")
        if report is not None:
            write_page(scenario, found, report)
            out.print(f"report: {report.resolve()}", soft_wrap=True)
    except OSError as problem:
        raise ScenarioError(str(problem.filename or ""), 0, "", f"cannot be written: {problem.strerror}") from None


def _harm(text: str, scenario: Scenario) -> Expectation:
    """From the text of an inline table."""
    try:
        raw = tomllib.loads(f"expect = {{ {text} }}")["expect"]
    except tomllib.TOMLDecodeError as problem:
        raise ScenarioError("", 0, "--harm", f"not TOML: {problem}", 'truth = "delivered", above = "1 mL"') from None
    return ExpectationReader(Source("--harm", ""), scenario.duration_ns, 0, scenario.steps).read(0, raw)


def _show(found: NoReturn) -> None:
    out.print(f"harm: not ({found.harm}); in this run: {found.seen}", soft_wrap=True, markup=False)
    for moment in found.moments:
        part = moment.harmed / moment.futures if moment.futures else 0.0
        bar = "#" * round(_BAR * part)
        out.print(
            f"  {_time(moment.t_s):>12}  P(harm) {part:4.0%}  {bar:<{_BAR}}  {moment.harmed} of {moment.futures}",
            markup=False,
        )
    out.print(f"harm became inevitable: {_time(found.inevitable_s) if found.inevitable_s is not None else 'never'}")
    out.print(f"the pump could first know: {_time(found.knowable_s) if found.knowable_s is not None else 'never'}")
    spoke = f"{_time(found.spoke_s)}, {found.spoke}" if found.spoke_s is not None else "never"
    out.print(f"the pump spoke: {spoke}")


def _time(t_s: float) -> str:
    return format_duration(round(t_s * NS_PER_S))
