"""Expectations about what truly happened: the plant against a bound or against the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from hil.run.record import Record
from hil.run.result import ExpectationResult, judged, nothing_to_look_at
from hil.scenario import model
from hil.targets.truth import TruthSeries
from hil.words.quantity import format_duration, format_volume

# Totals that grow: a span asks how much they grew in it.
_TOTALS = ("delivered", "in_csf", "missed")


def truth(expectation: model.TruthExpectation, record: Record) -> ExpectationResult:
    series = record.truth
    if series is None or not series.t_ns:
        return nothing_to_look_at(expectation, "this target has no plant to ask")
    if expectation.programme_within is not None:
        return _against_programme(expectation, record, series)
    if expectation.window_ns is not None:
        return _any_window(expectation, series)
    if expectation.quantity in _TOTALS:
        return _total(expectation, record, series)
    return _level(expectation, series)


def _column(series: TruthSeries, quantity: str) -> Sequence[float]:
    return {
        "delivered": series.delivered_nl,
        "in_csf": series.in_csf_nl,
        "reservoir": series.reservoir_nl,
        "line_pressure": series.line_pressure_kpa,
        "trapped": series.trapped_nl,
    }[quantity]


def _span(expectation: model.TruthExpectation) -> tuple[int, int]:
    """A total at a moment is what came together since the start."""
    if expectation.at_ns is not None:
        return 0, expectation.at_ns
    return expectation.start_ns, expectation.end_ns


def _against_programme(expectation: model.TruthExpectation, record: Record, series: TruthSeries) -> ExpectationResult:
    start_ns, end_ns = _span(expectation)
    ideal = record.plan.volume_between(start_ns, end_ns) if record.plan is not None else Fraction(0)
    if ideal == 0:
        return nothing_to_look_at(expectation, "the programme asks for nothing in that time")
    if ideal < series.least_nl:
        least = format_volume(series.least_nl)
        return nothing_to_look_at(expectation, f"{format_volume(ideal)} programmed; what measures here needs {least}")
    grown = series.grown(_column(series, expectation.quantity), start_ns, end_ns)
    error = Fraction(grown) / ideal - 1
    seen = f"{format_volume(grown)} of {format_volume(ideal)} programmed, {float(error) * 100:+.2f} %"
    return judged(expectation, abs(error) <= (expectation.programme_within or 0), seen)


def _any_window(expectation: model.TruthExpectation, series: TruthSeries) -> ExpectationResult:
    column = _column(series, expectation.quantity)
    rows = series.rows_in(expectation.start_ns, expectation.end_ns)
    if not rows:
        return nothing_to_look_at(expectation, "no row of the plant in that time")
    most, end_ns = series.most_in_any_window(column, expectation.window_ns or 0, rows)
    bound = expectation.bound
    holds = bound is not None and bound.holds(most)
    return judged(
        expectation,
        holds,
        f"at most {format_volume(most)}, in the window that ends {format_duration(end_ns)}",
    )


def _total(expectation: model.TruthExpectation, record: Record, series: TruthSeries) -> ExpectationResult:
    start_ns, end_ns = _span(expectation)
    if expectation.quantity == "missed":
        if record.plan is None:
            return nothing_to_look_at(expectation, "there is no programme to miss")
        delivered = series.grown(series.delivered_nl, start_ns, end_ns)
        value = float(record.plan.volume_between(start_ns, end_ns)) - delivered
    else:
        value = series.grown(_column(series, expectation.quantity), start_ns, end_ns)
    bound = expectation.bound
    return judged(expectation, bound is not None and bound.holds(value), format_volume(value))


def _level(expectation: model.TruthExpectation, series: TruthSeries) -> ExpectationResult:
    """A level over a span: its highest value must be below, its lowest above; of a pressure the peak."""
    column = _column(series, expectation.quantity)
    bound = expectation.bound
    assert bound is not None, "the reader demands a comparison for every level"
    if expectation.at_ns is not None:
        value = series.at(column, expectation.at_ns)
        if value is None:
            return nothing_to_look_at(expectation, "no row of the plant before that time")
        return judged(expectation, bound.holds(value), _shown(expectation.quantity, value))
    rows = series.rows_in(expectation.start_ns, expectation.end_ns)
    values = [column[row] for row in rows]
    before = series.at(column, expectation.start_ns)
    if before is not None and expectation.quantity != "line_pressure":
        values.append(before)
    if not values:
        return nothing_to_look_at(expectation, "no row of the plant in that time")
    highest, lowest = max(values), min(values)
    name = expectation.quantity
    if name == "line_pressure":
        return judged(expectation, bound.holds(highest), f"highest {_shown(name, highest)}")
    holds = bound.holds(highest) and bound.holds(lowest)
    return judged(expectation, holds, f"{_shown(name, lowest)} to {_shown(name, highest)}")


def _shown(quantity: str, value: float) -> str:
    return f"{value:.4g} kPa" if quantity == "line_pressure" else format_volume(value)


def patient(expectation: model.PatientExpectation, record: Record) -> ExpectationResult:
    if record.patient is None:
        return nothing_to_look_at(expectation, "this target has no patient model")
    hours = record.patient[expectation.quantity]
    return judged(expectation, expectation.bound.holds(hours), f"{hours:.4g} h (a model for ranking, no prediction)")
