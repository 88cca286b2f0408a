"""The driver's indexer goes on while the rotor stands, and starts from home after a power cut (DET-02, INT-04, THR-20).

Whatever the phase, current must find the rotor where the field is: then it jumps nowhere, and nothing is made up.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.power_cuts.copies import in_a_copy
from tests.pump.detection import interval_s
from tests.pump.pump_rig import READING_NL, STROKE_NL, PumpRig, bench_of

FRICTIONS = [pytest.param(friction, id=f"friction of {friction:g} mN.m") for friction in (2.0, 5.0, 10.0)]
RATE = 20_000
MICROSTEP_S = 0.000_625
TWO_STEPS_NL = 600.0
LOOK_AT = ("REFILL_DUE", "POWER_LOST")


class DrawnMeter:
    """How far the field, and no step, has turned the rotor: nL each time, negative back."""

    def __init__(self, rig: PumpRig) -> None:
        self.drawn_nl: list[float] = []
        drive = rig.world.plant.drive
        turn = drive.turn_rotor

        def metered(t_ns: int, millisteps: int) -> None:
            self.drawn_nl.append(millisteps * 18.75 / 1000)
            turn(t_ns, millisteps)

        drive.turn_rotor = metered  # type: ignore[method-assign]

    @property
    def furthest_back_nl(self) -> float:
        return -min([0.0, *self.drawn_nl])


def warm(rate: int, friction: float, **options: Any) -> PumpRig:
    rig = PumpRig(rate, bench=bench_of(friction), **options)
    rig.run_for(3_700.0 if rate < 1_000_000 else 120.0)
    return rig


def into_stroke(rig: PumpRig, strokes_on: int, microsteps: int, rate: int = RATE) -> None:
    """To the middle of a later stroke, so many microsteps into it."""
    interval = interval_s(rate)
    rig.run_until(rig.bursts[-1].at_s + (1 + strokes_on) * interval - 0.05)
    count = len(rig.bursts)
    while len(rig.bursts) == count:
        rig.run_for(0.001)
    rig.run_until(rig.bursts[-1].at_s + microsteps * MICROSTEP_S + 1e-5)


def after_a_cut(rig: PumpRig, rate: int = RATE) -> dict[str, Any]:
    meter = DrawnMeter(rig)
    rig.cycle_power(5.0)
    since_s = rig.now_s
    rig.run_for(max(6 * interval_s(rate), 20.0))
    return {
        "mode": rig.status.mode,
        "alarms": [name for name in rig.raised(since_s - 20.0) if name not in LOOK_AT],
        "back_nl": meter.furthest_back_nl,
        "drawn": [event.a for event in rig.events("ROTOR_DRAWN")],
    }


def cuts(friction: float, places: list[tuple[int, int]], rate: int = RATE) -> list[dict[str, Any]]:
    """One pump, and a copy of it for each place: so many strokes on, so many microsteps into the stroke."""
    with warm(rate, friction) as rig:

        def story(strokes_on: int, microsteps: int) -> dict[str, Any]:
            into_stroke(rig, strokes_on, microsteps, rate)
            return after_a_cut(rig, rate)

        return [in_a_copy(lambda place=place: story(*place)) for place in places]


def assert_nothing_is_drawn_back(outcomes: list[Any]) -> None:
    for outcome in outcomes:
        assert isinstance(outcome, dict), outcome
        assert outcome["mode"] == "RUNNING"
        assert outcome["alarms"] == []
        assert outcome["back_nl"] <= STROKE_NL / 4
        assert outcome["drawn"] == []


@pytest.mark.requirement("THR-20", "INT-04", "INT-05")
@pytest.mark.parametrize("friction", [2.0, 10.0])
def test_a_power_cut_inside_a_stroke_moves_nothing_at_the_next_start(friction):
    assert_nothing_is_drawn_back(cuts(friction, [(0, 3), (1, 8), (2, 11), (3, 15)]))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("THR-20", "INT-04", "INT-05")
@pytest.mark.parametrize("friction", FRICTIONS)
def test_a_power_cut_at_each_of_the_64_phases_moves_nothing_at_the_next_start(friction):
    places = [(stroke, microsteps) for stroke in range(4) for microsteps in range(16)]
    assert_nothing_is_drawn_back(cuts(friction, places))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("THR-20", "INT-04", "INT-05")
@pytest.mark.parametrize("friction", [0.0, 13.0])
@pytest.mark.parametrize("rate", [2_000, 1_000_000])
def test_a_power_cut_at_any_rate_and_friction_reverses_by_less_than_a_stroke(rate, friction):
    """Holding torque is 14 mN.m; without friction the field draws a rotor that was caught inside a full step."""
    places = [(stroke, microsteps) for stroke in range(4) for microsteps in range(16)]
    for outcome in cuts(friction, places, rate):
        assert isinstance(outcome, dict), outcome
        assert outcome["mode"] == "RUNNING"
        assert outcome["alarms"] == []
        assert outcome["back_nl"] < STROKE_NL


@pytest.mark.requirement("THR-20", "INT-03")
@pytest.mark.parametrize("friction", [2.0, 10.0])
def test_after_a_reset_inside_a_stroke_the_rotor_is_drawn_two_full_steps_at_most_booked_and_told(friction):
    """The driver keeps its power, and its indexer stands where the reset caught it."""
    with warm(RATE, friction) as rig:

        def story(strokes_on: int) -> dict[str, Any]:
            into_stroke(rig, strokes_on, 5)
            meter = DrawnMeter(rig)
            since_s, turned_nl = rig.now_s, rig.turned_nl()
            hang = rig.inject("cpu.hang")
            rig.run_for(9.0)
            rig.reconnect()
            rig.run_for(5 * interval_s(RATE))
            strokes = len(rig.bursts_after(since_s))
            return {
                "mode": rig.status.mode,
                "took_effect": hang.took_effect,
                "alarms": [name for name in rig.raised(since_s) if name not in LOOK_AT],
                "back_nl": meter.furthest_back_nl,
                "surplus_nl": rig.turned_nl() - turned_nl - strokes * STROKE_NL,
                "booked_nl": rig.truth.reservoir_nl - rig.status.reservoir_nl,
                "drawn": [event.a for event in rig.events("ROTOR_DRAWN")],
            }

        outcomes = [in_a_copy(lambda place=place: story(place)) for place in range(4)]
    told = 0
    for outcome in outcomes:
        assert isinstance(outcome, dict), outcome
        assert outcome["took_effect"]
        assert outcome["mode"] == "RUNNING"
        assert "SYSTEM_FAULT" not in outcome["alarms"]
        assert outcome["back_nl"] <= TWO_STEPS_NL
        assert abs(outcome["surplus_nl"]) <= TWO_STEPS_NL + STROKE_NL
        if outcome["back_nl"] > READING_NL * 1.5:
            assert outcome["drawn"], "what current drew is in the log"
        told += bool(outcome["drawn"])
    assert told


@pytest.mark.requirement("THR-20", "ALM-06")
@pytest.mark.parametrize("friction", FRICTIONS)
@pytest.mark.parametrize("phase", [0, 9, 20, 32, 41, 55])
def test_a_first_start_catches_the_rotor_wherever_it_was_mounted(friction, phase):
    with PumpRig(200_000, bench=bench_of(friction, float(phase))) as rig:
        rig.run_for(300.0)
        status = rig.status
        assert status.mode == "RUNNING"
        assert set(rig.raised()) <= set(LOOK_AT)
        assert status.delivered_nl == pytest.approx(rig.turned_nl(), abs=READING_NL)
        assert rig.turned_nl() == pytest.approx(200_000 / 12, abs=TWO_STEPS_NL + STROKE_NL)


def stalls(friction: float, places: list[tuple[float, float]]) -> list[Any]:
    """A stall that begins so many seconds after a burst, and lasts so long."""
    with warm(RATE, friction) as rig:
        burst_s = rig.bursts[-1].at_s + interval_s(RATE)

        def story(begin_s: float, length_s: float) -> dict[str, Any]:
            rig.run_until(burst_s + begin_s)
            since_s = rig.now_s
            stall = rig.inject("motor.stall", duration=length_s)
            rig.run_for(length_s)
            free_s, free_nl = rig.now_s, rig.turned_nl()
            rig.run_for(605.0 + 2 * interval_s(RATE))
            turned_nl = rig.turned_nl() - free_nl
            return {
                "mode": rig.status.mode,
                "alarms": [name for name in rig.raised(since_s) if name not in LOOK_AT],
                "surplus_nl": turned_nl - RATE * (rig.now_s - free_s) / 3600.0,
                "turned_nl": turned_nl,
                "took_effect": stall.took_effect,
            }

        return [in_a_copy(lambda place=place: story(*place)) for place in places]


def assert_recovered_and_nothing_made_up(outcomes: list[Any]) -> None:
    for outcome in outcomes:
        assert isinstance(outcome, dict), outcome
        assert outcome["mode"] == "RUNNING"
        assert "SYSTEM_FAULT" not in outcome["alarms"] and "OVER_DELIVERY" not in outcome["alarms"]
        if "MOTOR_STALL" in outcome["alarms"]:
            assert "STALL_RECOVERED" in outcome["alarms"]
        assert outcome["turned_nl"] >= STROKE_NL / 2
        # The stroke that was being tried, and half a one that comes early.
        assert outcome["surplus_nl"] <= 2 * STROKE_NL


@pytest.mark.requirement("DET-01", "DET-02")
@pytest.mark.parametrize("friction", [2.0, 10.0])
def test_a_rotor_that_comes_free_at_any_phase_is_found_and_nothing_is_made_up(friction):
    places = [(0.004, 0.002), (0.001, 0.008), (0.003, 47.0), (-1.0, 1_204.3)]
    assert_recovered_and_nothing_made_up(stalls(friction, places))


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.requirement("DET-01", "DET-02")
@pytest.mark.parametrize("friction", FRICTIONS)
def test_a_stall_at_each_of_200_phases_of_stroke_and_probe_is_recovered(friction):
    stroke = [(0.03 * step / 100 - 0.005, length_s) for step in range(100) for length_s in (0.009,)]
    probe = [(-1.0, 616.0 + 0.03 * step / 50) for step in range(50)]
    retry = [(-1.0, 6.0 + 0.06 * step / 50) for step in range(50)]
    assert_recovered_and_nothing_made_up(stalls(friction, stroke + probe + retry))


@pytest.mark.requirement("DET-02", "THR-14")
@pytest.mark.parametrize("friction", [2.0, 10.0])
def test_a_stall_in_strokes_of_several_full_steps_is_no_system_fault(friction):
    """A rotor that comes free in the middle of a long burst may fall back as far as two full steps."""
    with warm(RATE, friction) as rig:
        rig.client.clinician_bolus(500_000, 60)
        rig.run_for(20.0)

        def story(shift_s: float) -> dict[str, Any]:
            rig.run_for(shift_s)
            since_s = rig.now_s
            rig.inject("motor.stall", duration=0.031)
            rig.run_for(700.0)
            return {
                "mode": rig.status.mode,
                "alarms": [name for name in rig.raised(since_s) if name not in LOOK_AT],
                "rest_nl": rig.truth.reservoir_nl - rig.status.reservoir_nl,
            }

        outcomes = [in_a_copy(lambda step=step: story(0.019 * step)) for step in range(16)]
    for outcome in outcomes:
        assert isinstance(outcome, dict), outcome
        assert outcome["mode"] == "RUNNING"
        assert "SYSTEM_FAULT" not in outcome["alarms"], outcome
