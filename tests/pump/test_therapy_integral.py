"""Commanded and delivered volume against the exact integral of the programme (THR-02, THR-04, THR-05)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from emulator.bench.config import BenchConfig
from emulator.plant.config import PlantConfig
from hil.run.oracle import Act, Oracle
from hil.scenario.model import Programme
from hil.targets.base import LEAD_IN_NS
from tests.pump.prescribing import DAY_S, HOUR_S, ML, PULSATION_NL, refill
from tests.pump.pump_rig import STROKE_NL, PumpRig

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

FULL_NL = 40 * ML
MICROSTEP_NL = 18.75
TICKS_PERIOD_MS = 1 << 30


def bench_from(start: datetime) -> BenchConfig:
    """A 40 mL reservoir, full, and a clock that shows `start` when delivery starts."""
    plant = PlantConfig(capacity_nl=float(FULL_NL), fill_nl=float(FULL_NL))
    return replace(BenchConfig(plant=plant), start_clock=start - timedelta(microseconds=LEAD_IN_NS // 1000))


def commanded_nl(rig: PumpRig) -> float:
    return sum(burst.microsteps for burst in rig.bursts) * MICROSTEP_NL


def week_of_24_segments() -> tuple[tuple[tuple[int, int], ...], ...]:
    """Another 24 segments every day, some at odd minutes, rates from 0 to 90 uL/h; no day begins at midnight."""
    return tuple(
        tuple((hour * 60 + (7 * day + 3) % 60, (day * 24 + hour) * 7_919 % 46 * 2_000) for hour in range(24))
        for day in range(7)
    )


class Course:
    """A pump that runs a programme while its power comes and goes, and the ideal integral beside it."""

    def __init__(self, start: datetime, days: tuple[tuple[tuple[int, int], ...], ...]) -> None:
        self.rig = PumpRig(
            fill_nl=FULL_NL,
            bench=bench_from(start),
            settings={"reservoir_capacity_nl": FULL_NL},
            nets=("READY_LAMP",),
            is_started=False,
        )
        self.oracle = Oracle(start)
        client = self.rig.client
        client.programme_begin()
        for day, segments in enumerate(days):
            client.stage_day(1 << day, segments)
        client.programme_commit()
        client.start()
        now_ns = self.rig.clock.now_ns
        self.oracle.note(Act(now_ns, "programme", programme=Programme(days)))
        self.oracle.note(Act(now_ns, "start"))

    def cut_power(self, off_s: float, ticks_start_ms: int = 0) -> None:
        """What would have flowed until the pump is ready again is nobody's to deliver."""
        rig = self.rig
        rig.world.mcu.ticks_start_ms = ticks_start_ms
        self.oracle.note(Act(rig.clock.now_ns, "power_off"))
        rig.cycle_power(off_s)
        ready_ns, level = rig.target.waves()["READY_LAMP"][-1]
        assert level == 1
        self.oracle.note(Act(ready_ns, "boot"))

    def error_nl(self) -> float:
        """Commanded minus ideal."""
        now_ns = self.rig.clock.now_ns
        ideal_nl: Fraction = self.oracle.plan(now_ns).volume_until(now_ns)
        return float(Fraction(commanded_nl(self.rig)) - ideal_nl)

    def shift_nl(self) -> float:
        """How far strokes fall from their place: each is due when half of it is owed."""
        last = self.rig.bursts[-1]
        ideal_nl = self.oracle.plan(self.rig.clock.now_ns).volume_until(round(last.at_s * 1e9))
        return float(Fraction(commanded_nl(self.rig)) - ideal_nl) - STROKE_NL / 2

    def refill(self) -> None:
        withdrawn_nl, _ = self.rig.world.refill(FULL_NL)
        refill(self.rig, round(withdrawn_nl), FULL_NL)


@pytest.fixture
def sunday():
    course = Course(datetime(2026, 3, 8, 13, 0, 0), week_of_24_segments())
    yield course
    course.rig.world.mcu.power_off()


@pytest.mark.requirement("THR-02", "THR-04")
def test_24_segments_a_day_over_midnight_and_week_end_are_within_one_stroke_at_any_time(sunday):
    for _ in range(22):
        sunday.rig.run_for(3_571)
        assert abs(sunday.error_nl()) < STROKE_NL


@pytest.mark.requirement("THR-02", "THR-04", "INT-05")
def test_a_tick_wrap_and_three_restarts_cost_less_than_one_stroke(sunday):
    sunday.rig.run_for(1.7 * HOUR_S)
    sunday.cut_power(20, ticks_start_ms=TICKS_PERIOD_MS - 5_000)
    sunday.rig.run_for(10.3 * HOUR_S)
    sunday.cut_power(600, ticks_start_ms=TICKS_PERIOD_MS - 3_600_000)
    sunday.rig.run_for(9.1 * HOUR_S)
    sunday.cut_power(2 * HOUR_S)
    sunday.rig.run_for(3 * HOUR_S)
    assert abs(sunday.error_nl()) < STROKE_NL


@pytest.mark.requirement("THR-04", "INT-04")
@pytest.mark.parametrize("off_intervals", [0.1, 3], ids=["short", "long"])
@pytest.mark.parametrize("rate", [2_000, 30_000], ids=["2 uL/h", "30 uL/h"])
def test_each_power_cut_is_worth_at_most_half_a_stroke(rate, off_intervals):
    course = Course(datetime(2026, 3, 2, 8, 0, 0), (((0, rate),),) * 7)
    interval_s = STROKE_NL / rate * HOUR_S
    shifts = [0.0]
    for tenth in range(10):
        course.rig.run_for((4 + tenth / 10) * interval_s)
        course.cut_power(off_intervals * interval_s)
        course.rig.run_for(2 * interval_s)
        shifts.append(course.shift_nl())
    course.rig.world.mcu.power_off()
    jumps = [after - before for before, after in zip(shifts, shifts[1:], strict=False)]
    # The last nanolitres are the rotor sensor's noise and the whole seconds of the clock.
    assert max(map(abs, jumps)) < STROKE_NL / 2 + 10


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("THR-02", "THR-04", "INT-05")
def test_thirty_days_of_24_segments_with_all_wraps_and_three_restarts_are_within_one_stroke(sunday):
    sunday.rig.run_for(600)
    sunday.cut_power(5, ticks_start_ms=TICKS_PERIOD_MS - 5_000)
    for day in range(30):
        sunday.rig.run_for(DAY_S + 613)
        if day in (9, 19):
            sunday.refill()
            sunday.cut_power(1_800 * (day - 8), ticks_start_ms=TICKS_PERIOD_MS - 5_000)
        assert abs(sunday.error_nl()) < STROKE_NL


def day_by_day(rate: int, days: int) -> None:
    """Each day within 5 % by the plant, all of it within a stroke by the edges."""
    course = Course(datetime(2026, 3, 2, 8, 0, 0), (((0, rate),),) * 7)
    rig = course.rig
    for day in range(days):
        rig.run_until((day + 1) * DAY_S)
        assert rig.delivered_nl(day * DAY_S) == pytest.approx(rate * 24, rel=0.05)
        if rate == 1_000_000:
            course.refill()
    # Half a percent, and what the rollers may be ahead or behind at any moment.
    assert rig.delivered_nl(0.0) == pytest.approx(rate * 24 * days, abs=0.005 * rate * 24 * days + 775)
    assert abs(course.error_nl()) < STROKE_NL
    assert [name for name in rig.raised() if name != "REFILL_DUE"] == []
    rig.world.mcu.power_off()


@pytest.mark.requirement("THR-05", "THR-04")
def test_two_days_at_the_minimum_rate():
    day_by_day(2_000, 2)


@pytest.mark.requirement("THR-05", "THR-04")
def test_a_day_at_a_middle_rate():
    day_by_day(30_000, 1)


@pytest.mark.requirement("THR-05", "THR-04")
def test_an_hour_and_a_half_at_the_maximum_rate_is_within_one_percent_and_one_stroke():
    course = Course(datetime(2026, 3, 2, 8, 0, 0), (((0, 1_000_000),),) * 7)
    for half in range(3):
        course.rig.run_until((half + 1) * HOUR_S / 2)
        assert course.rig.delivered_nl(half * HOUR_S / 2) == pytest.approx(500_000, rel=0.01)
    assert abs(course.error_nl()) < STROKE_NL
    course.rig.world.mcu.power_off()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("THR-05", "THR-04")
@pytest.mark.parametrize("rate", [2_000, 60_000, 1_000_000], ids=["2 uL/h", "60 uL/h", "1 mL/h"])
def test_72_hours_at_minimum_middle_and_maximum_rate(rate):
    day_by_day(rate, 3)


@pytest.mark.requirement("THR-06")
@pytest.mark.parametrize("rate", [2_000, 19_937, 313_131, 1_000_000], ids=["2 uL/h", "20 uL/h", "313 uL/h", "1 mL/h"])
def test_strokes_are_evenly_spread_at_a_constant_rate(pump, rate):
    rig = pump(rate)
    rig.run_for(max(600.0, 12 * STROKE_NL / rate * HOUR_S))
    starts = [burst.at_s for burst in rig.bursts]
    gaps = [after - before for before, after in zip(starts, starts[1:], strict=False)]
    stroke_time_s = 16 * 0.001
    interval_s = STROKE_NL / rate * HOUR_S
    assert len(gaps) > 10
    assert max(gaps) < interval_s + stroke_time_s
    assert min(gaps) > interval_s - stroke_time_s


@pytest.mark.requirement("THR-05")
def test_the_meter_itself_sees_a_pump_that_delivers_too_little(pump):
    rig = pump(60_000)
    rig.inject("motor.coupling", fraction=0.08)
    rig.run_for(3 * HOUR_S)
    assert rig.delivered_nl(0.0) < 0.95 * 180_000 + PULSATION_NL
    assert commanded_nl(rig) == pytest.approx(180_000, abs=STROKE_NL)
