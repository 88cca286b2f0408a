"""Quantities are exact, and what is none is refused with what would have been allowed."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.scenario.reader import library_names, read_file
from hil.words import quantity
from hil.words.quantity import NS_PER_DAY, NS_PER_H, NS_PER_MINUTE, NS_PER_S, USUAL, QuantityError, computed_factor


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("20.8 uL/h", "rate", 20_800),
        ("1.5 mL/day", "rate", 62_500),
        ("1 mL/day", "rate", Fraction(125_000, 3)),
        ("0.1 nL", "volume", Fraction(1, 10)),
        ("18 mL", "volume", 18_000_000),
        ("5 %", "fraction", Fraction(1, 20)),
        (0.3, "fraction", Fraction(3, 10)),
        ("60 kPa", "pressure", 60),
        ("3.7 V", "voltage", 3_700),
        ("10 mg/mL", "concentration", 10_000),
        ("37 degC", "temperature", 37),
    ],
)
def test_an_amount_is_exact_in_the_unit_of_its_kind(text, kind, amount):
    assert quantity.parse(text, kind) == amount


@pytest.mark.parametrize(("kind", "unit"), [(kind, unit) for kind, units in USUAL.items() for unit in units])
def test_a_usual_unit_is_what_it_is_to_pint(kind, unit):
    assert USUAL[kind][unit] == computed_factor(unit, kind)


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("2 cL", "volume", 20_000_000),
        ("2000 mm**3", "volume", 2_000_000),
        ("3 liter/week", "rate", Fraction(3_000_000_000, 168)),
        ("100 mmHg", "pressure", Fraction("13.3322387415")),
    ],
)
def test_any_other_unit_that_measures_the_same_is_understood(text, kind, amount):
    assert quantity.parse(text, kind) == amount


def test_the_library_is_read_without_starting_pint(monkeypatch):
    def computed_factor(unit, kind_name):
        pytest.fail(f"pint was asked for {unit!r} as a {kind_name}")

    monkeypatch.setattr(quantity, "computed_factor", computed_factor)
    assert [name for name in library_names() if not read_file(name)] == []


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("0 d", 0),
        ("40 min", 40 * NS_PER_MINUTE),
        ("1 d 02:00", NS_PER_DAY + 2 * NS_PER_H),
        ("02:00:30", 2 * NS_PER_H + 30 * NS_PER_S),
        ("1 h 30 min", 90 * NS_PER_MINUTE),
        ("250 ms", 250_000_000),
        ("36:00", 36 * NS_PER_H),
    ],
)
def test_a_time_is_read_in_each_of_its_notations(text, time_ns):
    assert quantity.parse_duration_ns(text) == time_ns


@given(st.integers(0, 400 * NS_PER_DAY // 1_000_000))
def test_a_time_that_is_shown_is_read_back_as_the_same(time_ms):
    shown = quantity.format_duration(time_ms * 1_000_000)
    assert quantity.parse_duration_ns(shown) == time_ms * 1_000_000


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("3 uL", "rate"),
        ("3", "volume"),
        (3, "volume"),
        ("three mL", "volume"),
        ("uL/h", "rate"),
        ("5 kg", "fraction"),
        ("2 bananas", "time"),
        ("-5 min", "time"),
        ("00:75", "time"),
        ("", "time"),
        ("5 K", "temperature"),
        (True, "fraction"),
    ],
)
def test_what_is_no_such_amount_is_refused(text, kind):
    with pytest.raises(QuantityError) as refusal:
        quantity.parse(text, kind)
    assert refusal.value.found == text
    assert refusal.value.allowed


def test_a_unit_with_a_slip_of_the_finger_brings_the_right_one():
    with pytest.raises(QuantityError) as refusal:
        quantity.parse("5 ul/j", "rate")
    assert refusal.value.nearest == "uL/h"


def test_only_a_shift_of_the_clock_has_a_sign():
    assert quantity.parse_signed_duration_ns("-1 h") == -NS_PER_H
    assert quantity.parse_signed_duration_ns("+1 h") == NS_PER_H


def test_a_minute_of_the_day_ends_before_midnight():
    assert quantity.parse_minute_of_day("23:59") == 1439
    for text in ("24:00", "6:30:00", "06.30", 6):
        with pytest.raises(QuantityError):
            quantity.parse_minute_of_day(text)


def test_a_date_is_read_with_and_without_seconds():
    assert quantity.parse_date_time("2026-03-02 08:00") == datetime(2026, 3, 2, 8)
    with pytest.raises(QuantityError):
        quantity.parse_date_time("02.03.2026")


def test_a_number_without_units_is_not_asked_for_one():
    with pytest.raises(QuantityError) as problem:
        quantity.parse("lots", "number")
    assert problem.value.allowed == 'a plain number, like "2"'


@pytest.mark.parametrize("dose", ["48 ug/day", "2.5 U/h", "2 mg/day", "3 IU/h", "48 ug/dy", "5 mol/h", "100 mcg/day"])
@pytest.mark.parametrize("kind_name", ["rate", "volume"])
def test_no_volume_is_offered_for_a_dose(dose, kind_name):
    with pytest.raises(quantity.QuantityError) as refused:
        quantity.parse(dose, kind_name)
    assert refused.value.nearest == ""


@pytest.mark.parametrize(
    ("text", "kind_name", "nearest"),
    [("3 ml/dy", "rate", "mL/day"), ("3 uLs/h", "rate", "uL/h"), ("3 ugg", "mass", "ug")],
)
def test_a_misspelt_unit_of_the_right_quantity_is_offered(text, kind_name, nearest):
    with pytest.raises(quantity.QuantityError) as refused:
        quantity.parse(text, kind_name)
    assert refused.value.nearest == nearest


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e300, 10**400, "1e999999999 uL", "9" * 500 + " uL"])
def test_a_number_that_no_pump_can_mean_is_refused_at_once(number):
    for kind_name in ("fraction", "number", "volume"):
        with pytest.raises(QuantityError):
            quantity.parse(number, kind_name)
