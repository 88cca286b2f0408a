"""`pumpbench run`: scenarios on a target, to verdicts and files."""

from __future__ import annotations

import json
import shlex
import signal
from pathlib import Path
from typing import Annotated

import typer

from hil.commands.console import error, out
from hil.commands.progress import ProgressBar
from hil.commands.verdicts import show
from hil.errors import ScenarioError
from hil.execution import run_scenario
from hil.image_search import use_image
from hil.junit import write_junit
from hil.quantity import nearest_word
from hil.recorder import Record
from hil.result import EXIT_BAD_INPUT, EXIT_INTERRUPTED, RunResult, worst_exit_code
from hil.runner import Options
from hil.scenario.model import Scenario
from hil.scenario.reader import read_file
from hil.series_files import write_csv, write_parquet
from hil.targets.catalogue import net_names
from hil.targets.factory import TARGET_WORDS, kind_of
from hil.vcd_file import write_vcd

EXAMPLES = """
Examples:

  pumpbench run demo_week --report out/demo

  pumpbench run my_test.toml --seed 7 --json result.json --vcd waves.vcd

  pumpbench run stall_permanent slip --junit junit.xml --speed 1000

Exit code: 0 pass, 1 fail, 2 bad scenario or usage, 3 infrastructure, 4 invalid; of several the worst.
"""


class Interrupted(BaseException):
    """Ctrl-C, taken up between two slices of simulated time, where nothing is half done."""


def run(
    names: Annotated[
        list[str], typer.Argument(metavar="FILE|NAME...", help="Scenario files, or names in the library.")
    ],
    target: Annotated[str, typer.Option(help="sim, mpy, chip or serial:PORT.")] = "sim",
    seed: Annotated[int | None, typer.Option(min=0, help="Use this seed instead of the one in the file.")] = None,
    only: Annotated[
        str | None, typer.Option(help="Of a sweep or a series, only runs whose label contains this text.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write a list with one object per scenario.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write report.html into this folder.")] = None,
    vcd: Annotated[
        Path | None, typer.Option(help="Write the waves of all nets; with several scenarios one file each.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the series as CSV tables into this folder.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="The same tables as Parquet; needs pyarrow.")] = None,
    speed: Annotated[str, typer.Option(help="Simulated seconds per second: max, 1, 60, ...")] = "max",
    image: Annotated[Path | None, typer.Option(help="MicroPython image (.uf2) for target chip.")] = None,
) -> None:
    """Run scenarios and judge them."""
    if image is not None:
        use_image(image)
    kind = kind_of(target)
    if kind is None:
        _bad_usage(
            f"--target: found {target}; allowed: {', '.join(TARGET_WORDS)}",
            nearest_word(target, TARGET_WORDS),
        )
    pace = _speed(speed)
    for file in (json_file, junit, vcd):
        if file is not None and not file.resolve().parent.is_dir():
            _bad_usage(f"{file}: there is no folder {file.resolve().parent}")
    scenarios = [scenario for name in names for scenario in read_file(name, seed)]
    if only is not None:
        scenarios = [scenario for scenario in scenarios if only in scenario.variant]
        if not scenarios:
            _bad_usage(f"--only: no run has {only} in its label")
    chosen = [scenario for scenario in scenarios if kind in scenario.targets]
    for scenario in scenarios:
        if kind not in scenario.targets:
            error(f"{scenario.file}: skipped, it is for {', '.join(scenario.targets)} and not for {kind}")
    if not chosen:
        _bad_usage(f"no scenario to run on target {target}")
    runs = _run_all(chosen, target, pace, vcd, seed)
    results = [result for result, _ in runs]
    _write_series(runs, csv, parquet)
    _write(results, json_file, junit, report)
    raise typer.Exit(worst_exit_code(results))


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
    if not 0 < speed < 1e12:
        _bad_usage(f"--speed: found {word}; allowed: max, or simulated seconds per second above 0")
    return speed


def _run_all(
    scenarios: list[Scenario], target: str, speed: float | None, vcd: Path | None, seed: int | None
) -> list[tuple[RunResult, Record | None]]:
    nets = net_names() if vcd is not None else ()
    runs: list[tuple[RunResult, Record | None]] = []
    is_interrupted = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal is_interrupted
        is_interrupted = True
        signal.signal(signal.SIGINT, signal.default_int_handler)  # the second one does not wait

    signal.signal(signal.SIGINT, interrupt)
    with ProgressBar() as bar:

        def progress(now_ns: int, end_ns: int) -> None:
            if is_interrupted:
                raise Interrupted
            bar.move(now_ns, end_ns)

        try:
            for scenario in scenarios:
                bar.begin(scenario)
                options = Options(speed=speed, progress=progress, reproduce=_command(scenario, target, seed))
                runs.append(run_scenario(scenario, target, options, nets))
        except (Interrupted, KeyboardInterrupt):
            raise typer.Exit(EXIT_INTERRUPTED) from None
    for result, record in runs:
        show(result)
        if vcd is not None and record is not None:
            file = vcd if len(runs) == 1 else vcd.with_stem(f"{vcd.stem}-{_slug(result.scenario)}")
            write_vcd(result, record, file)
            out.print(f"waves: {file}", markup=False)
    return runs


def _command(scenario: Scenario, target: str, seed: int | None) -> str:
    words = ["pumpbench", "run", scenario.file, "--target", target]
    if not scenario.variant:
        return shlex.join([*words, "--seed", str(scenario.seed)])
    # A trial has drawn its own seed from that of the series; the series draws it again.
    if seed is not None:
        words += ["--seed", str(seed)]
    return shlex.join([*words, "--only", scenario.variant])


def _write_series(runs: list[tuple[RunResult, Record | None]], csv: Path | None, parquet: Path | None) -> None:
    """With several scenarios each has its folder."""
    for folder, write in ((csv, write_csv), (parquet, write_parquet)):
        if folder is None:
            continue
        for result, record in runs:
            if record is not None:
                place = folder if len(runs) == 1 else folder / _slug(result.scenario)
                try:
                    write(result, record, place)
                except OSError as problem:
                    raise ScenarioError(str(place), 0, "", f"cannot be written: {problem.strerror}") from None
        out.print(f"series: {folder}", markup=False)


def _slug(name: str) -> str:
    return "".join(char if char.isalnum() else "-" for char in name.lower())[:60]


def _write(results: list[RunResult], json_file: Path | None, junit: Path | None, report: Path | None) -> None:
    try:
        if json_file is not None:
            objects = [result.contract() for result in results]
            json_file.write_text(json.dumps(objects, indent=2) + "\n", encoding="utf-8")
        if junit is not None:
            write_junit(results, junit)
        if report is not None:
            from hil.report import write_report

            page = write_report(results, report)
            out.print(f"report: {page.resolve()}", markup=False, soft_wrap=True)
    except OSError as problem:
        raise ScenarioError(str(problem.filename or ""), 0, "", f"cannot be written: {problem.strerror}") from None
