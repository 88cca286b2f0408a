"""Many runs, one after the other or on several processor cores: the results are the same, in the same order.

Runs that have their beginning in common live it once (`branches`); who else runs beside it changes nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hil.campaign.branches import Branching, Trial, why_fresh
from hil.campaign.workers import WorkerDied, call_all
from hil.errors import ScenarioError
from hil.report.series_files import write_csv, write_parquet
from hil.report.vcd_file import write_vcd
from hil.run.execution import run_scenario
from hil.run.judging import result_without_run
from hil.run.record import Record
from hil.run.result import RunResult
from hil.run.runner import Options, Runner
from hil.scenario.model import Scenario
from hil.words.bench import net_names


class Job(msgspec.Struct, frozen=True):
    """One run. `vcd` is a file, `csv` and `parquet` are folders, all for this run alone; None: not wanted.

    `vcd_if_not_passed` writes the waves of a run that ended badly, which is run again for it: recording all
    edges of all runs would cost far more than the few repetitions.
    """

    scenario: Scenario
    target: str = "sim"
    speed: float | None = None
    reproduce: str = ""
    may_be_long: bool = False
    elsewhere: tuple[str, ...] = ()
    vcd: Path | None = None
    vcd_if_not_passed: Path | None = None
    csv: Path | None = None
    parquet: Path | None = None


def run_job(job: Job, progress: Callable[[int, int], None] | None = None) -> RunResult:
    """Run it and write what is wanted of it. Raises `ScenarioError` when a file cannot be written."""
    options = Options(speed=job.speed, reproduce=job.reproduce, may_be_long=job.may_be_long, elsewhere=job.elsewhere)
    if progress is not None:
        options.progress = progress
    nets = net_names() if job.vcd is not None else ()
    result, record = run_scenario(job.scenario, job.target, options, nets)
    _keep(job, result, record, progress)
    return result


def _keep(
    job: Job, result: RunResult, record: Record | None, progress: Callable[[int, int], None] | None = None
) -> None:
    """Write what is wanted of a run."""
    if record is not None:
        _write(job, result, record)
    if job.vcd_if_not_passed is not None and result.verdict != "pass":
        again = msgspec.structs.replace(job, vcd=job.vcd_if_not_passed, vcd_if_not_passed=None, csv=None, parquet=None)
        run_job(again, progress)


def run_jobs(jobs: Sequence[Job], workers: int, done: Callable[[], None] = lambda: None) -> list[RunResult]:
    """All of them on so many processes; `done()` is called after each. The longest begin first.

    A run whose process was killed is `infra`; the others are not touched by it.
    """
    if workers > 1 and any(job.target.startswith("serial:") for job in jobs):
        raise ValueError("a board on a serial port runs one scenario at a time")
    if all(job.speed is None and not why_fresh(job.target) for job in jobs) and len({job.target for job in jobs}) == 1:
        return _run_branches(jobs, workers, done)
    order = sorted(range(len(jobs)), key=lambda number: -jobs[number].scenario.duration_ns)
    results: dict[int, RunResult] = {}

    def take(position: int, answer: RunResult | Exception) -> None:
        job = jobs[order[position]]
        if isinstance(answer, WorkerDied):
            answer = result_without_run(job.scenario, job.target, "infra", str(answer), job.reproduce)
        if isinstance(answer, Exception):
            raise answer
        results[order[position]] = answer
        done()

    call_all(run_job, [jobs[number] for number in order], workers, take)
    return [results[number] for number in range(len(jobs))]


def _run_branches(jobs: Sequence[Job], workers: int, done: Callable[[], None]) -> list[RunResult]:
    trials = [
        Trial(f"{number:06}", job.scenario, job.reproduce, net_names() if job.vcd is not None else ())
        for number, job in enumerate(jobs)
    ]

    def examine(trial: Trial, runner: Runner, result: RunResult) -> None:
        _keep(jobs[int(trial.key)], result, runner.record)

    with tempfile.TemporaryDirectory(prefix="pumpbench-") as folder:
        branching = Branching(Path(folder), workers, jobs[0].target, examine)
        return [outcome.result for outcome in branching.run(trials, lambda outcome: done())]


def _write(job: Job, result: RunResult, record: Record) -> None:
    place = job.vcd
    try:
        if job.vcd is not None:
            job.vcd.parent.mkdir(parents=True, exist_ok=True)
            write_vcd(result, record, job.vcd)
        for folder, write in ((job.csv, write_csv), (job.parquet, write_parquet)):
            if folder is not None:
                place = folder
                write(result, record, folder)
    except OSError as problem:
        raise ScenarioError(str(place), 0, "", f"cannot be written: {problem.strerror}") from None
