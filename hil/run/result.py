"""The result of one run of one scenario: the verdict and all that a report needs to explain it.

`RunResult.contract()` is exactly the object that `pumpbench run --json` writes. The fields after
`versions` are for reports only: they are large, or they are only of use beside a plot.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from hil.scenario.model import Expectation

Verdict = Literal["pass", "fail", "invalid", "infra", "blocked"]

# Exit code of each verdict, mildest first. The code 2 is a bad scenario or bad usage: there is no result
# then.
EXIT_CODES: dict[str, int] = {"pass": 0, "fail": 1, "infra": 3, "invalid": 4, "blocked": 5}
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143

CONTRACT_FIELDS = (
    "scenario",
    "file",
    "target",
    "seed",
    "verdict",
    "requirements",
    "simulated_s",
    "wall_s",
    "expectations",
    "faults",
    "alarms",
    "programmed_nl",
    "delivered_nl",
    "computed_nl",
    "strokes",
    "event_log_sha256",
    "versions",
    "measured_by",
    "late_ms",
)


class ExpectationResult(msgspec.Struct):
    """One expectation in words, its verdict, and what was seen instead of or in support of it."""

    text: str
    verdict: Verdict
    seen: str


def judged(expectation: Expectation, holds: bool, seen: str) -> ExpectationResult:
    return ExpectationResult(text=expectation.text, verdict="pass" if holds else "fail", seen=seen)


def nothing_to_look_at(expectation: Expectation, why: str) -> ExpectationResult:
    return ExpectationResult(text=expectation.text, verdict="invalid", seen=why)


class FaultResult(msgspec.Struct):
    """One injected fault. `took_effect` comes from physical evidence on the bench, not from the command."""

    id: str
    at_s: float
    took_effect: bool


class AlarmResult(msgspec.Struct):
    """One step in the life of an alarm, as the pump reported it; the time is the clock of the target."""

    name: str
    priority: str
    event: str
    t_s: float


class Series(msgspec.Struct):
    """One curve. `y` has the unit that the name of the series ends in."""

    t_s: list[float]
    y: list[float]


class Span(msgspec.Struct):
    """Something that lasted: `t1_s` is None when it was still there at the end."""

    name: str
    t0_s: float
    t1_s: float | None = None


class PatientResult(msgspec.Struct):
    """What the patient model says of a run; a figure to rank scenarios by, no clinical prediction.

    `missed_nl`: programmed and did not reach the patient, 0 when more did; `missed_ug` of the drug, None when the
    scenario names none.
    """

    hours_below: float
    hours_above: float
    missed_nl: float
    missed_ug: float | None = None


class RunResult(msgspec.Struct):
    """Volumes are in nL over the whole run: `programmed_nl` from the oracle, `delivered_nl` from the
    plant, `computed_nl` from the odometer of the firmware."""

    scenario: str
    file: str
    target: str
    seed: int
    verdict: Verdict
    requirements: list[str] = []
    simulated_s: float = 0.0
    wall_s: float = 0.0
    expectations: list[ExpectationResult] = []
    faults: list[FaultResult] = []
    alarms: list[AlarmResult] = []
    programmed_nl: int = 0
    delivered_nl: int = 0
    computed_nl: int = 0
    strokes: int = 0
    event_log_sha256: str = ""
    versions: dict[str, str] = {}
    measured_by: str = ""  # what the truth rests on
    late_ms: float = 0.0  # the latest that a step began after its time; 0 where time is virtual

    # Keys of `series`: programmed_nl, delivered_nl, in_csf_nl, computed_nl, rate_nl_per_h, reservoir_nl,
    # line_pressure_kpa, rotor_rev. A target without a plant leaves out what it cannot know.
    series: dict[str, Series] = {}
    alarm_spans: list[Span] = []
    fault_spans: list[Span] = []
    log: list[str] = []
    why: str = ""
    reproduce: str = ""
    variant: str = ""  # which run of a sweep or series, as `file` expands to it
    patient: PatientResult | None = None
    message: str = ""  # why an `infra` or `invalid` verdict was reached, when no expectation says it

    def contract(self) -> dict[str, Any]:
        """The object of `run --json`: builtin types only."""
        plain = msgspec.to_builtins(self)
        return {name: plain[name] for name in CONTRACT_FIELDS}

    @property
    def exit_code(self) -> int:
        return EXIT_CODES[self.verdict]


def worst_exit_code(results: list[RunResult]) -> int:
    """The exit code of several runs is the worst one: invalid over infra over fail over pass. Those that the bench
    cannot do are left aside, as long as there is another one.
    """
    done = [result for result in results if result.verdict != "blocked"]
    return max((result.exit_code for result in done or results), default=0)
