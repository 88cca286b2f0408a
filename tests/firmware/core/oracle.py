"""What the programme asks for, in exact fractions, written without a look at the firmware."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

DAY_S = 86_400
WEEK_S = 7 * DAY_S

rates = st.one_of(st.just(0), st.just(2_000), st.just(1_000_000), st.integers(2_000, 1_000_000))


@st.composite
def day_segments(draw):
    starts = draw(st.lists(st.integers(0, 1439), min_size=1, max_size=24, unique=True))
    return [(start, draw(rates)) for start in sorted(starts)]


weeks = st.lists(day_segments(), min_size=7, max_size=7)


def steps(days):
    """[(second of the week, nL/h), ...] in order."""
    return [(day * DAY_S + start * 60, rate) for day in range(7) for start, rate in days[day]]


def rate_at(days, second):
    """The last step at or before a second of the week; before the first one, the last of the week."""
    before = [rate for at, rate in steps(days) if at <= second]
    return before[-1] if before else steps(days)[-1][1]


def volume_nl(days, start_ms, end_ms):
    """Integral from start_ms to end_ms, both counted from a Monday 00:00."""
    edges = {start_ms, end_ms}
    for week in range(start_ms // (WEEK_S * 1000), end_ms // (WEEK_S * 1000) + 1):
        edges.update((week * WEEK_S + at) * 1000 for at, _ in steps(days))
    inside = sorted(edge for edge in edges if start_ms <= edge <= end_ms)
    total = Fraction(0)
    for left, right in zip(inside, inside[1:], strict=False):
        total += Fraction(rate_at(days, left // 1000 % WEEK_S) * (right - left), 3_600_000)
    return total
