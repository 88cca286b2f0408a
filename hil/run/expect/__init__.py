"""Expectations: each looks at the record of a run and ends in pass, fail or invalid with what was seen.

`invalid` means that there was nothing to look at: the pump was never heard, the target has no plant, the
condition that it rests on never came. It is never counted as a pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hil.run.expect import outputs, reports, truths
from hil.run.record import Record
from hil.run.result import ExpectationResult
from hil.scenario import model

_EVALUATORS: dict[type, Callable[[Any, Record], ExpectationResult]] = {
    model.AlarmExpectation: reports.alarm,
    model.NeverExpectation: reports.never,
    model.ModeExpectation: reports.mode,
    model.LogExpectation: reports.log,
    model.RefusedExpectation: reports.refused,
    model.StatusExpectation: reports.status,
    model.TruthExpectation: truths.truth,
    model.PatientExpectation: truths.patient,
    model.BuzzerExpectation: outputs.buzzer,
    model.WaveExpectation: outputs.wave,
}


def evaluate(expectation: model.Expectation, record: Record) -> ExpectationResult:
    return _EVALUATORS[type(expectation)](expectation, record)
