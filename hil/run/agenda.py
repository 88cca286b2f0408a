"""What a run does at which time, as far as the scenario says it before the run begins.

Two scenarios of one world tell the same story up to the first item in which their agendas differ.
"""

from __future__ import annotations

from typing import NamedTuple

from hil.run.schedule import ASK, LOOK, STEP
from hil.scenario.model import Scenario

TICKS = 200  # statuses and rows of the truth that a run has at least
_CLOSE_LOOK = 20  # as many inside the span of an expectation about the status


class Item(NamedTuple):
    """`rank`: LOOK at the truth, STEP, or ASK for the status. `step`: the number of the step, -1 without one."""

    t_ns: int
    rank: int
    step: int = -1


def agenda(scenario: Scenario) -> list[Item]:
    """All items in the order in which they are carried out; times in ns since the start of the scenario."""
    items: list[Item] = []
    for t_ns in _looks(scenario):
        items += (Item(t_ns, LOOK), Item(t_ns, ASK))
    items += [Item(step.at_ns or 0, STEP, index) for index, step in enumerate(scenario.steps) if step.when is None]
    return sorted(items, key=_place)


def _place(item: Item) -> tuple[int, int]:
    return item.t_ns, item.rank


def _looks(scenario: Scenario) -> list[int]:
    end_ns, span_ns = scenario.duration_ns, scenario.looks_ns or scenario.duration_ns
    times = [t_ns for tick in range(1, TICKS + 1) if (t_ns := span_ns * tick // TICKS) <= end_ns]
    for expectation in scenario.expectations:
        times += {expectation.start_ns, expectation.end_ns}
        asked_ns = expectation.end_ns - expectation.start_ns
        if asked_ns * TICKS < end_ns * _CLOSE_LOOK:
            times += [expectation.start_ns + asked_ns * look // _CLOSE_LOOK for look in range(1, _CLOSE_LOOK)]
    return times
