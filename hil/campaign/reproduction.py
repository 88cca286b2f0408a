"""Runs the recipe of a report again, for a comparison with what the report says."""

from __future__ import annotations

import re

from hil.report.recipe import IMAGE, CannotReplay, Recipe
from hil.run.execution import run_scenario
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.model import Scenario
from hil.scenario.reader import read_text

_TRIAL = re.compile(r"\btrial (\d+)\b")


def scenario_of(recipe: Recipe) -> Scenario:
    """The scenario that was run. A trial of a series draws its values again from the seed of the series."""
    if not recipe.source:
        raise CannotReplay(f"{recipe.file}: the text of the scenario is neither in the report nor in that file")
    trial = _TRIAL.search(recipe.variant)
    base_seed = recipe.seed - (int(trial.group(1)) if trial else 0)
    for scenario in read_text(recipe.source, recipe.file, base_seed):
        if scenario.variant == recipe.variant:
            return scenario
    raise CannotReplay(f"{recipe.file}: no run [{recipe.variant}] in it any more")


def replay(recipe: Recipe) -> RunResult:
    """Run it again. Raises `CannotReplay` when the firmware here is not that of the report."""
    result, _ = run_scenario(scenario_of(recipe), recipe.target, Options())
    image = result.versions.get(IMAGE, "")
    if recipe.image and image != recipe.image:
        raise CannotReplay(f"the firmware here is image {image}, the report is of {recipe.image}: check that one out")
    return result
