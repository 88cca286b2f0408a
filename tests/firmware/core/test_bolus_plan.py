"""One bolus as a plan: exact at its end for any cut of time, even on the way (THR-09)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.firmware.core.core_modules import core, ids

volumes = st.one_of(st.integers(1, 40_000_000), st.integers(1, 5_000))
durations = st.one_of(st.integers(1, 21_600), st.integers(1, 1_000_000))


def stretched(volume_nl, duration_s):
    return core.bolus_checks.stretched_s(volume_nl, duration_s)


@pytest.mark.requirement("THR-09")
@given(volumes, durations, st.lists(st.integers(1, 1_000_000), max_size=12))
def test_any_cut_of_the_plan_demands_the_same_and_the_whole_demands_the_volume(volume_nl, duration_s, cuts):
    duration_s = stretched(volume_nl, duration_s)
    bolus = core.bolus.Bolus()
    bolus.begin(ids.CLINICIAN_BOLUS, volume_nl, duration_s)
    rate = bolus.rate_nl_per_h
    assert rate <= 59_000_000
    passed_ms, parts = 0, 0
    for cut_ms in [*cuts, bolus.remaining_ms]:
        piece_ms = min(cut_ms, bolus.remaining_ms)
        parts += rate * piece_ms + bolus.pass_ms(piece_ms)
        passed_ms += piece_ms
        # In parts of 1/3600 pL; 1 nL are 3 600 000 of them.
        ideal = Fraction(volume_nl * 3_600_000 * passed_ms, duration_s * 1_000)
        assert ideal - 1 < parts <= ideal
        assert 0 <= ideal / 3_600_000 - bolus.demanded_nl() < 3
        assert bolus.demanded_nl() + bolus.remaining_nl() == volume_nl
    if bolus.remaining_ms == 0:
        assert parts == volume_nl * 3_600_000


@pytest.mark.requirement("INT-04")
@given(volumes, durations, st.integers(0, 21_000_000))
def test_a_stored_plan_goes_on_where_it_was(volume_nl, duration_s, passed_ms):
    bolus, other = core.bolus.Bolus(), core.bolus.Bolus()
    bolus.begin(ids.BRIDGE_BOLUS, volume_nl, stretched(volume_nl, duration_s))
    bolus.pass_ms(min(passed_ms, bolus.remaining_ms))
    bolus.count_pl(300_000)
    buffer = bytearray(core.bolus.PACKED_BYTES)
    assert bolus.pack_into(buffer, 0) == other.unpack_from(buffer, 0) == len(buffer)
    rest_ms = bolus.remaining_ms
    assert (other.kind, other.remaining_ms, other.rate_nl_per_h) == (
        ids.BRIDGE_BOLUS,
        rest_ms,
        bolus.rate_nl_per_h,
    )
    assert other.delivered_nl(0) == bolus.delivered_nl(0)
    assert other.pass_ms(rest_ms) == bolus.pass_ms(rest_ms)


@pytest.mark.requirement("THR-14")
def test_what_the_rotor_fell_short_is_not_counted_as_delivered():
    bolus = core.bolus.Bolus()
    bolus.begin(ids.CLINICIAN_BOLUS, 100_000, 100)
    bolus.pass_ms(50_000)
    bolus.count_pl(50_000_000)
    bolus.count_pl(-30_000_000)
    assert bolus.delivered_nl(0) == 30_000
    assert bolus.delivered_nl(1_000_000) == 29_000
    assert bolus.delivered_nl(-150_000) == 30_000
