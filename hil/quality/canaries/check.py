"""Tries canaries: first everything that shall catch one on the firmware as it is, then on each broken one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from hil.quality import edited_run
from hil.quality.canaries.catalogue import Canary, DoesNotApply, edit
from hil.quality.edited_run import SCENARIO, EditedRun

TIMEOUT_S = 300.0

State = Literal["caught", "survived", "broken", "useless", "outdated"]


class Finding(msgspec.Struct):
    """`useless`: what should catch the canary fails without it too; `outdated`: its edit no longer applies.

    `by`: what caught it. `broken`: the tests did not run to a verdict.
    """

    canary: Canary
    state: State
    by: str
    wall_s: float
    output: str = ""


def failing_without(wanted: Sequence[Canary]) -> dict[str, str]:
    """Tests and scenarios of these canaries that do not pass on the firmware as it is, with their output."""
    names = sorted({name for canary in wanted for name in canary.caught_by})
    tests = [name for name in names if not name.startswith(SCENARIO)]
    failing: dict[str, str] = {}
    if tests and (together := edited_run.run_tests({}, tests, TIMEOUT_S)).outcome != "passed":
        failing |= {name: together.output for name in tests if _try({}, name).outcome != "passed"}
    for name in names:
        if name.startswith(SCENARIO) and (seen := _try({}, name)).outcome != "passed":
            failing[name] = seen.output
    return failing


def check(wanted: Iterable[Canary], failing: dict[str, str], tell: Callable[[Finding], None]) -> list[Finding]:
    """One finding per canary; `tell` is called with each as it comes."""
    findings = []
    for canary in wanted:
        finding = _find(canary, failing)
        tell(finding)
        findings.append(finding)
    return findings


def _find(canary: Canary, failing: dict[str, str]) -> Finding:
    useful = [name for name in canary.caught_by if name not in failing]
    if not useful:
        return Finding(canary, "useless", "", 0.0, failing[canary.caught_by[0]])
    try:
        edits = edit(canary)
    except DoesNotApply as error:
        return Finding(canary, "outdated", "", 0.0, str(error))
    wall_s = 0.0
    seen = EditedRun("passed", 0.0, "")
    for name in useful:
        seen = _try(edits, name)
        wall_s += seen.wall_s
        if seen.outcome in ("failed", "timeout"):
            return Finding(canary, "caught", name, wall_s)
    return Finding(canary, "broken" if seen.outcome == "broken" else "survived", "", wall_s, seen.output)


def _try(edits: dict[str, str], name: str) -> EditedRun:
    if name.startswith(SCENARIO):
        return edited_run.run_scenario_file(edits, name.removeprefix(SCENARIO), TIMEOUT_S)
    return edited_run.run_tests(edits, [name], TIMEOUT_S)
