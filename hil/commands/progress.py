"""A progress bar in simulated time, on stderr."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hil.console import err
from hil.scenario.model import Scenario
from hil.words.quantity import format_duration


class ProgressBar:
    """One bar for all scenarios: it starts anew with each."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[clock]}"),
            TimeElapsedColumn(),
            console=err,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, scenario: Scenario) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        name = scenario.name if len(scenario.name) <= 40 else scenario.name[:39] + "…"
        self._task = self._progress.add_task(name, total=scenario.duration_ns, clock="boots")

    def count(self, total: int) -> None:
        """Runs in place of simulated time, for many at once."""
        self._task = self._progress.add_task("scenarios", total=total, clock=f"0 of {total}")

    def step(self) -> None:
        """One more is done."""
        if self._task is not None:
            self._progress.advance(self._task)
            task = self._progress.tasks[-1]
            self._progress.update(self._task, clock=f"{task.completed:.0f} of {task.total:.0f}")

    def move(self, now_ns: int, end_ns: int) -> None:
        if self._task is not None:
            clock = f"{format_duration(max(0, now_ns))} of {format_duration(end_ns)}"
            self._progress.update(self._task, completed=max(0, now_ns), clock=clock)
