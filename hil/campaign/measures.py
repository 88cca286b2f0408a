"""What a campaign keeps of a trial: small, plain numbers that can be counted over thousands of them."""

from __future__ import annotations

from typing import Any

import msgspec

from hil.campaign.outcomes import Trial
from hil.run.result import RunResult
from hil.run.runner import Runner
from hil.scenario.model import AlarmExpectation
from hil.words import vocabulary
from hil.words.quantity import NS_PER_S

_COUNTED = ("HIGH", "MEDIUM", "LOW")  # a notice demands nothing


class Measures(msgspec.Struct):
    """Of one trial. `fault_s`: when the first fault began, None without one. `delay_s`: from there to the first alarm
    that the file expects; None: missed, and `watched_s` is how long it was looked for, 0 where no alarm is expected.
    `false_alarms`: raised before any fault began. `dose_error`: of the programmed volume.
    """

    fault_s: float | None
    delay_s: float | None
    watched_s: float
    false_alarms: int
    dose_error: float | None
    rate_nl_per_h: float
    days: float


def measure(trial: Trial, runner: Runner, result: RunResult) -> dict[str, Any]:
    """As plain data, for `Outcome.seen`."""
    return msgspec.to_builtins(measures_of(trial, result))


def measures_of(trial: Trial, result: RunResult) -> Measures:
    scenario = trial.scenario
    fault_s = min((fault.at_s for fault in result.faults), default=None)
    wanted = [name for asked in scenario.expectations if isinstance(asked, AlarmExpectation) for name in asked.names]
    raised = [alarm for alarm in result.alarms if alarm.event == "RAISED" and alarm.t_s >= 0]
    delay_s = None
    if fault_s is not None:
        delays = [
            alarm.t_s - fault_s
            for alarm in raised
            if alarm.t_s >= fault_s and any(vocabulary.alarm_matches(name, alarm.name) for name in wanted)
        ]
        delay_s = min(delays, default=None)
    end_s = scenario.duration_ns / NS_PER_S
    before_s = end_s if fault_s is None else fault_s
    programmed = result.programmed_nl
    return Measures(
        fault_s=fault_s,
        delay_s=delay_s,
        watched_s=end_s - fault_s if fault_s is not None and wanted else 0.0,
        false_alarms=sum(alarm.priority in _COUNTED and alarm.t_s < before_s for alarm in raised),
        dose_error=(result.delivered_nl - programmed) / programmed if programmed else None,
        rate_nl_per_h=programmed / (end_s / 3600),
        days=end_s / 86_400,
    )
