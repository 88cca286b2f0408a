"""No window of the limit's length ever holds more than the limit, wherever it begins (THR-13)."""

import bisect
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import core, ids

limits = core.limits
GUARD_NL = 1_000


def window_for(limit_nl, window_s):
    limit = core.settings.DoseLimit()
    assert limit.set(limit_nl, window_s) == ids.OK
    return limits.DoseWindow(limit), limit


def most_in_any_window(bookings, window_s):
    """bookings: (s, nL) in order. The fullest closed window of the length begins at a booking."""
    times = [at for at, _ in bookings]
    sums = [0]
    for _, volume in bookings:
        sums.append(sums[-1] + volume)
    return max(
        (sums[bisect.bisect_right(times, at + window_s)] - sums[index] for index, at in enumerate(times)),
        default=0,
    )


volumes = st.one_of(st.integers(1, 400), st.integers(1, 5_000))
waits = st.one_of(st.integers(0, 400), st.integers(0, 30_000), st.just(0))
windows = st.one_of(st.integers(600, 86_400), st.sampled_from([600, 3_600, 86_400]))


@pytest.mark.requirement("THR-13")
@given(st.lists(st.tuples(waits, volumes), max_size=150), windows, st.integers(2_000, 60_000))
def test_greedy_requests_never_fill_any_window_above_the_limit(requests, window_s, limit_nl):
    window, _ = window_for(limit_nl, window_s)
    bookings, now_s = [], 12_345
    for wait_s, volume_nl in requests:
        now_s += wait_s
        while volume_nl <= window.allowance_nl(now_s):
            window.book(volume_nl, now_s)
            bookings.append((now_s, volume_nl))
    assert most_in_any_window(bookings, window_s) <= limit_nl - GUARD_NL


@pytest.mark.requirement("THR-13")
@given(st.lists(st.tuples(waits, volumes), max_size=80), windows)
def test_the_price_is_at_most_one_bucket_of_time(requests, window_s):
    window, _ = window_for(100_000_000, window_s)
    bookings, now_s = [], 0
    for wait_s, volume_nl in requests:
        now_s += wait_s
        window.book(volume_nl, now_s)
        bookings.append((now_s, volume_nl))
    counted_nl = 100_000_000 - GUARD_NL - window.allowance_nl(now_s)
    held = sum(volume for at, volume in bookings if at >= now_s - window_s)
    longest = sum(volume for at, volume in bookings if at > now_s - window_s - limits.BUCKET_S)
    assert held <= counted_nl <= longest


@pytest.mark.requirement("THR-13")
@given(
    st.lists(st.tuples(waits, volumes), max_size=40),
    st.lists(st.tuples(waits, volumes), max_size=40),
    windows,
    windows,
)
def test_a_new_window_judges_what_was_given_before_it(earlier, later, first_s, second_s):
    window, limit = window_for(60_000, first_s)
    bookings, now_s = [], 0
    for requests, window_s in ((earlier, first_s), (later, second_s)):
        limit.set(60_000, window_s)
        for wait_s, volume_nl in requests:
            now_s += wait_s
            if volume_nl <= window.allowance_nl(now_s):
                window.book(volume_nl, now_s)
                bookings.append((now_s, volume_nl))
        held = sum(volume for at, volume in bookings if at >= now_s - window_s)
        assert window.allowance_nl(now_s) <= max(0, 60_000 - GUARD_NL - held)


@pytest.mark.requirement("THR-13")
@pytest.mark.requirement("INT-04")
@given(st.lists(st.tuples(st.integers(0, 3_000), volumes, st.booleans()), max_size=80), windows)
def test_restarts_with_an_old_copy_never_lose_a_booking(requests, window_s):
    window, limit = window_for(12_000, window_s)
    copy = bytearray(limits.PACKED_BYTES)
    window.pack_into(copy, 0)
    bookings, now_s = [], 500
    for wait_s, volume_nl, restarts in requests:
        now_s += wait_s
        for _ in range(3):
            if volume_nl <= window.allowance_nl(now_s):
                window.book(volume_nl, now_s)
                bookings.append((now_s, volume_nl))
        if restarts:
            total_nl = window.total_nl
            window = limits.DoseWindow(limit)
            assert window.unpack_from(copy, 0) == len(copy)
            window.catch_up(total_nl, now_s)
            window.pack_into(copy, 0)
    assert most_in_any_window(bookings, window_s) <= 12_000 - GUARD_NL


@pytest.mark.requirement("THR-13")
def test_turning_back_gives_no_allowance_back():
    window, _ = window_for(10_000, 3_600)
    window.book(5_000, 100)
    window.book(-300, 101)
    assert window.allowance_nl(101) == 4_000


def test_without_a_limit_everything_is_allowed_and_remembered():
    window, limit = window_for(0, 86_400)
    window.book(800_000, 10)
    assert window.allowance_nl(10) == limits.NO_LIMIT_NL
    limit.set(900_000, 86_400)
    assert window.allowance_nl(20) == 99_000
    limit.set(500_000, 86_400)
    assert window.allowance_nl(20) == 0


def test_a_release_is_foretold():
    window, _ = window_for(10_000, 3_600)
    window.book(9_000, 1_000)
    now_s = 1_000
    while window.allowance_nl(now_s) == 0:
        now_s += window.seconds_to_release(now_s)
    assert 1_000 + 3_600 < now_s <= 1_000 + 3_600 + limits.BUCKET_S
    assert window.allowance_nl(now_s) == 9_000


@pytest.mark.requirement("INT-04")
def test_stored_are_newest_total_and_every_bucket_one_after_the_other():
    window, _ = window_for(1_000_000, 86_400)
    for bucket in range(300):
        window.book(1_000 + bucket, bucket * limits.BUCKET_S)
    buffer = bytearray(limits.PACKED_BYTES)
    assert window.pack_into(buffer, 0) == len(buffer)
    volumes_nl = [*range(1_288, 1_300), *range(1_012, 1_288)]
    assert buffer == struct.pack("<II", 299, window.total_nl) + b"".join(
        struct.pack("<I", volume_nl) for volume_nl in volumes_nl
    )
