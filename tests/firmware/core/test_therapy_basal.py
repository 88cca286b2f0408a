"""Basal delivery against the exact integral: wraps, restarts, stops, clock (THR-02, THR-04, THR-06)."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core import oracle
from tests.firmware.core.core_modules import EVERY_DAY, RING, WEEK_S, core, set_days
from tests.firmware.core.rig import PL_PER_MICROSTEP, STROKE_NL, Rig

DAY_MS = 86_400_000
HALF_STROKE_NL = STROKE_NL / 2
BUSY_WEEK = [[(60 * hour + day, 2_000 + 1_237 * ((hour * 7 + day * 5) % 24)) for hour in range(24)] for day in range(7)]


def difference_nl(rig, ideal_nl):
    return float(rig.commanded_pl / Fraction(1000) - ideal_nl)


@pytest.mark.requirement("THR-04")
@pytest.mark.requirement("THR-02")
def test_thirty_days_of_24_segments_with_wraps_and_three_restarts_stay_within_half_a_stroke():
    # 30 days cross four week ends; the ring of 12.4 days wraps three times, first after 5 s.
    rig = Rig(BUSY_WEEK, ring_start_ms=RING - 5_000, volume_nl=20_000_000).start()
    for day in range(1, 31):
        rig.run_until(day * DAY_MS)
        assert abs(difference_nl(rig, oracle.volume_nl(BUSY_WEEK, 0, rig.now_ms))) <= HALF_STROKE_NL
        if day in (7, 13, 22):
            rig.power_cycle()
            rig.start()
    assert rig.commanded_nl > 10_000_000


@pytest.mark.requirement("THR-04")
@settings(max_examples=25)
@given(oracle.weeks, st.integers(0, WEEK_S - 1), st.lists(st.integers(1, 40_000_000), min_size=1, max_size=4))
def test_commanded_volume_follows_any_programme_from_any_moment(days, week_s, spans_ms):
    rig = Rig(days)
    rig.therapy.set_wall(week_s, 0)
    rig.start()
    for span_ms in spans_ms:
        rig.run_until(rig.now_ms + span_ms)
        ideal_nl = oracle.volume_nl(days, week_s * 1000, week_s * 1000 + rig.now_ms)
        assert abs(difference_nl(rig, ideal_nl)) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-06")
@pytest.mark.parametrize("rate", [2_000, 20_000, 1_000_000])
def test_strokes_at_a_constant_rate_are_even_to_the_millisecond(rate):
    rig = Rig.simple(rate).start()
    gap_ms = STROKE_NL * 3_600_000 / rate
    rig.run_s_for(gap_ms * 200 / 1000)
    times = [at for at, _ in rig.strokes]
    gaps = {right - left for left, right in zip(times, times[1:], strict=False)}
    assert len(times) == 200
    assert max(gaps) - min(gaps) <= 1
    assert max(gaps) <= gap_ms + 1


@pytest.mark.requirement("THR-04")
def test_being_called_at_any_other_moment_changes_nothing():
    asked, lazy = Rig(BUSY_WEEK).start(), Rig(BUSY_WEEK).start()
    while asked.now_ms < 3 * 3_600_000:
        asked.now_ms += 997
        asked.run_until(asked.now_ms)
    lazy.run_until(asked.now_ms)
    assert asked.commanded_pl == lazy.commanded_pl
    assert asked.therapy.dosing.due_pl == lazy.therapy.dosing.due_pl


@pytest.mark.requirement("THR-01")
def test_without_a_basal_mode_nothing_is_commanded():
    rig = Rig.simple(1_000_000)
    rig.run_s_for(7_200)
    rig.start().run_s_for(60)
    assert rig.strokes
    count = len(rig.strokes)
    rig.stop()
    rig.run_s_for(7_200)
    assert len(rig.strokes) == count
    assert rig.therapy.rate_nl_per_h == 0


@pytest.mark.requirement("THR-01")
@pytest.mark.requirement("THR-14")
def test_a_stroke_that_a_fast_bolus_left_due_waits_for_the_next_start():
    rig = Rig.simple(20_000).start()
    rig.therapy.start_clinician_bolus(5_000_000, 1)
    rig.run_s_for(60)
    rig.now_ms += 290
    rig.advance()
    rig.stop()
    count = len(rig.strokes)
    rig.run_s_for(3_600)
    assert len(rig.strokes) == count
    rig.start().run_s_for(0)
    assert len(rig.strokes) == count + 1
    assert rig.strokes[-1][1] == STROKE_NL * 1_000


@pytest.mark.requirement("THR-14")
@given(st.lists(st.tuples(st.integers(1, 900), st.integers(1, 900)), min_size=1, max_size=12))
@settings(max_examples=30)
def test_stops_are_not_made_up_and_do_not_add_up(spans):
    rig = Rig.simple(100_000)
    running_s = 0
    for run_s, stop_s in spans:
        rig.start().run_s_for(run_s)
        rig.stop()
        rig.run_s_for(stop_s)
        running_s += run_s
    assert abs(rig.commanded_nl - 100_000 * running_s / 3_600) <= HALF_STROKE_NL


@pytest.mark.requirement("INT-05")
def test_power_off_time_is_not_made_up_and_the_schedule_goes_on_by_the_clock():
    days = [[(0, 10_000), (720, 500_000)]] * 7
    rig = Rig(days).start()
    rig.run_until(11 * 3_600_000)
    rig.power_cycle(off_s=2 * 3_600)
    before_nl = rig.commanded_nl
    rig.start()
    assert rig.therapy.rate_nl_per_h == 500_000
    rig.run_s_for(3_600)
    assert abs(rig.commanded_nl - before_nl - 500_000) <= STROKE_NL


@pytest.mark.requirement("THR-02")
def test_setting_the_clock_moves_the_schedule_and_makes_nothing_up():
    days = [[(0, 10_000), (720, 500_000)]] * 7
    rig = Rig(days).start()
    rig.run_s_for(60)
    before_nl = rig.commanded_nl
    rig.therapy.set_wall(13 * 3_600, 250)
    assert rig.therapy.rate_nl_per_h == 500_000
    assert rig.commanded_nl == before_nl
    assert rig.therapy.ms_to_change() == 11 * 3_600_000 - 250
    rig.therapy.set_wall(0, 0)
    assert rig.therapy.rate_nl_per_h == 10_000


@pytest.mark.requirement("THR-17")
def test_the_minimum_rate_holds_whatever_the_programme_says():
    rig = Rig.simple(1_000_000)
    rig.therapy.set_basal(core.flow.MINIMUM)
    rig.run_s_for(36_000)
    assert abs(rig.commanded_nl - 20_000) <= HALF_STROKE_NL


@pytest.mark.requirement("THR-07")
def test_a_commit_changes_the_rate_at_once_and_keeps_the_place_in_the_week():
    rig = Rig.simple(20_000).start()
    rig.run_until(9 * 3_600_000 + 500)
    rig.therapy.set_basal(core.flow.PROGRAMME)
    set_days(rig.prescription.programme, EVERY_DAY, [(0, 30_000), (600, 40_000)])
    rig.therapy.prescription_changed()
    assert rig.therapy.rate_nl_per_h == 30_000
    assert rig.therapy.ms_to_change() == 3_600_000 - 500
    assert rig.therapy.schedule.week_s() == 9 * 3_600
    before_nl = rig.commanded_nl
    rig.run_s_for(2 * 3_600)
    assert abs(rig.commanded_nl - before_nl - 70_000) <= STROKE_NL


@pytest.mark.requirement("THR-15")
def test_a_stroke_keeps_its_size_in_microsteps():
    rig = Rig.simple(50_000).start()
    rig.run_s_for(3_600)
    assert {volume for _, volume in rig.strokes} == {16 * PL_PER_MICROSTEP}
