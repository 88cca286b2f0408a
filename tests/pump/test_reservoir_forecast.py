"""When the low and the empty level will be reached, against when the plant really reaches them (RES-02, RES-08).

The prediction is the status's; the truth is the moment at which the plant's reservoir falls to the level.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import datetime

import pytest

from tests.pump.prescribing import DAY_S, HOUR_S, ML, bench, prescribe, reason

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

NEAR_S = 180.0
LOW_NL = 2 * ML
EMPTY_NL = ML // 2


def reached_s(rig, level_nl):
    """Time of the rig's clock at which the plant's reservoir fell to the level."""
    series = rig.world.series
    index = bisect_left(series.reservoir_nl, -level_nl, key=lambda volume_nl: -volume_nl)
    assert index < len(series.t_ns), f"the reservoir never fell to {level_nl} nL"
    return rig.clock.of_world(series.t_ns[index]) / 1e9


def predicted_s(rig, field):
    """A date of the status as time of the rig's clock."""
    status = rig.status
    at_epoch_s = getattr(status, field)
    assert at_epoch_s > 0, f"{field} is not foreseen"
    return rig.now_s + at_epoch_s - status.epoch_s


def pump_with(pump, basal, above_nl, level_nl=LOW_NL, start=None, **settings):
    """Runs with so much above a level, truly and by the records."""
    fill_nl = level_nl + above_nl
    config = bench(fill_nl=float(fill_nl))
    if start is not None:
        config = replace(config, start_clock=start)
    return pump(basal, fill_nl=fill_nl, bench=config, settings=settings or None)


@pytest.mark.requirement("RES-02")
@pytest.mark.parametrize("rate", [40_000, 300_000], ids=["40 uL/h", "300 uL/h"])
def test_at_a_constant_rate_low_level_is_foretold_within_three_minutes_from_any_moment(pump, rate):
    rig = pump_with(pump, rate, 200_000)
    foretold = [predicted_s(rig, "low_at_s")]
    for _ in range(3):
        rig.run_for(0.15 * 200_000 / rate * HOUR_S)
        foretold.append(predicted_s(rig, "low_at_s"))
    rig.run_for(0.7 * 200_000 / rate * HOUR_S)
    truth_s = reached_s(rig, LOW_NL)
    assert max(abs(at_s - truth_s) for at_s in foretold) < NEAR_S


@pytest.mark.requirement("RES-02", "RES-04")
def test_the_empty_level_is_foretold_within_three_minutes(pump):
    rig = pump_with(pump, 200_000, 300_000, EMPTY_NL)
    foretold_s = predicted_s(rig, "empty_at_s")
    rig.run_for(2 * HOUR_S)
    assert "EMPTY_RESERVOIR" in rig.raised()
    assert abs(foretold_s - reached_s(rig, EMPTY_NL + 300)) < NEAR_S


WEEK = [
    (0b001_1111, [(0, 30_000), (390, 90_000), (720, 45_000), (1_320, 30_000)]),
    (0b110_0000, [(0, 40_000), (600, 0), (700, 60_000)]),
]


def prescribe_week(rig):
    rig.client.programme_begin()
    for mask, segments in WEEK:
        rig.client.stage_day(mask, segments)
    rig.client.programme_commit()


@pytest.mark.requirement("RES-02")
def test_over_a_weekly_schedule_the_low_level_is_foretold_within_three_minutes(pump):
    rig = pump_with(pump, 0, 900_000, start=datetime(2026, 3, 6, 22, 0, 0))
    prescribe_week(rig)
    foretold = [predicted_s(rig, "low_at_s")]
    rig.run_for(12 * HOUR_S)
    foretold.append(predicted_s(rig, "low_at_s"))
    rig.run_for(10 * HOUR_S)
    truth_s = reached_s(rig, LOW_NL)
    assert truth_s > 0.7 * DAY_S
    assert max(abs(at_s - truth_s) for at_s in foretold) < NEAR_S


@pytest.mark.requirement("RES-02", "RES-08")
@pytest.mark.parametrize("per_day", [96, 2], ids=["lock-out binds", "number binds"])
def test_with_every_patient_bolus_used_it_is_foretold_within_three_minutes_too(pump, per_day):
    rig = pump_with(pump, 0, 700_000, start=datetime(2026, 3, 6, 18, 0, 0), refill_due_h=1)
    prescribe_week(rig)
    prescribe(rig, patient=(30_000, 60, 5_400, per_day))
    without_s = predicted_s(rig, "low_at_s")
    foretold_s = predicted_s(rig, "refill_due_at_s") + HOUR_S
    assert foretold_s < without_s - HOUR_S / 2
    given = 0
    while rig.truth.reservoir_nl > LOW_NL:
        wait_s = rig.status.lockout_s
        if wait_s == 0:
            given += reason(rig.client.patient_bolus) == "OK"
        rig.run_for(min(max(wait_s, 1.0), 1_800.0))
    assert given == (2 if per_day == 2 else 8)
    assert abs(foretold_s - reached_s(rig, LOW_NL)) < NEAR_S


@pytest.mark.requirement("RES-02")
def test_a_bolus_a_commit_and_a_change_of_mode_move_the_date_at_once(pump):
    rig = pump_with(pump, 100_000, 600_000)
    first_s = predicted_s(rig, "low_at_s")
    rig.client.clinician_bolus(100_000, 1_800)
    rig.run_for(1)
    assert predicted_s(rig, "low_at_s") == pytest.approx(first_s - HOUR_S, abs=NEAR_S)
    rig.run_for(HOUR_S)
    prescribe(rig, 200_000)
    left_nl = rig.truth.reservoir_nl - LOW_NL
    assert predicted_s(rig, "low_at_s") == pytest.approx(rig.now_s + left_nl / 200_000 * HOUR_S, abs=NEAR_S)
    rig.client.stop()
    assert rig.status.low_at_s == 0
    rig.client.minimum_rate()
    at_minimum_s = rig.now_s + left_nl / 2_000 * HOUR_S
    # At 2 uL/h a stroke lasts nine minutes and a roller's pulse a quarter of an hour.
    assert predicted_s(rig, "low_at_s") == pytest.approx(at_minimum_s, abs=1_500)
    rig.client.start()
    foretold_s = predicted_s(rig, "low_at_s")
    rig.run_for(left_nl / 200_000 * HOUR_S + 60)
    assert abs(foretold_s - reached_s(rig, LOW_NL)) < NEAR_S


@pytest.mark.requirement("RES-08")
@pytest.mark.parametrize(("lead_h", "settings"), [(72, {}), (24, {"refill_due_h": 24})], ids=["72 h", "24 h"])
def test_refill_due_is_raised_its_time_before_the_predicted_low_level(pump, lead_h, settings):
    rate, spare_s = 60_000, 2 * HOUR_S
    rig = pump_with(pump, rate, round(rate * (lead_h + spare_s / HOUR_S)), **settings)
    assert predicted_s(rig, "refill_due_at_s") == pytest.approx(spare_s, abs=NEAR_S)
    rig.run_until(spare_s - NEAR_S)
    assert rig.raised() == []
    rig.run_until(spare_s + 600 + NEAR_S)
    assert rig.raised() == ["REFILL_DUE"]
    assert predicted_s(rig, "refill_due_at_s") == pytest.approx(spare_s, abs=NEAR_S)


@pytest.mark.requirement("RES-08")
def test_patient_boluses_that_may_be_used_bring_the_refill_date_forward(pump):
    rate = 60_000
    rig = pump_with(pump, rate, rate * 80)
    rig.run_for(1_500)
    assert rig.raised() == []
    prescribe(rig, patient=(60_000, 60, 3_600, 24))
    rig.run_for(700)
    assert rig.raised() == ["REFILL_DUE"]


@pytest.mark.requirement("RES-08")
def test_a_full_reservoir_calls_nobody(pump):
    rig = pump(40_000)
    rig.run_for(DAY_S / 2)
    assert rig.raised() == []
    assert predicted_s(rig, "refill_due_at_s") == pytest.approx(
        (18 * ML - LOW_NL) / 40_000 * HOUR_S - 72 * HOUR_S, abs=NEAR_S
    )
