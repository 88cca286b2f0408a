"""One measuring run: a scenario made for it, on a target, and the record that it leaves."""

from __future__ import annotations

from hil.errors import BenchBroken
from hil.run.execution import run_scenario
from hil.run.record import Record
from hil.run.result import RunResult
from hil.run.runner import Options
from hil.scenario.reader import read_text
from hil.targets.truth import TruthSeries

THERAPY = """
[therapy]
drug = {{ name = "baclofen", concentration = "500 ug/mL" }}
fill = "18 mL"
basal = "{rate_nl_per_h} nL/h"
"""


def run(text: str, name: str, target: str) -> tuple[RunResult, Record, TruthSeries]:
    """Raises `BenchBroken` when the run does not come to its end, or on a target that knows no truth."""
    (scenario,) = read_text(text, name)
    result, record = run_scenario(scenario, target, Options())
    if record is None or result.verdict == "infra":
        raise BenchBroken(f"{name}: {result.message or 'the run did not come to its end'}")
    if record.truth is None:
        raise BenchBroken(f"target {target} has no plant to measure: use --balance-file with weighings of a real one")
    return result, record, record.truth
