"""The forecast against a pump that really runs down, second by second (RES-02, RES-08)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core import oracle
from tests.firmware.core.core_modules import EVERY_DAY, core, ids, set_days
from tests.firmware.core.rig import ML, Rig

THREE_MIN_S = 180
FLEX = [[(0, 150_000), (390, 300_000), (1320, 150_000)]] * 5 + [[(0, 200_000)]] * 2


def forecast_of(rig):
    forecast = core.forecast.Forecast(rig.therapy, rig.reservoir)
    forecast.compute()
    return forecast


def run_down(rig, level_nl, uses_boluses=False):
    """run_s at which the computed volume reaches the level, to 30 s; the patient asks as soon as he may, or never."""
    while rig.reservoir.volume_nl > level_nl:
        # Far above the level nobody need look so often: in 10 min less than this is drawn by anything here.
        longest_s = 600 if rig.reservoir.volume_nl > level_nl + 400_000 else 30
        if uses_boluses:
            left_s = rig.therapy.lockout_s()
            if rig.therapy.boluses.active.kind == ids.NO_BOLUS and left_s == 0:
                assert rig.therapy.start_patient_bolus() in (ids.OK, ids.RESERVOIR_TOO_LOW)
            rig.run_s_for(min(max(left_s, 1), longest_s))
        else:
            rig.run_s_for(longest_s)
    return rig.run_s


@pytest.mark.requirement("RES-02")
@pytest.mark.parametrize("days", [[[(0, 400_000)]] * 7, FLEX], ids=["constant rate", "weekly schedule"])
def test_low_and_empty_come_when_foretold(days):
    rig = Rig(days, volume_nl=3 * ML).start()
    forecast = forecast_of(rig)
    assert abs(run_down(rig, 2 * ML) - forecast.low_at_s) <= THREE_MIN_S
    assert abs(run_down(rig, 500_000) - forecast.empty_at_s) <= THREE_MIN_S


@pytest.mark.requirement("RES-02")
@pytest.mark.parametrize(
    ("lockout_s", "per_day"),
    [
        pytest.param(7_200, 4, id="the count binds"),
        pytest.param(21_600, 6, id="the lock-out binds"),
        pytest.param(0, 3, id="three at once every day"),
    ],
)
def test_with_all_patient_boluses_used_they_come_earlier_when_foretold(lockout_s, per_day):
    rig = Rig([[(0, 40_000), (600, 60_000)]] * 7, volume_nl=6_500_000)
    rig.prescription.patient.set(100_000, 300, lockout_s, per_day)
    rig.start().run_s_for(3_600)
    assert rig.therapy.start_patient_bolus() == ids.OK
    rig.run_s_for(2_000)
    forecast = forecast_of(rig)
    assert forecast.low_with_boluses_at_s < forecast.low_at_s
    assert abs(run_down(rig, 2 * ML, uses_boluses=True) - forecast.low_with_boluses_at_s) <= THREE_MIN_S
    forecast.compute()
    rig.reservoir.set_low_level(500_000)
    forecast.compute()
    foretold_s = forecast.low_with_boluses_at_s
    assert abs(run_down(rig, 500_000, uses_boluses=True) - foretold_s) <= THREE_MIN_S


@pytest.mark.requirement("RES-02")
@pytest.mark.parametrize("above_nl", [3_100_000, 3_300_000, 3_500_000])
def test_boluses_of_the_last_day_delay_those_to_come_once_and_only_where_they_do(above_nl):
    rig = Rig.simple(40_000, volume_nl=10 * ML)
    rig.prescription.patient.set(100_000, 60, 0, 6)
    rig.start()

    def three_boluses():
        for _ in range(3):
            assert rig.therapy.start_patient_bolus() == ids.OK
            rig.run_s_for(300)

    three_boluses()
    rig.run_s_for(23 * 3_600)
    three_boluses()
    # From now on the lock-out binds, but for the fourth, which waits for the first of the three to be a day old.
    rig.prescription.patient.set(100_000, 60, 14_400, 6)
    rig.reservoir.refilled(2 * ML + above_nl)
    forecast = forecast_of(rig)
    assert abs(run_down(rig, 2 * ML, uses_boluses=True) - forecast.low_with_boluses_at_s) <= THREE_MIN_S


@pytest.mark.requirement("RES-02")
@pytest.mark.parametrize("kind", ["clinician", "patient", "bridge"])
def test_a_running_bolus_is_part_of_the_forecast(kind):
    rig = Rig(FLEX, volume_nl=3 * ML, dead_volume_nl=250_000)
    rig.prescription.patient.set(200_000, 600, 86_400, 1)
    rig.start()
    starts = {
        "clinician": lambda: rig.therapy.start_clinician_bolus(500_000, 3_600),
        "patient": rig.therapy.start_patient_bolus,
        "bridge": lambda: rig.therapy.start_bridge(250_000, 20_000),
    }
    assert starts[kind]() == ids.OK
    rig.run_s_for(300)
    forecast = forecast_of(rig)
    assert abs(run_down(rig, 2 * ML) - forecast.low_at_s) <= THREE_MIN_S


@pytest.mark.requirement("RES-02")
@settings(max_examples=40)
@given(oracle.weeks, st.integers(0, 604_799), st.integers(1, 16 * ML))
def test_over_any_weekly_schedule_the_foretold_second_is_the_first(days, week_s, above_nl):
    rig = Rig(days, volume_nl=2 * ML + above_nl)
    rig.therapy.set_wall(week_s, 0)
    rig.start()
    forecast = forecast_of(rig)
    if forecast.low_at_s == core.units.NEVER_S:
        assert oracle.volume_nl(days, 0, 604_800_000) * 443 < above_nl + 443
        return
    seconds = forecast.low_at_s - rig.run_s
    start_ms = week_s * 1_000
    week_nl = oracle.volume_nl(days, 0, 604_800_000)
    weeks, rest_s = divmod(seconds, 604_800)
    reached_nl = weeks * week_nl + oracle.volume_nl(days, start_ms, start_ms + rest_s * 1_000)
    # The second before: one second of at most 1 mL/h less.
    assert reached_nl >= above_nl - 1
    assert reached_nl - oracle.volume_nl(days, *last_second(start_ms, seconds)) <= above_nl


def last_second(start_ms, seconds):
    end_ms = start_ms + seconds % 604_800 * 1_000 + 604_800_000
    return end_ms - 1_000, end_ms


@pytest.mark.requirement("RES-02")
def test_weeks_that_are_jumped_over_count_to_the_last_part_of_a_nanolitre():
    # 23.98 nL more than a whole number in a week, 47 weeks long.
    days = [[(0, 2_000), (1, 2_001)]] + [[(0, 2_000)]] * 6
    rig = Rig(days, volume_nl=18 * ML).start()
    seconds = forecast_of(rig).low_at_s - rig.run_s
    assert oracle.volume_nl(days, 0, seconds * 1_000) >= 16 * ML
    assert oracle.volume_nl(days, 0, (seconds - 1) * 1_000) < 16 * ML


@pytest.mark.requirement("RES-02")
def test_the_answer_stays_the_same_while_the_pump_follows_it():
    rig = Rig.simple(2_000, volume_nl=3 * ML).start()
    foretold = set()
    for _ in range(200):
        rig.run_s_for(61)
        foretold.add(forecast_of(rig).low_at_s)
    assert max(foretold) - min(foretold) <= 3


@pytest.mark.requirement("RES-02")
def test_nothing_is_foretold_where_nothing_flows():
    rig = Rig.simple(0)
    assert forecast_of(rig).low_at_s == core.units.NEVER_S
    rig.start()
    forecast = forecast_of(rig)
    assert forecast.empty_at_s == core.units.NEVER_S
    assert forecast.refill_due_at_s() == core.units.NEVER_S


@pytest.mark.requirement("RES-02")
@pytest.mark.requirement("RES-09")
def test_a_bolus_that_the_reservoir_does_not_cover_is_not_counted_on():
    rig = Rig.simple(20_000, volume_nl=850_000)
    rig.prescription.patient.set(350_000, 60, 0, 1)
    rig.reservoir.set_low_level(500_000)
    rig.start()
    forecast = forecast_of(rig)
    assert forecast.low_with_boluses_at_s == forecast.low_at_s
    rig.prescription.patient.set(340_000, 60, 0, 1)
    forecast.compute()
    assert forecast.low_with_boluses_at_s < rig.run_s + 3_600


@pytest.mark.requirement("RES-02")
def test_at_the_level_the_answer_is_now():
    rig = Rig.simple(20_000, volume_nl=2 * ML).start()
    assert forecast_of(rig).low_at_s == rig.run_s


@pytest.mark.requirement("RES-02")
@pytest.mark.requirement("THR-17")
def test_at_the_minimum_rate_the_programme_does_not_matter():
    rig = Rig.simple(500_000, volume_nl=3 * ML)
    rig.therapy.set_basal(core.flow.MINIMUM)
    assert abs(forecast_of(rig).low_at_s - rig.run_s - 500 * 3_600) <= 1


@pytest.mark.requirement("RES-08")
def test_a_refill_is_due_three_days_before_the_low_level_with_boluses_used():
    rig = Rig.simple(20_000, volume_nl=10 * ML)
    rig.prescription.patient.set(20_000, 60, 7_200, 6)
    rig.start()
    forecast = forecast_of(rig)
    assert forecast.refill_due_at_s() == forecast.low_with_boluses_at_s - 72 * 3_600
    forecast.refill_lead_s = 3_600
    assert forecast.refill_due_at_s() == forecast.low_with_boluses_at_s - 3_600
    # 8 mL at 480 uL of basal and 120 uL of boluses a day.
    assert abs(forecast.low_with_boluses_at_s - rig.run_s - 8_000 / 600 * 86_400) < 86_400


@pytest.mark.requirement("RES-02")
def test_a_commit_moves_the_forecast():
    rig = Rig.simple(20_000, volume_nl=10 * ML).start()
    forecast = forecast_of(rig)
    before_s = forecast.low_at_s
    set_days(rig.prescription.programme, EVERY_DAY, [(0, 40_000)])
    rig.therapy.prescription_changed()
    forecast.compute()
    assert forecast.low_at_s - rig.run_s == (before_s - rig.run_s) // 2


@pytest.mark.requirement("RES-02")
def test_the_end_of_a_long_bolus_is_foretold_to_the_second():
    rig = Rig.simple(0, volume_nl=2 * ML + 99_000)
    rig.prescription.patient.set(100_000, 20_000, 0, 1)
    rig.start()
    assert forecast_of(rig).low_with_boluses_at_s - rig.run_s == 19_800


def drawdown_of(rate_nl_per_h, volume_nl):
    drawdown = core.drawdown.Drawdown(core.programme.Programme())
    drawdown.measure_week(rate_nl_per_h)
    drawdown.begin(volume_nl, 0)
    return drawdown


@pytest.mark.parametrize(("seconds", "is_gone", "elapsed_s"), [(999, False, 999), (1_000, True, 1_000)])
def test_a_volume_that_ends_with_the_last_second_is_gone(seconds, is_gone, elapsed_s):
    drawdown = drawdown_of(3_600, 1_000)
    assert drawdown.draw_for(seconds, 0, True) == is_gone
    assert drawdown.elapsed_s == elapsed_s


# At 100 nL/h, 16 800 nL a week; 443 whole weeks lie within the horizon.
@pytest.mark.parametrize(
    ("weeks", "gone_weeks", "is_foreseen"),
    [
        pytest.param(443, 0, True, id="the last week of the horizon"),
        pytest.param(444, 0, False, id="beyond it"),
        pytest.param(433, 10, True, id="the last week, after ten"),
        pytest.param(440, 10, False, id="beyond it, after ten"),
    ],
)
def test_what_lasts_longer_than_the_horizon_is_not_foreseen(weeks, gone_weeks, is_foreseen):
    week_s, week_nl = 604_800, 16_800
    # Of a week a nanolitre more is kept, so that so many weeks are jumped over for sure.
    drawdown = drawdown_of(100, gone_weeks * week_nl + weeks * (week_nl + 1))
    assert not drawdown.draw_for(gone_weeks * week_s, 0, True)
    expected_s = (gone_weeks + weeks) * week_s + weeks * 36
    assert drawdown.finish() == (expected_s if is_foreseen else core.units.NEVER_S)
