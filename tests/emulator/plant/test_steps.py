"""Only edges that happened, on a motor that could follow, move anything."""

import pytest

from emulator.plant import PlantConfig
from tests.emulator.plant.conftest import PERIOD_NS, SECOND


def test_a_revolution_displaces_its_nominal_volume(driven):
    driven.strokes(200)
    assert driven.plant.motor.rotor_rev == 1.0
    assert driven.plant.displaced_nl == pytest.approx(60_000.0, abs=1e-6)
    assert driven.plant.in_csf_nl == pytest.approx(60_000.0, abs=1e-3)


def test_rollers_make_strokes_uneven(driven):
    volumes = []
    for _ in range(200):
        before = driven.plant.displaced_nl
        driven.stroke()
        volumes.append(driven.plant.displaced_nl - before)
    assert max(volumes) == pytest.approx(300 * 1.15, rel=0.01)
    assert min(volumes) == pytest.approx(300 * 0.85, rel=0.01)
    rises = [b > a for a, b in zip(volumes, volumes[1:], strict=False)]
    turns = sum(a != b for a, b in zip(rises, rises[1:], strict=False))
    assert turns in (5, 6)  # three rollers: three crests and three troughs in a revolution


def test_a_cut_train_counts_the_edges_that_happened(driven):
    train = driven.begin(16)
    driven.plant.advance(3 * PERIOD_NS)
    train.cut_ns = 4 * PERIOD_NS + 1
    driven.plant.advance(SECOND)
    assert driven.plant.motor.position_millisteps == 5_000
    assert driven.plant.motor.commanded == 5


def test_a_fault_in_the_middle_of_a_train_acts_from_then_on(driven):
    driven.begin(16)
    driven.plant.advance(7 * PERIOD_NS + 1)
    driven.plant.motor.held.put("fault", 1.0)
    driven.plant.advance(SECOND)
    assert driven.plant.motor.position_millisteps == 8_000
    assert driven.plant.motor.missed == 8


def test_a_rotor_that_comes_free_in_the_middle_of_a_train_catches_up(driven):
    driven.plant.motor.held.put("fault", 1.0)
    driven.begin(16)
    driven.plant.advance(7 * PERIOD_NS + 1)
    assert driven.plant.motor.position_millisteps == 0
    driven.plant.motor.held.drop("fault")
    driven.plant.settle_rotor(7 * PERIOD_NS + 1)
    assert driven.plant.motor.position_millisteps == 8_000
    driven.plant.advance(SECOND)
    assert driven.plant.motor.position_millisteps == 16_000


def test_withdrawn_enable_in_the_middle_of_a_train_stops_the_motion(driven):
    driven.begin(16)
    driven.plant.advance(5 * PERIOD_NS + 1)
    driven.plant.motor.set_enabled(False)
    driven.plant.advance(SECOND)
    assert driven.plant.motor.position_millisteps == 6_000
    assert driven.plant.displaced_nl < 6 * 18.75 * 1.15


def test_direction_turns_the_rotor_back_once_the_field_has_gone_past_it(make_driven):
    driven = make_driven(PlantConfig(friction_torque_mnm=0.0, detent_torque_mnm=0.0))
    driven.strokes(3)
    driven.plant.motor.set_forward(False)
    driven.strokes(3)
    assert driven.plant.motor.position_millisteps == 0
    assert driven.plant.displaced_nl == pytest.approx(0.0, abs=1e-9)


def test_a_slipping_coupling_loses_volume_and_no_step(driven):
    driven.plant.motor.coupling.put("fault", 0.5)
    driven.strokes(400)
    assert driven.plant.motor.rotor_rev == 2.0
    assert driven.plant.motor.missed == 0
    assert driven.plant.motor.head_lost_millisteps == 3_200_000
    assert driven.plant.displaced_nl == pytest.approx(60_000.0)


def test_too_fast_a_train_stalls(driven):
    driven.begin(64, period_ns=30_000)  # 33 000 microsteps/s is beyond the pull-out rate
    driven.plant.advance(SECOND)
    assert driven.plant.motor.position_millisteps <= 0
    assert driven.plant.motor.missed == 64


def test_pressure_stalls_the_rotor_at_the_torque_limit(driven):
    driven.plant.line.close("occlusion", 0.0)
    driven.strokes(300)
    limit_kpa = driven.plant.motor.stall_kpa(PERIOD_NS)
    assert 300 < limit_kpa < 400
    assert limit_kpa - 15 < driven.plant.line.pressure_kpa < limit_kpa + 2  # it falls back by most of a cycle each time
    assert driven.plant.line.peak_kpa < limit_kpa + 2
    assert driven.plant.motor.missed > 0


def test_a_stall_is_told(driven):
    told = []
    driven.plant.on_stall(told.append)
    driven.stroke()
    assert told == []
    driven.plant.motor.held.put("fault", 1.0)
    driven.stroke()
    assert told


def test_free_steps_need_the_enable_line(driven):
    driven.plant.begin_free_steps(SECOND // 10)
    driven.plant.advance(10 * SECOND)
    moved = driven.plant.motor.position_millisteps
    assert moved == 101_000
    driven.plant.motor.set_enabled(False)
    driven.plant.advance(20 * SECOND)
    assert driven.plant.motor.position_millisteps == moved


def test_free_steps_add_to_a_commanded_train(driven):
    driven.plant.begin_free_steps(PERIOD_NS * 2)
    driven.begin(100)
    driven.plant.advance(PERIOD_NS * 100)
    assert driven.plant.motor.commanded == 100
    assert driven.plant.motor.uncommanded_millisteps == 51_000
    assert driven.plant.motor.position_millisteps == pytest.approx(151_000, abs=1_000)  # the load takes up a little


def test_two_owners_of_a_stall_both_have_to_let_go(driven):
    driven.plant.motor.held.put("field", 1.0)
    driven.plant.motor.held.put("wear", 1.0)
    driven.plant.motor.held.drop("field")
    driven.stroke(64)
    assert driven.plant.motor.position_millisteps == 0
    driven.plant.motor.held.drop("wear")
    driven.stroke()
    assert driven.plant.motor.position_millisteps == 16_000
