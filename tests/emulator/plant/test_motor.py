"""The driver's indexer and the rotor: with current it goes to the nearest pole, within friction it stands."""

import pytest

from emulator.plant import Plant, PlantConfig
from tests.emulator.plant.conftest import SECOND, Driven

CYCLE = 64
FRICTIONS = [pytest.param(f, id=f"friction of {f} mN.m") for f in (2.0, 5.0, 10.0)]
# Where friction just holds against 14 mN.m: asin(friction / 14) * 64 / 2 pi.
LAG = {2.0: 1.460, 5.0: 3.720, 10.0: 8.104}


def plant_of(friction=10.0, detent=0.0, phase=0.0, seed=0):
    return Plant(
        PlantConfig(friction_torque_mnm=friction, detent_torque_mnm=detent, rotor_phase_microsteps=phase), seed
    )


def drawn_at_first_enable(plant):
    plant.set_enabled(True, SECOND)
    return plant.motor.position_millisteps / 1000


@pytest.mark.parametrize("friction", FRICTIONS)
def test_without_current_the_rotor_stands_whatever_comes(friction):
    driven = Driven(PlantConfig(friction_torque_mnm=friction))
    driven.plant.motor.set_enabled(False)
    driven.strokes(20)
    assert driven.plant.motor.position_millisteps == 0
    assert driven.plant.motor.commanded == driven.plant.motor.missed == 0


@pytest.mark.parametrize("friction", FRICTIONS)
def test_current_draws_the_rotor_to_the_nearest_pole_and_never_further_than_two_steps(friction):
    lag = LAG[friction]
    for phase in range(CYCLE):
        # The field is at home; the rotor stands `phase` further than where home would have drawn it from behind.
        ahead = phase - lag
        drawn = drawn_at_first_enable(plant_of(friction, phase=phase))
        off = (-ahead + CYCLE / 2) % CYCLE - CYCLE / 2
        if abs(off) <= lag + 0.001 or abs(off) >= CYCLE / 2 - lag - 0.001:
            assert drawn == 0.0, phase  # friction holds it: near the pole, and near the point between two poles
        else:
            assert drawn == pytest.approx(off - lag if off > 0 else off + lag, abs=0.002), phase
        assert abs(drawn) <= CYCLE / 2


def test_detent_holds_a_rotor_that_stands_a_little_further():
    assert drawn_at_first_enable(plant_of(10.0, 0.0, phase=-0.5)) == pytest.approx(0.5, abs=0.002)
    assert drawn_at_first_enable(plant_of(10.0, 0.7, phase=-0.5)) == 0.0
    assert drawn_at_first_enable(plant_of(10.0, 0.7, phase=-1.0)) == pytest.approx(1.0, abs=0.002)


def test_right_between_two_poles_the_seed_draws_the_direction():
    ways = {drawn_at_first_enable(plant_of(0.0, phase=32, seed=seed)) for seed in range(20)}
    assert ways == {-32.0, 32.0}
    assert len({drawn_at_first_enable(plant_of(0.0, phase=32, seed=3)) for _ in range(5)}) == 1


def test_the_pressure_of_the_line_moves_the_point_of_rest():
    free, pressed = plant_of(phase=-4), plant_of(phase=-4)
    pressed.line.close("occlusion", 0.0)
    pressed.line.excess_kpa = 100.0
    assert drawn_at_first_enable(free) == pytest.approx(4.0, abs=0.002)
    assert 2.5 < drawn_at_first_enable(pressed) < 3.5  # 0.95 mN.m more to hold


def test_the_indexer_stands_at_home_when_the_driver_gets_its_supply():
    plant = plant_of()
    driven = Driven()
    driven.plant = plant
    plant.set_enabled(True, 0)
    driven.stroke(28)
    assert plant.motor.indexer_microsteps == 28
    plant.set_enabled(False, plant.now_ns)
    plant.set_powered(False, plant.now_ns)
    plant.set_powered(True, plant.now_ns + SECOND)
    assert plant.motor.indexer_microsteps == 0
    assert plant.motor.position_millisteps == 28_000
    plant.set_enabled(True, plant.now_ns)
    assert plant.motor.position_millisteps == pytest.approx(2 * 8_104, abs=2)  # back to the pole at home


def attempt(driven, microsteps=16):
    """One try of a pump that does not align: current, burst, current off; microsteps turned."""
    plant = driven.plant
    before = plant.motor.position_millisteps
    plant.set_enabled(True, plant.now_ns)
    driven.stroke(microsteps)
    plant.set_enabled(False, plant.now_ns)
    return round((plant.motor.position_millisteps - before) / 1000)


@pytest.mark.parametrize(
    ("missed", "then"),
    [(1, 32), (2, -13), (3, 0), (4, 16)],
    ids=["jumps", "turns back", "stands", "follows"],
)
def test_after_missed_attempts_a_rotor_jumps_turns_back_stands_or_follows(missed, then):
    driven = Driven(PlantConfig(friction_torque_mnm=2.0, detent_torque_mnm=0.0))
    attempt(driven)
    driven.plant.motor.held.put("fault", 1.0)
    assert [attempt(driven) for _ in range(missed)] == [0] * missed
    driven.plant.motor.held.drop("fault")
    assert attempt(driven) == pytest.approx(then, abs=3)


@pytest.mark.parametrize(("cycles", "turned"), [(-1, -48), (1, 80), (2, 144)])
def test_a_slip_is_whole_cycles_and_the_rotor_follows_on(driven, cycles, turned):
    driven.stroke()
    before = driven.plant.motor.position_millisteps
    driven.plant.motor.slips_due = cycles
    driven.stroke()
    assert driven.plant.motor.position_millisteps - before == turned * 1000
    assert driven.plant.motor.slipped_cycles == abs(cycles)
    driven.stroke()
    assert driven.plant.motor.position_millisteps - before == (turned + 16) * 1000
    assert abs(driven.unaccounted_nl()) < 1e-6


def test_a_swapped_winding_turns_back_a_rotor_with_little_friction_and_leaves_another_standing():
    turned = {}
    for friction in (2.0, 10.0):
        driven = Driven(PlantConfig(friction_torque_mnm=friction))
        driven.plant.motor.turned_round.put("fault", 1.0)
        driven.stroke()
        turned[friction] = driven.plant.motor.position_millisteps
        assert driven.plant.motor.mirrored_edges == 16
    assert turned[10.0] == 0
    assert -16_000 < turned[2.0] < -12_000


@pytest.mark.parametrize("phase", range(0, CYCLE, 5))
def test_volume_is_accounted_for_wherever_the_rotor_is_drawn(phase):
    driven = Driven(PlantConfig(friction_torque_mnm=2.0, rotor_phase_microsteps=phase))
    plant = driven.plant
    plant.motor.set_enabled(False)
    plant.set_enabled(True, plant.now_ns)
    driven.strokes(5)
    assert abs(driven.unaccounted_nl()) < 1e-6
    assert plant.config.fill_nl - plant.reservoir.volume_nl == pytest.approx(plant.displaced_nl)
