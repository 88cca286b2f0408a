"""Stories that go on from moments of one other story: what they have in common is lived once, and forked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from hil.campaign.branches import Branching, Trial
from hil.campaign.outcomes import Outcome as TrialOutcome
from hil.run.result import RunResult
from hil.run.runner import Runner
from hil.swarm import invariants  # noqa: F401  enters them
from hil.swarm.coverage import State, states
from hil.swarm.judging import Violation, judge
from hil.swarm.life import NETS, Life, WatchedTarget, lived
from hil.swarm.story import Story
from hil.targets.base import Target


class Seen(msgspec.Struct, frozen=True):
    """What is kept of a life. Of the states each with the second at which it was first seen."""

    violations: tuple[Violation, ...]
    states: tuple[tuple[State, float], ...]
    faults: tuple[str, ...]
    verbs: tuple[str, ...]


def seen_in(life: Life) -> Seen:
    return Seen(
        violations=tuple(judge(life)),
        states=tuple(states(life).items()),
        faults=tuple(sorted({fault.id for fault in life.faults if fault.took_effect})),
        verbs=tuple(sorted({answer.verb for answer in life.record.answers})),
    )


def live_together(
    stories: Sequence[Story],
    workers: int,
    is_checked: bool,
    take: Callable[[int, Seen | None, TrialOutcome], None],
) -> None:
    """Live them on forked pumps of target sim; `take(number, seen, outcome)` comes as each is there.

    `seen` is None where the run was ended by an error. With `is_checked` at least one is lived afresh as well: raises
    `BranchDiffers` when that is not the same, bit for bit.
    """
    with tempfile.TemporaryDirectory(prefix="pumpbench-") as folder:
        branching = Branching(Path(folder), workers, "sim", _examine, enter=_watched, is_checked=is_checked)
        trials = [Trial(str(number), story.scenario(), nets=NETS) for number, story in enumerate(stories)]

        def done(outcome: TrialOutcome) -> None:
            seen = None if outcome.seen is None else msgspec.convert(outcome.seen, Seen)
            take(int(outcome.key), seen, outcome)

        branching.run(trials, done)


def _examine(trial: Trial, runner: Runner, result: RunResult) -> Any:
    return msgspec.to_builtins(seen_in(lived(runner, result)))


def _watched(target: Target) -> Target:
    return WatchedTarget(target)  # type: ignore[return-value]
