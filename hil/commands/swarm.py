"""`pumpbench swarm`: random stories of therapy, people and faults, judged by what must always be true."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from hil.commands.outputs import check_outputs
from hil.console import err, error, out
from hil.errors import BenchBroken, ScenarioError
from hil.run.result import EXIT_BAD_INPUT
from hil.swarm import store
from hil.swarm.findability import most_frequent_unseen
from hil.swarm.finish import failures_of, finish
from hil.swarm.guard import blind_to
from hil.swarm.hunt import Catch, Outcome, hunt
from hil.swarm.judging import INVARIANTS
from hil.swarm.open_faults import OPEN, open_fault
from hil.swarm.report import Failure, as_json, write_page, write_swarm_junit
from hil.swarm.story import draw
from hil.targets.factory import EMULATED_WORDS
from hil.words.quantity import format_duration

EXAMPLES = """
Examples:

  pumpbench swarm --stories 200

  pumpbench swarm --minutes 10 --seed 5000 -j 2 --report out/swarm --junit out/swarm.xml

  pumpbench swarm out/swarm/way_back_mode_fault-17.toml     a story again, judged by all invariants

  pumpbench swarm --store                                   all stories that once failed

  pumpbench swarm --seed 17 --write story-17.toml           a story as a file, for pumpbench run

Exit code: 0 nothing new was found, 1 a violation, 2 bad usage, 3 the bench could not live a story.
"""

_STORIES = 100
_LINE_EACH = 50


def swarm(
    files: Annotated[list[Path] | None, typer.Argument(metavar="[FILE...]", help="Stories to judge again.")] = None,
    stories: Annotated[int | None, typer.Option(min=1, help="How many stories.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.01, help="Stories for so many minutes.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the first story; the next has the next.")] = 0,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, help="Runs in parallel.")] = 1,
    is_store: Annotated[bool, typer.Option("--store", help="Judge the stories of hil/swarm/seeds.")] = False,
    is_guarded: Annotated[
        bool, typer.Option("--guard/--no-guard", help="First find a deliberately broken firmware, or stop.")
    ] = True,
    write: Annotated[Path | None, typer.Option(help="Write the story of --seed to this file, and run nothing.")] = None,
    shrink_minutes: Annotated[
        float, typer.Option("--shrink", min=0.0, help="Cut each kind of failure down for so many minutes; 0: do not.")
    ] = 1.0,
    targets: Annotated[
        str, typer.Option("--climb", help="Targets that a failure is run on, too; empty: none.")
    ] = "mpy",
    kept: Annotated[Path, typer.Option("--out", help="Folder for the failures.")] = Path("out/swarm"),
    json_file: Annotated[Path | None, typer.Option("--json", help="All figures as JSON.")] = None,
    junit: Annotated[Path | None, typer.Option(help="JUnit XML, a case for each invariant.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for a page.")] = None,
) -> None:
    """Draw stories, live them, and judge them by invariants; cut down and climb what fails."""
    if write is not None:
        _write_story(seed, write)
        return
    if files or is_store:
        _judge_again([*(files or []), *(store.stored() if is_store else [])])
        return
    check_outputs({"--json": json_file, "--junit": junit}, {"--report": report, "--out": kept})
    rungs = [word.strip() for word in targets.split(",") if word.strip()]
    unknown = [word for word in rungs if word not in EMULATED_WORDS]
    if unknown:
        error(f"--climb: found {unknown[0]}; allowed: {', '.join(EMULATED_WORDS)}")
        raise typer.Exit(EXIT_BAD_INPUT)
    wanted = stories if stories is not None or minutes is not None else _STORIES
    missed = blind_to() if is_guarded else ""
    if missed:
        error(f"the swarm is blind: it does not find the broken firmware {missed}, which it must")
        raise typer.Exit(BenchBroken.exit_code)
    catch = _hunt(seed, wanted, minutes, workers)
    failures = failures_of(catch)
    for failure in failures:
        err.print(f"{failure.violation.kind}: cutting down {failure.story.table['name']}", style="dim", markup=False)
        finish(failure, kept, shrink_minutes * 60.0, rungs, lambda line: err.print(line, style="dim", markup=False))
    _show(catch, failures, seed)
    command = " ".join(["pumpbench", *sys.argv[1:]])
    _write_results(catch, failures, seed, command, json_file, junit, report)
    if catch.broken:
        raise typer.Exit(BenchBroken.exit_code)
    raise typer.Exit(1 if failures else 0)


def _write_story(seed: int, path: Path) -> None:
    try:
        path.write_text(draw(seed).text, encoding="utf-8")
    except OSError as problem:
        raise ScenarioError(str(path), 0, "", f"cannot be written: {problem.strerror}") from None
    out.print(f"pumpbench run {path}", markup=False, soft_wrap=True)


def _judge_again(paths: list[Path]) -> None:
    failed = 0
    for path in paths:
        scenario, story = store.read(path)
        violations = store.judged(scenario)
        new = [each for each in violations if open_fault(each.kind, story.table) is None]
        failed += bool(new)
        out.print(f"{'FAIL' if new else 'PASS'}  {path}", markup=False, soft_wrap=True)
        for violation in violations:
            at = format_duration(violation.t_ns)
            word = "new" if violation in new else "known to be open"
            text = f"      {violation.requirement}  {violation.kind}, at {at}: {violation.seen} ({word})"
            out.print(text, markup=False, soft_wrap=True)
    raise typer.Exit(1 if failed else 0)


def _hunt(seed: int, stories: int | None, minutes: float | None, workers: int) -> Catch:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} stories"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("swarm", total=stories)
        told = 0

        def done(catch: Catch, outcome: Outcome) -> None:
            nonlocal told
            told += 1
            progress.advance(task)
            if not err.is_terminal and told % _LINE_EACH == 0:  # a log file shows no bar
                err.print(f"{told} stories")
            for violation in outcome.new:
                name = outcome.story.table["name"]
                progress.console.print(f"{name}: {violation.kind}: {violation.seen[:200]}", markup=False)

        return hunt(seed, stories, minutes, workers, done)


def _show(catch: Catch, failures: list[Failure], seed: int) -> None:
    for failure in failures:
        out.print(f"FAIL  {failure.violation.kind} ({failure.violation.requirement})", markup=False, soft_wrap=True)
        out.print(f"      {failure.violation.seen[:300]}", markup=False, soft_wrap=True)
        out.print(
            f"      {failure.steps_before} steps of the storm became {failure.steps_after} in {failure.tries} runs;"
            f" {failure.word} {failure.rungs_text}",
            markup=False,
            soft_wrap=True,
        )
        out.print(
            f"      in {failure.stories} of {failure.of_stories} stories; once mended, {failure.until_believed} clean"
            " ones until it is believed to be gone",
            markup=False,
            soft_wrap=True,
        )
        out.print(f"      {failure.command}", markup=False, soft_wrap=True)
    for each in OPEN:
        if catch.known[each.name]:
            text = f"OPEN  {each.name}: in {catch.known[each.name]} stories; {each.why}"
            out.print(text, markup=False, soft_wrap=True)
    for outcome in catch.broken:
        error(f"{outcome.story.table['name']}: {outcome.broken.strip().splitlines()[-1]}")
    out.print(
        f"{catch.outcomes} stories from seed {seed} on: {catch.clean} clean, {len(catch.failed)} failed,"
        f" {len(catch.broken)} broken; {len(INVARIANTS)} invariants, {len(catch.states)} states,"
        f" {len(catch.faults)} kinds of faults took effect; {format_duration(round(catch.simulated_s * 1e9))} in"
        f" {catch.cpu_s:.0f} s of processor time, {catch.forked} stories forked from others with"
        f" {format_duration(round(catch.shared_s * 1e9))} in common; unseen violations are in less than"
        f" {100 * most_frequent_unseen(catch.clean):.2f} % of stories (95 %)",
        markup=False,
        soft_wrap=True,
    )


def _write_results(
    catch: Catch,
    failures: list[Failure],
    seed: int,
    command: str,
    json_file: Path | None,
    junit: Path | None,
    report: Path | None,
) -> None:
    place: Path | None = None
    try:
        if json_file is not None:
            place = json_file
            json_file.write_text(json.dumps(as_json(catch, failures, seed), indent=2) + "\n", encoding="utf-8")
        if junit is not None:
            place = junit
            write_swarm_junit(catch, failures, "sim", junit)
        if report is not None:
            place = report
            out.print(f"report: {write_page(catch, failures, command, report).resolve()}", soft_wrap=True)
    except OSError as problem:
        raise ScenarioError(str(place), 0, "", f"cannot be written: {problem.strerror}") from None
