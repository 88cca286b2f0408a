"""Measures an occlusion at one rate: steady flow, the line closes, an alarm comes, the line opens again."""

from __future__ import annotations

import msgspec

from hil.measure import course
from hil.report.thinning import cap
from hil.run.record import Record
from hil.run.result import Series
from hil.targets.truth import TruthSeries
from hil.words.quantity import NS_PER_S, volume_text

STROKE_NL = 300.0
COMPLIANCE_NL_PER_KPA = 190.0  # of the reference bench
ALARM = "CATHETER_OCCLUSION"
OPENED_AFTER_S = 600  # from the alarm: a person has to come first
RELEASE_S = 600  # over which the bolus after release is collected
_STEADY_STROKES = 20  # the pump follows the pulse of its line from the first one on
_STROKES_TO_ALARM = 60
_LEAST_WAIT_S = 1800
_PLOT_POINTS = 2000


class OcclusionRow(msgspec.Struct):
    """One rate. Times in s from the closing of the line; volumes nL, pressures kPa above ambient.

    `alarm_s` is None when no alarm came. `stroked_nl`: what the head displaced into the closed line until the
    alarm. `bolus_nl`: what reached the patient in the 10 min after the line opened, less what the rate gives.
    """

    rate_nl_per_h: int
    compliance_nl_per_kpa: float
    air_nl: float
    alarm_s: float | None
    strokes: int
    stroked_nl: float
    alarm_kpa: float
    highest_kpa: float
    bolus_nl: float
    pressure: Series

    @property
    def line_text(self) -> str:
        """The line, for people."""
        air = f", {volume_text(self.air_nl)} of air" if self.air_nl else ""
        return f"{self.compliance_nl_per_kpa:g} nL/kPa{air}"


def scenario_text(
    rate_nl_per_h: int, seed: int, compliance_nl_per_kpa: float = COMPLIANCE_NL_PER_KPA, air_nl: float = 0.0
) -> str:
    stroke_s = STROKE_NL * 3600 / rate_nl_per_h
    closed_s = closing_s(rate_nl_per_h)
    end_s = round(closed_s + max(_LEAST_WAIT_S, _STROKES_TO_ALARM * stroke_s) + OPENED_AFTER_S + RELEASE_S)
    return (
        f'name = "Occlusion at {rate_nl_per_h} nL/h"\nduration = "{end_s} s"\nseed = {seed}\n'
        '[bench]\nrefill_due = "1 h"\n'
        + f'compliance = "{compliance_nl_per_kpa:g} nL/kPa"\nair = "{air_nl:g} nL"\n'
        + course.THERAPY.format(rate_nl_per_h=rate_nl_per_h)
        + f'[[step]]\nat = "{closed_s} s"\ninject = "catheter.occlusion"\nonset = "0 s"\n'
        + f'[[step]]\nwhen = "alarm {ALARM}"\ndelay = "{OPENED_AFTER_S} s"\nclear = "catheter.occlusion"\n'
        + f'[[expect]]\nalarm = "{ALARM}"\n'
    )


def closing_s(rate_nl_per_h: int) -> int:
    """When the line closes: after some strokes into an open one."""
    return max(600, round(_STEADY_STROKES * STROKE_NL * 3600 / rate_nl_per_h))


def measure(
    rate_nl_per_h: int,
    target: str,
    seed: int,
    compliance_nl_per_kpa: float = COMPLIANCE_NL_PER_KPA,
    air_nl: float = 0.0,
) -> OcclusionRow:
    """One rate in one line. Raises `BenchBroken` as `course.run` says."""
    text = scenario_text(rate_nl_per_h, seed, compliance_nl_per_kpa, air_nl)
    result, record, truth = course.run(text, "occlusion", target)
    closed_ns = closing_s(rate_nl_per_h) * NS_PER_S
    raised_ns = next((seen.t_ns for seen in record.alarms if (seen.name, seen.event) == (ALARM, "RAISED")), None)
    until_ns = record.end_ns if raised_ns is None else raised_ns
    stroked_nl = truth.grown(truth.delivered_nl, closed_ns, until_ns)
    opened_s = next((span.t1_s for span in result.fault_spans if span.t1_s is not None), None)
    return OcclusionRow(
        rate_nl_per_h=rate_nl_per_h,
        compliance_nl_per_kpa=compliance_nl_per_kpa,
        air_nl=air_nl,
        alarm_s=None if raised_ns is None else (raised_ns - closed_ns) / NS_PER_S,
        strokes=_strokes(truth, closed_ns, until_ns),
        stroked_nl=stroked_nl,
        alarm_kpa=_highest(truth, closed_ns, until_ns),
        highest_kpa=_highest(truth, closed_ns, record.end_ns),
        bolus_nl=0.0 if opened_s is None else _bolus(truth, record, round(opened_s * NS_PER_S)),
        pressure=_pressure(truth, closed_ns),
    )


def _strokes(truth: TruthSeries, begin_ns: int, end_ns: int) -> int:
    rows = truth.rows_in(begin_ns, end_ns)
    volumes = truth.delivered_nl
    return sum(1 for row in rows if row and volumes[row] - volumes[row - 1] > STROKE_NL / 10)


def _highest(truth: TruthSeries, begin_ns: int, end_ns: int) -> float:
    return max((truth.line_pressure_kpa[row] for row in truth.rows_in(begin_ns, end_ns)), default=0.0)


def _bolus(truth: TruthSeries, record: Record, opened_ns: int) -> float:
    """What came out beyond what the head displaced meanwhile: the pump is stopped, or should be."""
    end_ns = min(opened_ns + RELEASE_S * NS_PER_S, record.end_ns)
    before_ns = opened_ns - NS_PER_S
    out_nl = truth.grown(truth.in_csf_nl, before_ns, end_ns)
    return out_nl - truth.grown(truth.delivered_nl, before_ns, end_ns)


def _pressure(truth: TruthSeries, closed_ns: int) -> Series:
    """Against time since the line closed."""
    times = [(t_ns - closed_ns) / NS_PER_S for t_ns in truth.t_ns]
    return cap(Series(times, [float(value) for value in truth.line_pressure_kpa]), _PLOT_POINTS)
