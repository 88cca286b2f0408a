"""Names of the runs of one file, and of the files that belong to one run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from hil.errors import ScenarioError
from hil.run.judging import shown_name
from hil.scenario.model import Scenario

_WORDS_LENGTH = 40
_MOST_LISTED = 12


def only_run(scenarios: Sequence[Scenario], label: str, option: str = "--only") -> Scenario:
    """The one run that `label` selects: by its whole label, by the beginning of it up to a comma, or by a part that
    no other label has. Raises `ScenarioError` when it selects none or several.
    """
    exact = [scenario for scenario in scenarios if scenario.variant == label]
    beginning = [scenario for scenario in scenarios if scenario.variant.startswith(label + ", ")]
    part = [scenario for scenario in scenarios if label in scenario.variant]
    found = exact or beginning or part
    if len(found) == 1:
        return found[0]
    several = len({scenario.file for scenario in found}) > 1
    shown = [f"{one.file}: {one.variant}" if several else one.variant for one in found or scenarios if one.variant]
    listed = "; ".join(shown[:_MOST_LISTED]) + ("; ..." if len(shown) > _MOST_LISTED else "")
    if not found:
        raise ScenarioError(
            "",
            0,
            "",
            f'{option}: no run has "{label}" in its label',
            listed or "no label, these are not runs of a sweep or a series",
        )
    raise ScenarioError(
        "", 0, "", f'{option}: "{label}" selects {len(found)} runs', f"the whole label of one: {listed}"
    )


def file_names(scenarios: Sequence[Scenario]) -> list[str]:
    """One name for the files of each run: some words to read, and a sum that keeps runs apart.

    The sum is over file, name, label and seed, so a run has the same name whatever runs beside it. A run that is
    asked for twice is numbered.
    """
    names: list[str] = []
    for scenario in scenarios:
        words = re.sub(r"[^a-z0-9]+", "-", shown_name(scenario).lower())[:_WORDS_LENGTH].strip("-")
        identity = "\0".join((scenario.file, scenario.name, scenario.variant, str(scenario.seed)))
        digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        name = f"{words}-{digest}" if words else digest
        repeats = sum(earlier == name or earlier.startswith(f"{name}.") for earlier in names)
        names.append(f"{name}.{repeats + 1}" if repeats else name)
    return names
