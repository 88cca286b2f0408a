"""The programme from upload to plant: two steps, nothing by halves, bad values refused (THR-02, THR-03, THR-07)."""

from __future__ import annotations

import pytest

from tests.pump.prescribing import HOUR_S, PULSATION_NL, prescribe, reason
from tests.pump.pump_rig import EVERY_DAY, STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

NEAR_NL = STROKE_NL + PULSATION_NL
OLD_RATE, NEW_RATE = 60_000, 600_000


def assert_rate(rig, rate, for_s=1_200.0):
    since_s = rig.now_s
    rig.run_for(for_s)
    assert rig.delivered_nl(since_s) == pytest.approx(rate * for_s / HOUR_S, abs=NEAR_NL)


@pytest.fixture
def running(pump):
    rig = pump(OLD_RATE)
    rig.run_for(60)
    return rig


def upload(rig, rate=NEW_RATE):
    rig.client.programme_begin()
    rig.client.stage_day(EVERY_DAY, [(0, rate)])


@pytest.mark.requirement("THR-07")
def test_an_upload_changes_nothing_until_it_is_committed(running):
    upload(running)
    assert [segment.rate_nl_per_h for segment in running.client.programme_day(3, staged=True)] == [NEW_RATE]
    assert [segment.rate_nl_per_h for segment in running.client.programme_day(3)] == [OLD_RATE]
    assert_rate(running, OLD_RATE, 240)
    running.client.programme_commit()
    assert_rate(running, NEW_RATE)
    assert [segment.rate_nl_per_h for segment in running.client.programme_day(3)] == [NEW_RATE]


@pytest.mark.requirement("THR-07")
def test_a_discarded_upload_leaves_the_running_programme(running):
    upload(running)
    running.client.programme_discard()
    assert reason(running.client.programme_commit) == "NOT_STAGED"
    assert_rate(running, OLD_RATE)


@pytest.mark.requirement("THR-07", "INT-04")
def test_a_power_cut_ends_an_upload_and_leaves_the_running_programme(running):
    upload(running)
    running.cycle_power(5)
    assert reason(running.client.programme_commit) == "NOT_STAGED"
    assert_rate(running, OLD_RATE)


@pytest.mark.requirement("THR-07")
def test_a_host_that_vanishes_in_the_middle_of_an_upload_leaves_the_running_programme(running):
    upload(running)
    running.target.set_connected(False)
    assert_rate(running, OLD_RATE)
    running.target.set_connected(True)
    running.client.hello()
    assert reason(running.client.programme_commit) == "NOT_STAGED"


@pytest.mark.requirement("THR-07")
def test_an_upload_that_idles_is_told_after_five_minutes_and_gone_after_ten(running):
    upload(running)
    running.run_for(299)
    assert "UPLOAD_IDLE" not in running.raised()
    running.run_for(62)
    assert running.raised().count("UPLOAD_IDLE") == 1
    assert reason(running.client.stage_day, EVERY_DAY, [(0, NEW_RATE)]) == "OK"
    running.run_for(602)
    assert reason(running.client.programme_commit) == "NOT_STAGED"
    assert "UPLOAD_OPEN" not in running.status.flags
    assert_rate(running, OLD_RATE)


@pytest.mark.requirement("THR-07")
def test_an_upload_in_use_is_not_told(running):
    running.client.programme_begin()
    for day in range(7):
        running.client.stage_day(1 << day, [(0, NEW_RATE)])
        running.run_for(280)
    assert reason(running.client.programme_commit) == "OK"
    assert running.raised() == []


@pytest.mark.requirement("THR-07", "THR-02")
def test_a_week_with_a_day_missing_is_not_committed(running):
    running.client.programme_begin()
    running.client.stage_day(EVERY_DAY & ~0b100, [(0, NEW_RATE)])
    assert reason(running.client.programme_commit) == "NOT_STAGED"
    assert_rate(running, OLD_RATE)


@pytest.mark.requirement("THR-03")
@pytest.mark.parametrize(
    "segments",
    [
        [(0, 1)],
        [(0, 1_999)],
        [(0, 1_000_001)],
        [(0, 20_000), (600, 1_000_001)],
        [(600, 20_000), (600, 30_000)],
        [(600, 20_000), (599, 30_000)],
    ],
    ids=["1 nL/h", "1999 nL/h", "1000001 nL/h", "one of two too high", "same minute twice", "out of order"],
)
def test_a_day_that_cannot_be_is_refused_and_the_old_programme_kept(running, segments):
    running.client.programme_begin()
    assert reason(running.client.stage_day, EVERY_DAY, segments) == "OUT_OF_RANGE"
    assert reason(running.client.programme_commit) == "OUT_OF_RANGE"
    assert_rate(running, OLD_RATE)


@pytest.mark.requirement("THR-03")
@pytest.mark.parametrize("rate", [0, 2_000, 1_000_000])
def test_rates_at_the_ends_of_the_range_are_taken_and_delivered(running, rate):
    prescribe(running, rate)
    assert_rate(running, rate, 900)


@pytest.mark.requirement("THR-03", "THR-04")
def test_a_faster_programme_is_delivered_from_its_commit_on_not_from_the_next_stroke_of_the_old_one(pump):
    rig = pump(2_000)  # a stroke every nine minutes
    rig.run_for(600.0)
    since_s = rig.now_s
    prescribe(rig, 1_000_000)
    rig.run_for(60.0)
    assert rig.delivered_nl(since_s) == pytest.approx(60 * 1_000_000 / 3600, abs=NEAR_NL)


@pytest.mark.requirement("THR-02")
def test_each_day_has_its_own_segments_and_the_last_one_goes_on_past_midnight(pump):
    rig = pump(0)
    # The clock starts on a Monday at 08:00:20 when delivery starts.
    rig.client.programme_begin()
    for day in range(7):
        rig.client.stage_day(1 << day, [(60, 30_000 + 10_000 * day), (23 * 60, 300_000 + 10_000 * day)])
    rig.client.programme_commit()
    started_s = 8 * HOUR_S + 20

    def delivered(day, from_h, to_h):
        until_s = (24 * day + to_h) * HOUR_S - started_s
        rig.run_until(until_s)
        return rig.delivered_nl((24 * day + from_h) * HOUR_S - started_s, until_s)

    assert delivered(0, 9, 22) == pytest.approx(13 * 30_000, abs=NEAR_NL)
    assert delivered(0, 23, 24) == pytest.approx(300_000, abs=NEAR_NL)
    assert delivered(1, 0, 1) == pytest.approx(300_000, abs=NEAR_NL)
    assert delivered(1, 1, 2) == pytest.approx(40_000, abs=NEAR_NL)


@pytest.mark.requirement("THR-02", "INT-05")
def test_after_a_clock_is_set_the_programme_goes_on_where_it_points(pump):
    rig = pump([(0, 60_000), (720, 300_000)])
    rig.run_for(600)
    assert rig.delivered_nl(0.0) == pytest.approx(10_000, abs=NEAR_NL)
    rig.client.set_clock(rig.status.epoch_s + 5 * 3_600)
    assert_rate(rig, 300_000)


@pytest.mark.requirement("THR-02", "INT-05")
def test_after_a_long_cut_the_programme_goes_on_where_the_clock_points_and_makes_nothing_up(pump):
    rig = pump([(0, 300_000), (540, 60_000)])  # 09:00 comes an hour after the start
    rig.run_for(600)
    before_nl = rig.truth.delivered_nl
    rig.cycle_power(1.5 * HOUR_S)
    assert rig.truth.delivered_nl - before_nl < 500
    assert_rate(rig, 60_000)
