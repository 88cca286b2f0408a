"""Ring time, exact products and the second of the week."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import RING, core

units = core.units
moments = st.integers(0, RING - 1)


@given(moments, st.integers(0, (1 << 29) - 1))
def test_a_deadline_set_on_the_ring_is_found_again_across_the_wrap(now_ms, delay_ms):
    deadline_ms = units.after_ms(now_ms, delay_ms)
    assert deadline_ms == (now_ms + delay_ms) % RING
    assert units.until_ms(deadline_ms, now_ms) == delay_ms
    assert units.until_ms(now_ms, deadline_ms) == -delay_ms


@given(moments, moments)
def test_a_distance_is_the_shorter_way_round(a, b):
    distance = units.until_ms(a, b)
    assert -(1 << 29) <= distance < 1 << 29
    assert (b + distance - a) % RING == 0


def test_half_the_ring_away_counts_as_passed():
    assert units.until_ms(1 << 29, 0) == units.until_ms(0, 1 << 29) == -(1 << 29)


def test_never_is_still_a_deadline_ahead():
    assert units.until_ms(units.after_ms(RING - 1, units.NEVER_MS), RING - 1) == units.NEVER_MS


@given(st.integers(0, RING - 1), st.integers(0, RING - 1), st.integers(1, 357_913_941))
def test_a_product_past_the_small_integers_is_divided_exactly(a, b, c):
    a = min(a, (RING - 1) * c // max(b, 1))
    assert units.mul_div(a, b, c) == a * b // c


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2020, 1, 1),
        datetime(2026, 3, 2, 8),
        datetime(2026, 3, 8, 23, 59, 59),
        datetime(2050, 7, 17, 1),
    ],
    ids=["the epoch, a Wednesday", "a Monday morning", "the last second of a week", "far ahead"],
)
def test_the_second_of_the_week_counts_from_monday(moment):
    epoch_s = int((moment - datetime(2020, 1, 1)) / timedelta(seconds=1))
    monday = datetime(moment.year, moment.month, moment.day) - timedelta(days=moment.weekday())
    assert units.week_second(epoch_s) == (moment - monday).total_seconds()
