"""What is done with each kind of violation that a hunt found: keep one story of it, cut it down, climb with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hil.errors import ScenarioError
from hil.swarm.climb import climb
from hil.swarm.hunt import Catch
from hil.swarm.judging import Violation
from hil.swarm.report import Failure
from hil.swarm.shrink import shrink
from hil.swarm.story import Story, storm_of


def failures_of(catch: Catch) -> list[Failure]:
    """One for each kind, with the story of the fewest steps that shows it."""
    by_kind: dict[str, list[tuple[Violation, Story]]] = {}
    for outcome in catch.failed:
        for violation in outcome.new:
            by_kind.setdefault(violation.kind, []).append((violation, outcome.story))
    found = []
    for rows in by_kind.values():
        violation, story = min(rows, key=lambda row: len(row[1].table["step"]))
        steps = len(storm_of(story.table, story.times))
        found.append(Failure(violation, story, len(rows), catch.outcomes, "", steps_before=steps, steps_after=steps))
    return found


def finish(
    failure: Failure,
    folder: Path,
    shrink_s: float,
    targets: Sequence[str],
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Cut it down within so many seconds (0: not at all), write it to the folder, and run it on the other targets.

    Raises ScenarioError when the file cannot be written.
    """
    kind = failure.violation.kind
    if shrink_s > 0:
        failure.story, failure.tries = shrink(failure.story, kind, shrink_s, say)
        failure.steps_after = len(storm_of(failure.story.table, failure.story.times))
    path = folder / f"{_slug(kind)}-{failure.story.seed}.toml"
    table = {**failure.story.table, "why": f"{kind}: {failure.violation.seen[:200]}"}
    kept = msgspec.structs.replace(failure.story, table=table)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(kept.text, encoding="utf-8")
    except OSError as problem:
        raise ScenarioError(str(path), 0, "", f"cannot be written: {problem.strerror}") from None
    failure.file = str(path)
    failure.command = f"pumpbench swarm {path}"
    failure.rungs = climb(failure.story, kind, targets)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60]
