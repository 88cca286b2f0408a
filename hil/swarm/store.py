"""Stories that once failed: `hil/swarm/seeds/*.toml`, each cut down, with what was found in its `why`.

They are scenario files; `make test-full` judges all of them by all invariants.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from hil.scenario.model import Scenario
from hil.scenario.reader import decoded
from hil.swarm import invariants  # noqa: F401  enters them
from hil.swarm.judging import Violation, judge
from hil.swarm.life import live
from hil.swarm.story import Story, Times, read_story, times_of

FOLDER = Path(__file__).parent / "seeds"


def stored() -> list[Path]:
    return sorted(FOLDER.glob("*.toml"))


def read(path: Path) -> tuple[Scenario, Story]:
    """The scenario of a file and, where it has a calm, the story. Raises ScenarioError for what is none."""
    text = decoded(path)
    scenario = read_story(text, str(path))
    times = times_of(scenario) or Times(
        scenario.duration_ns / 1e9, scenario.duration_ns / 1e9, scenario.duration_ns / 1e9
    )
    return scenario, Story(scenario.seed, tomllib.loads(text), times)


def judged(scenario: Scenario, target: str = "sim") -> list[Violation]:
    """All that does not hold in a run of it. Raises RuntimeError when the bench could not go on."""
    life = live(scenario, target)
    if life.broken:
        raise RuntimeError(life.broken)
    return judge(life)
