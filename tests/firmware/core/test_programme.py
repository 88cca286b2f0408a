"""The weekly programme against another reading of it, and what it must refuse (THR-02, THR-03)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core import oracle
from tests.firmware.core.core_modules import (
    EVERY_DAY,
    WEEK_S,
    core,
    ids,
    packed,
    programme_of,
    set_days,
)

FLEX = [[(390, 30_000), (1320, 15_000)]] * 5 + [[(0, 20_000)]] * 2


@pytest.mark.requirement("THR-02")
@given(oracle.weeks, st.lists(st.integers(0, WEEK_S - 1), min_size=1, max_size=10))
def test_rate_and_change_agree_with_the_oracle_anywhere_in_the_week(days, seconds):
    programme = programme_of(days)
    starts = [at for at, _ in oracle.steps(days)]
    for second in [*seconds, *starts[:3], WEEK_S - 1, 0]:
        assert programme.rate_at(second) == oracle.rate_at(days, second)
        ahead = min((at - second - 1) % WEEK_S + 1 for at in starts)
        assert programme.seconds_to_change(second) == ahead


@pytest.mark.requirement("THR-02")
def test_before_the_first_segment_the_day_before_holds_also_from_sunday_to_monday():
    programme = programme_of([[(60, 5_000)]] + [[(0, 7_000)]] * 5 + [[(0, 8_000), (1439, 9_000)]])
    assert programme.rate_at(0) == 9_000
    assert programme.rate_at(3_599) == 9_000
    assert programme.rate_at(3_600) == 5_000
    assert programme.seconds_to_change(WEEK_S - 60) == 60 + 3_600


@pytest.mark.requirement("THR-03")
@pytest.mark.parametrize(
    ("mask", "segments"),
    [
        pytest.param(0, [(0, 2_000)], id="no day"),
        pytest.param(0x80, [(0, 2_000)], id="an eighth day"),
        pytest.param(1, [], id="no segment"),
        pytest.param(1, [(minute, 2_000) for minute in range(25)], id="25 segments"),
        pytest.param(1, [(1440, 2_000)], id="a start after the day"),
        pytest.param(1, [(60, 2_000), (30, 2_000)], id="starts out of order"),
        pytest.param(1, [(60, 2_000), (60, 3_000)], id="the same start twice"),
        pytest.param(1, [(0, 1_999)], id="below the least rate"),
        pytest.param(1, [(0, 1)], id="next to zero"),
        pytest.param(1, [(0, 1_000_001)], id="above the highest rate"),
        pytest.param(1, [(0, 0xFFFFFFFF)], id="a rate past the small integers"),
        pytest.param(1, [(0, 0x40000000 + 5_000)], id="a rate that would be valid without its top bits"),
        pytest.param(1, [(0, 0x01000000 + 5_000)], id="a rate that would be valid without its top byte"),
    ],
)
def test_what_is_refused_changes_nothing(mask, segments):
    programme = programme_of(FLEX)
    before = programme.crc()
    assert set_days(programme, mask, segments) == ids.OUT_OF_RANGE
    assert programme.crc() == before


@pytest.mark.requirement("THR-03")
@pytest.mark.parametrize("rate", [0, 2_000, 1_000_000])
def test_the_ends_of_the_range_are_accepted(rate):
    programme = core.programme.Programme()
    assert set_days(programme, EVERY_DAY, [(0, rate)]) == ids.OK
    assert programme.rate_at(123_456) == rate
    assert programme.highest_rate_nl_per_h() == rate


def test_a_buffer_that_ends_too_early_is_refused():
    programme = core.programme.Programme()
    assert programme.set_day(1, packed([(0, 2_000), (60, 3_000)])[:-1], 0, 2) == ids.OUT_OF_RANGE
    assert programme.segments(0) == 0


def test_a_programme_is_complete_with_its_seventh_day():
    programme = core.programme.Programme()
    set_days(programme, 0x3F, [(0, 2_000)])
    assert not programme.is_complete()
    set_days(programme, 0x40, [(0, 2_000)])
    assert programme.is_complete()


@given(oracle.weeks)
def test_what_is_packed_comes_back_and_keeps_its_checksum(days):
    programme, other, copy = programme_of(days), core.programme.Programme(), core.programme.Programme()
    buffer = bytearray(1_100)
    end = programme.pack_into(buffer, 3)
    assert end - 3 <= 1_015
    assert other.unpack_from(buffer, 3) == end
    copy.copy_from(programme)
    assert other.crc() == copy.crc() == programme.crc()
    day = bytearray(24 * 6)
    assert bytes(day[: other.pack_day_into(4, day, 0)]) == packed(days[4])


def test_what_is_read_from_storage_leaves_nothing_of_what_was_there():
    monday, other = core.programme.Programme(), programme_of(FLEX)
    set_days(monday, 1, [(0, 30_000)])
    buffer = bytearray(1_100)
    monday.pack_into(buffer, 0)
    other.unpack_from(buffer, 0)
    assert not other.is_complete()
    assert other.crc() == monday.crc()


@given(oracle.weeks, st.integers(0, 6), st.integers(2_000, 999_999))
def test_the_checksum_sees_another_rate(days, day, rate):
    programme = programme_of(days)
    before = programme.crc()
    segments = [*days[day][:-1], (days[day][-1][0], rate)]
    set_days(programme, 1 << day, segments)
    assert (programme.crc() == before) == (segments == days[day])


def test_stored_bytes_that_are_no_programme_are_an_error_at_boot():
    buffer = bytearray(1_100)
    programme_of(FLEX).pack_into(buffer, 0)
    buffer[5] = 0xFF
    with pytest.raises(ValueError, match="stored programme"):
        core.programme.Programme().unpack_from(buffer, 0)
