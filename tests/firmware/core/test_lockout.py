"""Lock-out and count against a plain list of deliveries, for any order of requests (THR-10, THR-11)."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import DAY_S, core, ids

waits = st.lists(st.tuples(st.one_of(st.integers(0, 4_000), st.integers(0, 90_000)), st.integers(0, 600)), max_size=60)


@pytest.mark.requirement("THR-10")
@pytest.mark.requirement("THR-11")
@given(waits, st.integers(0, 10_000), st.integers(1, 8))
def test_requests_in_any_order_agree_with_a_list_of_all_deliveries(requests, lockout_s, per_day):
    lockout = core.lockout.Lockout()
    given_at = []  # (start, end)
    now_s = 0
    for wait_s, duration_s in requests:
        now_s += wait_s
        locked = bool(given_at) and now_s < given_at[-1][1] + lockout_s
        counted = sum(1 for start, _ in given_at if start > now_s - DAY_S) >= per_day
        expected = ids.LOCKOUT if locked else ids.COUNT_LIMIT if counted else ids.OK
        left_s = lockout.seconds_left(now_s, lockout_s, per_day)
        assert lockout.refusal(now_s, lockout_s, per_day) == expected
        assert (left_s == 0) == (expected == ids.OK)
        assert lockout.refusal(now_s + left_s, lockout_s, per_day) == ids.OK
        if left_s:
            assert lockout.refusal(now_s + left_s - 1, lockout_s, per_day) != ids.OK
        if expected == ids.OK:
            lockout.started(now_s)
            now_s += duration_s
            lockout.ended(now_s)
            given_at.append((now_s - duration_s, now_s))


@pytest.mark.requirement("THR-11")
def test_a_flood_of_refused_requests_does_not_move_the_end():
    lockout = core.lockout.Lockout()
    lockout.started(0)
    lockout.ended(60)
    for now_s in range(60, 60 + 7_200, 15):
        assert lockout.refusal(now_s, 7_200, 6) == ids.LOCKOUT
    assert lockout.refusal(7_259, 7_200, 6) == ids.LOCKOUT
    assert lockout.refusal(7_260, 7_200, 6) == ids.OK


@pytest.mark.requirement("THR-10")
def test_the_first_request_of_a_pumps_life_is_not_locked():
    assert core.lockout.Lockout().refusal(0, 86_400, 1) == ids.OK


@pytest.mark.requirement("THR-10")
def test_the_same_times_every_day_stay_possible():
    lockout = core.lockout.Lockout()
    for start_s in (day * DAY_S + hour * 3_600 for day in range(4) for hour in (8, 10, 12, 14, 16, 18)):
        assert lockout.refusal(start_s, 7_000, 6) == ids.OK
        lockout.started(start_s)
        lockout.ended(start_s + 60)


@pytest.mark.requirement("THR-10")
def test_96_a_day_are_counted_over_the_whole_ring():
    lockout = core.lockout.Lockout()
    for number in range(96):
        assert lockout.refusal(number * 600, 0, 96) == ids.OK
        lockout.started(number * 600)
        lockout.ended(number * 600 + 10)
    assert lockout.refusal(96 * 600, 0, 96) == ids.COUNT_LIMIT
    assert lockout.refusal(DAY_S - 1, 0, 96) == ids.COUNT_LIMIT
    assert lockout.refusal(DAY_S, 0, 96) == ids.OK


@pytest.mark.requirement("INT-04")
@given(waits)
def test_storage_keeps_every_answer(requests):
    lockout, other = core.lockout.Lockout(), core.lockout.Lockout()
    now_s = 0
    for wait_s, duration_s in requests:
        now_s += wait_s
        lockout.started(now_s)
        lockout.ended(now_s + duration_s)
    buffer = bytearray(core.lockout.PACKED_BYTES)
    assert lockout.pack_into(buffer, 0) == other.unpack_from(buffer, 0) == len(buffer)
    for later_s in (0, 1_000, 40_000, 86_399):
        for per_day in (1, 3, 96):
            assert other.seconds_left(now_s + later_s, 900, per_day) == lockout.seconds_left(
                now_s + later_s, 900, per_day
            )


@pytest.mark.requirement("INT-04")
def test_stored_are_end_place_and_every_start_one_after_the_other():
    lockout = core.lockout.Lockout()
    for start_s in range(100, 205):
        lockout.started(start_s)
    lockout.ended(300)
    buffer = bytearray(core.lockout.PACKED_BYTES)
    lockout.pack_into(buffer, 0)
    starts = [*range(196, 205), *range(109, 196)]
    assert buffer == struct.pack("<iH", 300, 9) + b"".join(struct.pack("<i", start_s) for start_s in starts)


@pytest.mark.requirement("INT-02", "INT-08")
@given(st.integers(0, 200), st.integers(0, core.lockout.PER_DAY_HIGH - 1), st.integers(0, 29), st.booleans())
def test_any_flipped_bit_of_the_list_of_starts_is_seen_also_after_a_restart_and_another_bolus(
    boluses, place, bit, is_restarted
):
    lockout = core.lockout.Lockout()
    for number in range(boluses):
        lockout.started(1_000 + 900 * number)
    if is_restarted:
        packed = bytearray(core.lockout.PACKED_BYTES)
        lockout.pack_into(packed, 0)
        lockout = core.lockout.Lockout()
        lockout.unpack_from(packed, 0)
    assert lockout.is_sound()
    lockout._starts[place] ^= 1 << bit
    assert not lockout.is_sound()
