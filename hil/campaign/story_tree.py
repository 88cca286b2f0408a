"""Where trials part: which of them tell the same story up to which moment.

A story is a sequence of marks, one for each item of its agenda in order of time and one for its end. Stories of one
world are the same up to the first mark in which they differ, apart from steps that wait for a condition: those part
them when they begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from hil.run import lead_in
from hil.run.agenda import agenda
from hil.run.schedule import STEP
from hil.scenario.model import Scenario, Step, WaveExpectation

_END = 9  # rank of the end: after all that is due then


class Story(msgspec.Struct, frozen=True):
    """`number` of the trial. `times_ns` and `marks` belong together; equal marks mean the same act at the same time.
    `waiting`: the steps that wait for a condition, by index."""

    number: int
    scenario: Scenario
    times_ns: Sequence[int]
    marks: Sequence[int]
    waiting: dict[int, str]


class Parting(msgspec.Struct, frozen=True):
    """Where the stories of a group part at the latest: at `position` of their marks, at `moment_ns`, and earlier when
    one of the steps `before` begins."""

    position: int
    moment_ns: int
    before: frozenset[int]


def world_of(scenario: Scenario, nets: Sequence[str] = ()) -> str:
    """What has to be the same for two runs to be the same up to time zero and a little beyond it."""
    waiting = [(step.index, step.when, step.delay_ns) for step in scenario.steps if step.when is not None]
    parts = (
        sorted(scenario.bench.items()),
        scenario.therapy,
        scenario.seed,
        scenario.start_clock,
        lead_in.plan(scenario),
        waiting,
        sorted({*nets, *nets_of(scenario)}),
    )
    return repr(parts)


def nets_of(scenario: Scenario) -> set[str]:
    """The nets that its expectations ask about."""
    return {asked.net for asked in scenario.expectations if isinstance(asked, WaveExpectation)}


def stories_of(scenarios: Iterable[tuple[int, Scenario]]) -> list[Story]:
    """Of trials of one world; marks of one call can be compared with each other only."""
    known: dict[tuple[int, int, str], int] = {}
    found: list[Story] = []
    for number, scenario in scenarios:
        items = [(item.t_ns, item.rank, _act(scenario, item.step, item.rank)) for item in agenda(scenario)]
        items.append((scenario.duration_ns, _END, ""))
        marks = [known.setdefault(item, len(known)) for item in items]
        waiting = {step.index: _content(step) for step in scenario.steps if step.when is not None}
        found.append(Story(number, scenario, [item[0] for item in items], marks, waiting))
    return sorted(found, key=lambda story: [step.at_ns or 0 for step in story.scenario.steps])


def parting(group: Sequence[Story], position: int, begun: frozenset[int]) -> Parting:
    """Of stories that agree before `position`, where `begun` are the waiting steps that have begun."""
    first = group[0].marks
    while position < len(first) and all(
        position < len(story.marks) and story.marks[position] == first[position] for story in group
    ):
        position += 1
    moments = [story.times_ns[position] for story in group if position < len(story.times_ns)]
    before = frozenset(
        index
        for index, content in group[0].waiting.items()
        if index not in begun and any(story.waiting[index] != content for story in group)
    )
    return Parting(position, min(moments, default=group[0].scenario.duration_ns), before)


def parted(group: Sequence[Story], position: int) -> list[list[Story]]:
    """The stories by what they do at `position`, those last whose time for it comes last. One each when they are the
    same to their end and differ in what is expected only."""
    if any(position >= len(story.marks) for story in group):
        return [[story] for story in group]
    classes: dict[int, list[Story]] = {}
    for story in group:
        classes.setdefault(story.marks[position], []).append(story)
    return sorted(classes.values(), key=lambda stories: (stories[0].times_ns[position], len(stories)))


def parted_by_step(group: Sequence[Story], index: int) -> list[list[Story]]:
    """The stories by what their step `index` is, the most last."""
    classes: dict[str, list[Story]] = {}
    for story in group:
        classes.setdefault(story.waiting[index], []).append(story)
    return sorted(classes.values(), key=len)


def _act(scenario: Scenario, index: int, rank: int) -> str:
    return f"{index} {_content(scenario.steps[index])}" if rank == STEP else ""


def _content(step: Step) -> str:
    return repr((step.action, step.at_ns, step.when, step.delay_ns, step.every_ns, step.count, step.expect))
