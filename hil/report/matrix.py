"""Table of requirements with the runs that showed them and their verdicts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hil.run.result import EXIT_CODES, RunResult
from hil.words.requirements import Requirement, requirements


class RequirementRow(msgspec.Struct, frozen=True):
    """One requirement, the worst verdict of its runs, and the runs as (position in the report, run)."""

    requirement: Requirement
    verdict: str
    runs: list[tuple[int, RunResult]]


def requirement_rows(results: Sequence[RunResult]) -> tuple[list[RequirementRow], list[Requirement]]:
    """(rows of the requirements that these runs name, those that none names), in the order of the list.

    A requirement is as good as the worst run that names it, in the order of the exit codes.
    An id that is not in the list stands last, with a text that says so: evidence is never dropped.
    """
    runs: dict[str, list[tuple[int, RunResult]]] = {}
    for number, result in enumerate(results):
        for requirement_id in result.requirements:
            runs.setdefault(requirement_id, []).append((number, result))
    known = requirements()
    strangers = {name: Requirement(name, "", "Not in the requirement list.", "") for name in runs if name not in known}
    rows = [
        RequirementRow(requirement, max((run.verdict for _, run in runs[name]), key=EXIT_CODES.__getitem__), runs[name])
        for name, requirement in (known | strangers).items()
        if name in runs
    ]
    return rows, [requirement for name, requirement in known.items() if name not in runs]
