"""`pumpbench run`: scenarios on a target, to verdicts and files."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from hil.board.image_search import use_image
from hil.campaign.batch import Job, run_job, run_jobs
from hil.campaign.branches import why_fresh
from hil.commands.outputs import check_outputs
from hil.commands.progress import ProgressBar
from hil.commands.verdicts import show, show_summary
from hil.console import OutputLost, error, out
from hil.errors import BenchBroken, ScenarioError
from hil.report.junit import write_junit
from hil.run.names import file_names, only_run
from hil.run.result import EXIT_BAD_INPUT, EXIT_INTERRUPTED, RunResult, worst_exit_code
from hil.scenario.model import Scenario
from hil.scenario.reader import find_all, library_names, read_file
from hil.targets.factory import EMULATED_RIG, RIGGED_WORDS, TARGET_WORDS, kind_of, with_balance, with_rig
from hil.targets.labgrid_place import WORD as LABGRID
from hil.targets.labgrid_place import borrowed
from hil.traceability.evidence import of_results, write_evidence
from hil.words.quantity import nearest_word

EXAMPLES = """
Examples:

  pumpbench run demo_week --report out/demo

  pumpbench run my_test.toml --seed 7 --json result.json --vcd waves.vcd

  pumpbench run stall_permanent slip --junit junit.xml --speed 1000

  pumpbench run catheter        all scenarios of that group

  pumpbench run patient_bolus --target serial:/dev/ttyACM0 --rig /dev/ttyACM1

  pumpbench run my_test.toml --target serial:/dev/ttyACM0 --balance /dev/ttyUSB0 --long

  pumpbench run patient_bolus --target labgrid:bench1    acquires the place, runs, releases it

  pumpbench run --all -j 2 --junit junit.xml --report out/library

Exit code: 0 pass, 1 fail, 2 bad scenario or usage, 3 infrastructure, 4 invalid, 5 blocked: this bench cannot
do it; of several the worst, blocked ones left aside.
"""

MOST_SHOWN = 12  # of more runs than that only those that did not pass are shown in full


class Interrupted(BaseException):
    """Ctrl-C, taken up between two slices of simulated time, where nothing is half done."""


def run(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE|NAME...", help="Scenario files, folders, names or groups of the library."),
    ] = None,
    is_all: Annotated[bool, typer.Option("--all", help="The whole library.")] = False,
    workers: Annotated[int, typer.Option("--workers", "-j", min=1, max=256, help="Runs in parallel.")] = 1,
    target: Annotated[
        str, typer.Option(help="sim, mpy, chip, serial:PORT (device, URL, usb=NUMBER), labgrid:PLACE.")
    ] = "sim",
    seed: Annotated[int | None, typer.Option(min=0, help="Use this seed instead of the one in the file.")] = None,
    only: Annotated[
        str | None, typer.Option(help="Run only the member of a sweep or a series whose label contains this text.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write a list with one object per scenario.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write report.html into this folder.")] = None,
    vcd: Annotated[
        Path | None, typer.Option(help="Write the waves of all nets; with several scenarios one file each.")
    ] = None,
    vcd_failed: Annotated[
        Path | None, typer.Option(help="Write the waves of each run that does not pass into this folder.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the series as CSV tables into this folder.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="The same tables as Parquet; needs pyarrow.")] = None,
    evidence: Annotated[Path | None, typer.Option(help="Write evidence of the requirements into this folder.")] = None,
    speed: Annotated[str, typer.Option(help="Simulated seconds per second: max, 1, 60, ...")] = "max",
    image: Annotated[Path | None, typer.Option(help="MicroPython image (.uf2) for target chip.")] = None,
    rig: Annotated[
        str | None,
        typer.Option(
            metavar="PORT",
            help="With serial:PORT: the rig that plays its plant. With sim or chip: emulated, another board.",
        ),
    ] = None,
    balance: Annotated[
        str | None,
        typer.Option(
            metavar="PORT", help="With serial:PORT and no rig: a balance (MT-SICS) that weighs what is delivered."
        ),
    ] = None,
    may_be_long: Annotated[
        bool, typer.Option("--long", help="With serial:PORT: scenarios of more than 10 min, by the wall clock.")
    ] = False,
) -> None:
    """Run scenarios and judge them."""
    names = names or []
    if image is not None:
        use_image(image)
    kind = "board" if target.startswith(LABGRID) and target != LABGRID else kind_of(target)
    if kind is None:
        _bad_usage(
            f"--target: found {target}; allowed: {', '.join((*TARGET_WORDS, 'labgrid:PLACE'))}",
            nearest_word(target, TARGET_WORDS),
        )
    pace = _speed(speed)
    if kind == "board":
        if pace is not None:
            _bad_usage(f"--speed: found {speed}; a board lives by the wall clock, so there is nothing to scale")
        if rig is not None and target.startswith(LABGRID):
            _bad_usage("--rig: the place of labgrid names its rig itself")
        if balance is not None and (rig is not None or target.startswith(LABGRID)):
            _bad_usage("--balance: found with a rig or a place of labgrid; allowed: with serial:PORT alone")
        if rig is not None:
            target = with_rig(target, rig)
        if balance is not None:
            target = with_balance(target, balance)
    elif balance is not None:
        _bad_usage("--balance: found without --target serial:PORT")
    elif rig == EMULATED_RIG and kind in RIGGED_WORDS and not may_be_long:
        target = with_rig(target, rig)
    elif rig is not None or may_be_long:
        _bad_usage(
            f"--rig, --long: found without --target serial:PORT; --target {' or '.join(RIGGED_WORDS)} takes"
            f" --rig {EMULATED_RIG}"
        )
    check_outputs(
        {"--json": json_file, "--junit": junit, "--vcd": vcd},
        {"--report": report, "--vcd-failed": vcd_failed, "--csv": csv, "--parquet": parquet, "--evidence": evidence},
    )
    if is_all == bool(names):
        _bad_usage("FILE|NAME...: either names or --all")
    if workers > 1 and kind == "board":
        _bad_usage("--workers: a board on a serial port runs one scenario at a time")
    words = library_names() if is_all else [name for word in names for name in find_all(word)]
    scenarios = [scenario for name in words for scenario in read_file(name, seed)]
    if only is not None:
        scenarios = [only_run(scenarios, only)]
    chosen = [scenario for scenario in scenarios if kind in scenario.targets]
    for scenario in scenarios:
        if kind not in scenario.targets:
            error(f"{scenario.file}: skipped, it is for {', '.join(scenario.targets)} and not for {kind}")
    if not chosen:
        _bad_usage(f"no scenario to run on target {target}")
    jobs = _jobs(
        chosen, target, pace, seed, may_be_long, {"vcd": vcd, "vcd_failed": vcd_failed, "csv": csv, "parquet": parquet}
    )
    results = _run_where_they_can(jobs, min(workers, len(jobs)))
    page = _write(results, json_file, junit, report)
    if evidence is not None:
        write_evidence(evidence, of_results(results))
    code = worst_exit_code(results)
    try:
        _show(jobs, results, [folder for folder in (csv, parquet) if folder is not None], page)
        sys.stdout.flush()
    except OutputLost as lost:
        if not lost.is_pipe:
            error(str(lost))
            code = max(code, BenchBroken.exit_code)
    raise typer.Exit(code)


def _run_where_they_can(jobs: list[Job], workers: int) -> list[RunResult]:
    """A place of labgrid is acquired for all of them, and released whatever happens."""
    target = jobs[0].target
    if not target.startswith(LABGRID):
        return _run_all(jobs, workers)
    with borrowed(target.removeprefix(LABGRID)) as lent:
        return _run_all(
            [msgspec.structs.replace(job, target=lent.target, elsewhere=lent.elsewhere) for job in jobs], workers
        )


def _show(jobs: list[Job], results: list[RunResult], folders: list[Path], page: Path | None) -> None:
    for job, result in zip(jobs, results, strict=True):
        if len(results) <= MOST_SHOWN or result.verdict != "pass":
            show(result)
        if job.vcd is not None:
            out.print(f"waves: {job.vcd}", soft_wrap=True)
        elif job.vcd_if_not_passed is not None and job.vcd_if_not_passed.is_file():
            out.print(f"waves: {job.vcd_if_not_passed}", soft_wrap=True)
    for folder in folders:
        out.print(f"series: {folder}", soft_wrap=True)
    if len(results) > 1:
        show_summary(results)
    if page is not None:
        out.print(f"report: {page.resolve()}", soft_wrap=True)


def _bad_usage(message: str, nearest: str = "") -> None:
    error(message + (f'; did you mean "{nearest}"?' if nearest else ""))
    raise typer.Exit(EXIT_BAD_INPUT)


def _speed(word: str) -> float | None:
    if word == "max":
        return None
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 1e-6 <= speed < 1e12:
        _bad_usage(f"--speed: found {word}; allowed: max, or simulated seconds per second from 0.000001")
    return speed


def _jobs(
    scenarios: list[Scenario],
    target: str,
    speed: float | None,
    seed: int | None,
    may_be_long: bool,
    places: dict[str, Path | None],
) -> list[Job]:
    """With several scenarios each has files and folders of its own."""
    is_alone = len(scenarios) == 1
    vcd, csv, parquet = places["vcd"], places["csv"], places["parquet"]
    vcd_failed = places["vcd_failed"]
    jobs = []
    for scenario, slug in zip(scenarios, file_names(scenarios), strict=True):
        jobs.append(
            Job(
                scenario,
                target,
                speed,
                _command(scenario, target, seed),
                may_be_long,
                vcd=vcd if vcd is None or is_alone else vcd.with_stem(f"{vcd.stem}-{slug}"),
                vcd_if_not_passed=None if vcd_failed is None else vcd_failed / f"{slug}.vcd",
                csv=csv if csv is None or is_alone else csv / slug,
                parquet=parquet if parquet is None or is_alone else parquet / slug,
            )
        )
    return jobs


def _run_all(jobs: list[Job], workers: int) -> list[RunResult]:
    is_interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal is_interrupted
        is_interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the second one does not wait

    if workers > 1 or (len(jobs) > 1 and jobs[0].speed is None and not why_fresh(jobs[0].target)):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with ProgressBar() as bar:
            bar.count(len(jobs))
            try:
                return run_jobs(jobs, workers, bar.step)
            except KeyboardInterrupt:
                raise typer.Exit(EXIT_INTERRUPTED) from None
    signal.signal(signal.SIGINT, interrupt)
    results: list[RunResult] = []
    with ProgressBar() as bar:

        def progress(now_ns: int, end_ns: int) -> None:
            if is_interrupted:
                raise Interrupted
            bar.move(now_ns, end_ns)

        try:
            for job in jobs:
                bar.begin(job.scenario)
                results.append(run_job(job, progress))
        except (Interrupted, KeyboardInterrupt):
            raise typer.Exit(EXIT_INTERRUPTED) from None
    return results


def _command(scenario: Scenario, target: str, seed: int | None) -> str:
    words = ["pumpbench", "run", scenario.file, "--target", target]
    if not scenario.variant:
        return shlex.join([*words, "--seed", str(scenario.seed)])
    # A trial has drawn its own seed from that of the series; the series draws it again.
    if seed is not None:
        words += ["--seed", str(seed)]
    return shlex.join([*words, "--only", scenario.variant])


def _write(results: list[RunResult], json_file: Path | None, junit: Path | None, report: Path | None) -> Path | None:
    """The page of the report, when one is wanted."""
    try:
        if json_file is not None:
            objects = [result.contract() for result in results]
            json_file.write_text(json.dumps(objects, indent=2) + "\n", encoding="utf-8")
        if junit is not None:
            write_junit(results, junit)
        if report is not None:
            from hil.report.page import write_report

            return write_report(results, report)
    except OSError as problem:
        raise ScenarioError(str(problem.filename or ""), 0, "", f"cannot be written: {problem.strerror}") from None
    return None
