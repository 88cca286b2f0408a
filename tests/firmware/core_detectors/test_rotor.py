"""The volume that the rotor displaced, exactly, from angles that wrap 14 times a millilitre."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import core

rotor = core("rotor")
AT_REST_COUNTS = 10
MOVES = st.lists(st.integers(-2037, 2037), max_size=200)  # half a revolution, less what may be owed


@pytest.mark.requirement("RES-01", "INT-10")
@settings(max_examples=100, deadline=None)
@given(st.integers(1, 1_000_000_000), st.integers(0, 4095), MOVES)
def test_the_sum_of_all_bookings_is_the_floor_of_the_exact_volume_after_every_move(pl_per_rev, start, moves):
    volume = rotor.RotorVolume(pl_per_rev)
    volume.restore(start, 0, 0)
    counts = booked_counts = booked_nl = 0
    for move in moves:
        counts += move
        if not -AT_REST_COUNTS <= counts - booked_counts <= 0:
            booked_counts = counts
        booked_nl += volume.book((start + counts) % 4096)
        assert booked_nl == Fraction(booked_counts * pl_per_rev, 4096 * 1000) // 1
        assert 0 <= volume.rest_pl < 1000
        assert 0 <= volume.rest_counts_pl < 4096


@pytest.mark.requirement("RES-01", "INT-04")
@given(st.lists(st.integers(-AT_REST_COUNTS // 2, AT_REST_COUNTS // 2), max_size=200), st.integers(0, 4095))
def test_swings_about_a_rest_book_the_furthest_one_and_nothing_more(swings, start):
    """Power cut by power cut: what only counts forward would gain by each swing that is booked both ways."""
    volume = rotor.RotorVolume(4_096_000)
    volume.restore(start, 0, 0)
    booked = [volume.book((start + swing) % 4096) for swing in swings]
    assert min(booked, default=0) >= 0
    assert sum(booked) == max([0, *swings])


@pytest.mark.requirement("RES-01", "INT-04")
@given(MOVES, st.integers(0, 200))
def test_a_restart_between_two_bookings_loses_nothing(moves, cut):
    whole, first = rotor.RotorVolume(59_999_987), rotor.RotorVolume(59_999_987)
    angle = whole_nl = parts_nl = 0
    for place, move in enumerate(moves):
        if place == cut:
            second = rotor.RotorVolume(59_999_987)
            second.restore(first.angle, first.rest_pl, first.rest_counts_pl)
            first = second
        angle = (angle + move) % 4096
        whole_nl += whole.book(angle)
        parts_nl += first.book(angle)
    assert parts_nl == whole_nl


@given(st.integers(0, 4095), st.integers(-2048, 2047))
def test_turned_counts_undoes_the_wrap(before, turned):
    assert rotor.turned_counts(before, (before + turned) % 4096) == turned


@pytest.mark.parametrize("pl_per_rev", [0, -1, 1_000_000_001])
def test_a_calibration_that_cannot_be_is_refused_at_boot(pl_per_rev):
    with pytest.raises(ValueError, match="pl_per_rev must be 1 to 1000000000"):
        rotor.RotorVolume(pl_per_rev)


@pytest.mark.requirement("INT-04", "INT-08")
@given(st.integers(0, 4095), st.integers(-10, 4085))
def test_from_an_older_state_nearly_a_revolution_forward_is_told_from_a_bit_backward(start, counts):
    """The two entries before a state that was lost may be more than half a revolution apart (journal.py)."""
    volume = rotor.RotorVolume(4_096_000)
    volume.restore(start, 0, 0)
    assert volume.book_ahead((start + counts) % 4096) == max(0, counts)
