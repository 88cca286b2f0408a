"""Cuts a campaign into parts for workers that share nothing but the disk.

A part lives the common stories of its trials by itself, so worlds are kept together as far as the parts become alike:
a world that is cut costs its common story once more. Costs are simulated time, which strokes follow closely enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hil.campaign.outcomes import Trial
from hil.campaign.story_tree import parting, stories_of, world_of

_PARTS_OF_A_WORKER = (4, 2)  # more are better balanced
_MOST_EXTRA = 1.05  # and fewer live less twice


def parts_for(trials: Sequence[Trial], workers: int) -> list[list[Trial]]:
    """Parts for so many workers, each to be run by one of them; every trial is in one."""
    worlds = _worlds(trials)
    if not worlds:
        return []
    for each in _PARTS_OF_A_WORKER:
        parts, cost_ns = _cut(worlds, each * workers)
        if cost_ns <= _MOST_EXTRA * sum(sum(world.costs_ns) for world in worlds):
            return parts
    return _cut(worlds, workers)[0]


class _World:
    """Trials in the order in which they part. `costs_ns`: of each behind the one before; `alone_ns`: as the first."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        stories = stories_of((number, trial.scenario) for number, trial in enumerate(trials))
        self.trials = [trials[story.number] for story in stories]
        self.alone_ns = [story.scenario.duration_ns for story in stories]
        shared_ns = [0] + [parting(pair, 0, frozenset()).moment_ns for pair in pairwise(stories)]
        self.costs_ns = [max(0, alone - shared) for alone, shared in zip(self.alone_ns, shared_ns, strict=True)]


def _worlds(trials: Sequence[Trial]) -> list[_World]:
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(world_of(trial.scenario, trial.nets), []).append(trial)
    return sorted((_World(members) for members in found.values()), key=lambda world: -sum(world.costs_ns))


def _cut(worlds: Sequence[_World], count: int) -> tuple[list[list[Trial]], int]:
    """At most so many parts, of which the dearest is as cheap as can be, and what they cost together."""
    dearest_ns = max(max(world.alone_ns) for world in worlds)
    low_ns, high_ns = dearest_ns, sum(sum(world.costs_ns) for world in worlds)
    while high_ns - low_ns > dearest_ns // 100:
        middle_ns = (low_ns + high_ns) // 2
        if len(_filled(worlds, middle_ns)[0]) > count:
            low_ns = middle_ns
        else:
            high_ns = middle_ns
    return _filled(worlds, high_ns)


def _filled(worlds: Sequence[_World], limit_ns: int) -> tuple[list[list[Trial]], int]:
    """Parts that cost no more than `limit_ns` each, one after the other, and what they cost together."""
    parts: list[list[Trial]] = [[]]
    part_ns = total_ns = 0
    for world in worlds:
        is_first = True
        if parts[-1] and part_ns + sum(world.costs_ns) > limit_ns >= sum(world.costs_ns):
            parts.append([])  # it fits into one, so it is not cut
            part_ns = 0
        for trial, cost_ns, alone_ns in zip(world.trials, world.costs_ns, world.alone_ns, strict=True):
            cost_ns = alone_ns if is_first else cost_ns
            if parts[-1] and part_ns + cost_ns > limit_ns:
                parts.append([])
                part_ns, cost_ns = 0, alone_ns
            is_first = False
            parts[-1].append(trial)
            part_ns += cost_ns
            total_ns += cost_ns
    return parts, total_ns
