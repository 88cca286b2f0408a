"""A failing story cut down to the least storm that still fails in the same way.

Only the storm is cut: the calm follows from it, so what is left stays mended. The kind of the violation is kept.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hil.campaign.forking import can_fork
from hil.campaign.outcomes import Outcome as TrialOutcome
from hil.campaign.shrinking.reduce import Shrinker
from hil.errors import PumpbenchError
from hil.swarm import invariants  # noqa: F401  enters them
from hil.swarm.family import Seen, live_together
from hil.swarm.judging import judge
from hil.swarm.life import live
from hil.swarm.story import PARTS, Story, assemble, looked_at_alike, storm_of
from hil.words.quantity import NS_PER_S, parse_duration_ns

Raw = dict[str, Any]
_AFTER_S = (60.0, 1_800.0, 7_200.0)


def fails(story: Story, kind: str, target: str = "sim") -> bool:
    """It has a violation of that kind. A table that is no scenario has none."""
    try:
        life = live(story.scenario(), target)
    except PumpbenchError:
        return False
    return not life.broken and any(violation.kind == kind for violation in judge(life))


def fail_together(stories: Sequence[Story], kind: str) -> list[bool]:
    """`fails` of each, on forked pumps of target sim; one is lived afresh as well."""
    answers: dict[int, bool] = {}

    def take(number: int, seen: Seen | None, outcome: TrialOutcome) -> None:
        # A run that the firmware ended is in no record of a fork.
        answers[number] = (
            any(violation.kind == kind for violation in seen.violations)
            if seen is not None
            else fails(stories[number], kind)
        )

    if stories:
        live_together(looked_at_alike(stories), 1, True, take)
    return [answers[number] for number in range(len(stories))]


def shrink(
    story: Story, kind: str, limit_s: float, tell: Callable[[str], None] = lambda line: None
) -> tuple[Story, int]:
    """The smallest story found within `limit_s` of wall time, and how many were tried; the story fails by `kind`."""
    deadline_s = time.monotonic() + limit_s
    storm_s = story.times.calm_s - 60.0
    storm = storm_of(story.table, story.times)
    parts = {key: story.table[key] for key in PARTS}
    shortened = _end_sooner(story, parts, storm, storm_s, kind, deadline_s)
    storm, storm_s = shortened

    def whole(table: Raw) -> Story:
        rest = {key: table.get(key, {} if key == "bench" else parts[key]) for key in PARTS}
        return assemble(story.table["name"], story.seed, rest, table.get("step", []), storm_s)

    def is_failing(table: Raw) -> bool:
        try:
            candidate = whole(table)
        except (ValueError, KeyError, IndexError, AttributeError):
            return False  # a figure was cut that the calm is made from
        is_same = fails(candidate, kind)
        if is_same:
            tell(f"still fails with {len(table.get('step', []))} steps in its storm")
        return is_same

    def are_failing(tables: Sequence[Raw]) -> list[bool]:
        """Candidates that leave something out begin alike: up to there they are lived once."""
        candidates: dict[int, Story] = {}
        for number, table in enumerate(tables):
            with suppress(ValueError, KeyError, IndexError, AttributeError, PumpbenchError):
                candidate = whole(table)
                candidate.scenario()
                candidates[number] = candidate
        seen = fail_together(list(candidates.values()), kind)
        answers = dict(zip(candidates, seen, strict=True))
        return [answers.get(number, False) for number in range(len(tables))]

    shrinker = Shrinker(is_failing, lambda: time.monotonic() >= deadline_s, are_failing if can_fork() else None)
    smallest = shrinker.shrink({**copy.deepcopy(parts), "step": storm})
    return whole(smallest), shrinker.tries


def _end_sooner(
    story: Story, parts: Raw, storm: list[Raw], storm_s: float, kind: str, deadline_s: float
) -> tuple[list[Raw], float]:
    """The storm with less of nothing behind its last step, where that fails too."""
    last_s = max((parse_duration_ns(step["at"]) / NS_PER_S for step in storm), default=0.0)
    for after_s in _AFTER_S:
        if last_s + after_s < storm_s and time.monotonic() < deadline_s:
            candidate = assemble(story.table["name"], story.seed, parts, storm, last_s + after_s)
            if fails(candidate, kind):
                return storm, last_s + after_s
    return storm, storm_s
