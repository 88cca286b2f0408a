"""The pytest plugin (loaded by `pumpbench_pytest`): scenario files are test items, and fixtures hand out a pump.

`pytest hil/scenarios -n 2` runs the library. Requirement ids, target and the command that repeats a run go into
the properties of JUnit; `--pump-evidence DIR` keeps them for `pumpbench requirements`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hil.errors import PumpbenchError
from hil.pytest_plugin.items import ScenarioFailed, ScenarioFile, looks_like_a_scenario
from hil.run.live import LiveBench, LivePlant, LivePump
from hil.run.result import RunResult
from hil.scenario.model import Scenario
from hil.scenario.reader import read_file, read_text
from hil.targets.factory import TARGET_WORDS, kind_of, make_target
from hil.traceability import evidence

THERAPY = """
name = "fixture"
duration = "3650 d"
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "60 uL/h"
patient_bolus = { volume = "10 uL", duration = "1 min", lockout = "30 min", per_day = 6 }
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pumpbench")
    group.addoption("--pump-target", default="sim", help="Target that runs the pump: sim, mpy, chip or serial:PORT.")
    group.addoption("--pump-evidence", type=Path, metavar="DIR", help="Write evidence here.")
    parser.addini(
        "evidence_targets",
        "Lines FOLDER=TARGET: on which target the tests of a folder show what they show; FOLDER={name}: the one that"
        " the test's parameter of that name says.",
        type="linelist",
        default=[],
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requirement(id): the requirement that this test shows")
    config.addinivalue_line("markers", "therapy(toml): the head of a scenario for the fixture `pump`")
    word = _target_word(config)
    if kind_of(word) is None:
        raise pytest.UsageError(f"--pump-target: found {word}; allowed: {', '.join(TARGET_WORDS)}")
    folder = config.getoption("--pump-evidence")
    if folder is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(evidence.Collector(folder), "pumpbench-evidence")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A TOML file with a duration and with steps or expectations is a scenario; other TOML files are not.

    A file that cannot be read, or misses one of them by a slip, is an error when it looks like a scenario or is named
    itself: it is never left out in silence.
    """
    if file_path.suffix != ".toml":
        return None
    is_named = any(str(argument).split("::")[0].endswith(file_path.name) for argument in parent.config.args)
    return ScenarioFile.from_parent(parent, path=file_path) if is_named or looks_like_a_scenario(file_path) else None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What JUnit and the evidence must know of a test; a scenario item says it itself."""
    if isinstance(item, pytest.Function):
        for marker in item.iter_markers("requirement"):
            item.user_properties += [("requirement", requirement) for requirement in marker.args]
        item.user_properties.append(("target", evidence.target_of(item)))


class Scenarios:
    """The fixture `scenario`: runs scenarios on the chosen target.

    `scenario("stall_permanent")`, a path, or the text of a scenario; the result is not judged here.
    """

    def __init__(self, target: str) -> None:
        self._target = target

    def __call__(self, source: str | Path) -> RunResult:
        """The one run of a scenario. ValueError when it is a sweep or a series."""
        runs = self.all(source)
        if len(runs) != 1:
            raise ValueError(f"{len(runs)} runs in one file: use scenario.all")
        return runs[0]

    def all(self, source: str | Path) -> list[RunResult]:
        """Every run of a scenario, a sweep or a series."""
        from hil.run.execution import run_scenario
        from hil.run.runner import Options

        is_text = isinstance(source, str) and "\n" in source
        read = read_text(str(source), "scenario") if is_text else read_file(source)
        return [run_scenario(each, self._target, Options())[0] for each in read]


@pytest.fixture
def scenario(request: pytest.FixtureRequest) -> Scenarios:
    """Runs a scenario by name, path or text, and returns its result."""
    return Scenarios(_target_word(request.config))


@pytest.fixture
def pump(request: pytest.FixtureRequest) -> Iterator[LivePump]:
    """A pump that delivers 60 uL/h, or what the marker `therapy` says, on the chosen target."""
    marker = request.node.get_closest_marker("therapy")
    text = str(marker.args[0]) if marker is not None else THERAPY
    (head,) = read_text(text, "therapy")
    word = _target_word(request.config)
    _skip_elsewhere(head, word)
    try:
        with make_target(word, head) as target:
            yield LivePump(target, head)
    except PumpbenchError as problem:
        pytest.fail(str(problem), pytrace=False)


@pytest.fixture
def bench(pump: LivePump) -> LiveBench:
    """Faults and hands at the bench of `pump`; skipped where there is none."""
    if pump.target.bench is None:
        pytest.skip(f"target {pump.target.name} has no bench")
    return LiveBench(pump.target.bench)


@pytest.fixture
def plant(pump: LivePump) -> LivePlant:
    """What truly happens behind `pump`; skipped where nobody knows."""
    if pump.target.bench is None:
        pytest.skip(f"target {pump.target.name} has no plant")
    return LivePlant(pump.target.bench)


def _target_word(config: pytest.Config) -> str:
    return str(config.getoption("--pump-target"))


def _skip_elsewhere(head: Scenario, word: str) -> None:
    kind = kind_of(word)
    if kind not in head.targets:
        pytest.skip(f"for {', '.join(head.targets)} and not for {kind}")


__all__ = ["ScenarioFailed", "bench", "plant", "pump", "scenario"]
