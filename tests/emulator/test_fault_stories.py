"""Faults with a course of their own: those that end by themselves, come again, or act at a refill."""

import pytest

from tests.emulator.wired_world import REVOLUTION, SECOND, HandDrivenWorld


def delivered_in_a_turn(world):
    before = world.truth().delivered_nl
    world.stroke(REVOLUTION)
    return world.truth().delivered_nl - before


def test_a_fault_with_a_duration_ends_by_itself():
    world = HandDrivenWorld()
    fault = world.faults.inject("motor.stall", duration=10.0)
    world.stroke(9)
    assert fault.is_active and world.truth().delivered_nl == 0.0
    world.stroke(5)
    assert (fault.is_active, fault.cleared_at_ns) == (False, 10 * SECOND)
    assert world.truth().delivered_nl > 0.0


def test_a_field_holds_the_rotor_for_its_lag():
    world = HandDrivenWorld()
    fault = world.faults.inject("motor.magnetic_field", duration=20.0, lag=30.0)
    world.stroke(49)
    assert world.truth().delivered_nl == 0.0
    assert fault.is_active
    world.stroke(6)  # the field has gone on meanwhile: the rotor may stand or fall back before it follows
    assert world.truth().delivered_nl > 0.0
    assert fault.cleared_at_ns == 50 * SECOND


def test_intermittent_stalls_come_again_with_the_same_seed():
    def held(seed):
        world = HandDrivenWorld(seed=seed)
        world.faults.inject("motor.stall_intermittent", mean_between=20.0, mean_length=5.0)
        seen = []
        for _ in range(100):
            world.stroke()
            seen.append(world.plant.motor.gain)
        return seen

    assert held(1) == held(1) != held(2)
    assert 0 < held(1).count(0) < 60


def test_clearing_one_stall_does_not_end_another():
    world = HandDrivenWorld()
    first, second = world.faults.inject("motor.stall"), world.faults.inject("motor.magnetic_field")
    first.clear()
    assert delivered_in_a_turn(world) == 0.0
    second.clear()
    world.stroke(4)
    assert delivered_in_a_turn(world) == pytest.approx(60_000)


def test_a_disconnection_takes_the_pressure_pulses_away():
    world = HandDrivenWorld()
    assert world.pulse_kpa() > 1.2
    world.faults.inject("catheter.disconnection")
    assert world.pulse_kpa() < 0.2


@pytest.mark.parametrize("fault_id", ["catheter.microleak", "catheter.migration"])
def test_what_the_pump_cannot_see_leaves_the_pulses_alone(fault_id):
    world = HandDrivenWorld()
    healthy = world.pulse_kpa()
    world.faults.inject(fault_id)
    assert world.pulse_kpa() == pytest.approx(healthy, rel=0.1)


def test_an_occlusion_by_position_opens_and_closes():
    world = HandDrivenWorld()
    world.faults.inject("catheter.occlusion", onset=0.0, closed_for=10.0, open_for=5.0)
    openness = []
    world.wait(0.5)
    for _ in range(30):
        openness.append(round(world.plant.line.openness))
        world.wait(1.0)
    assert openness == [0] * 10 + [1] * 5 + [0] * 10 + [1] * 5


def test_an_empty_reservoir_is_empty_early():
    world = HandDrivenWorld()
    fault = world.faults.inject("reservoir.empty_early", volume=3_000_000.0)
    assert world.truth().reservoir_nl == 15_000_000.0
    assert fault.took_effect
    fault.clear()
    assert world.truth().reservoir_nl == 15_000_000.0


def test_taking_from_an_empty_reservoir_is_no_fault():
    world = HandDrivenWorld()
    world.plant.reservoir.withdraw()
    assert not world.faults.inject("reservoir.empty_early").took_effect


def test_a_pocket_fill_now_and_at_the_next_refill():
    world = HandDrivenWorld()
    fault = world.faults.inject("refill.pocket_fill", volume=2_000_000.0)
    assert fault.took_effect
    assert world.truth().reservoir_nl == 16_000_000.0
    fault.clear()
    armed = world.faults.inject("refill.pocket_fill", volume=5_000_000.0, next_refill=1)
    assert not armed.took_effect
    assert world.refill(18_000_000.0) == (16_000_000.0, 13_000_000.0)
    assert armed.took_effect
    armed.clear()
    assert world.refill(18_000_000.0) == (13_000_000.0, 18_000_000.0)


def test_a_wrong_port_is_an_overdose():
    world = HandDrivenWorld()
    armed = world.faults.inject("refill.wrong_port", volume=4_000_000.0, next_refill=1)
    world.refill(18_000_000.0)
    assert armed.took_effect
    world.wait(3_600.0)
    truth = world.truth()
    assert truth.reservoir_nl == 14_000_000.0
    assert truth.in_csf_nl == 4_000_000.0
    assert truth.csf_ug > 1_500
    assert truth.hours_above == pytest.approx(1.0, abs=0.01)
    armed.clear()
    assert world.refill(1_000_000.0)[1] == 1_000_000.0


def test_a_wrong_concentration_changes_drug_and_not_volume():
    world = HandDrivenWorld()
    fault = world.faults.inject("refill.wrong_concentration", ratio=4.0)
    assert fault.took_effect
    assert (world.truth().concentration_ug_per_ml, world.truth().reservoir_nl) == (2_000.0, 18_000_000.0)
    fault.clear()
    armed = world.faults.inject("refill.wrong_concentration", ratio=2.0, next_refill=1)
    assert not armed.took_effect
    world.refill(10_000_000.0, 500.0)
    assert armed.took_effect
    assert world.truth().concentration_ug_per_ml == 1_000.0
    armed.clear()
    world.refill(10_000_000.0, 500.0)
    assert world.truth().concentration_ug_per_ml == 500.0


def test_nobody_comes_to_refill():
    world = HandDrivenWorld()
    fault = world.faults.inject("refill.overdue")
    assert not fault.took_effect
    assert world.refill(18_000_000.0) == (0.0, 0.0)
    assert fault.took_effect
    fault.clear()
    assert world.refill(18_000_000.0) == (18_000_000.0, 18_000_000.0)


def test_a_clock_jump_stays_until_the_clock_is_set():
    world = HandDrivenWorld()
    fault = world.faults.inject("clock.jump", by=-7_200.0)
    assert fault.took_effect
    fault.clear()
    assert world.bench.clock.error_s(world.env.now) == -7_200.0


def test_a_clock_jump_took_effect_also_when_somebody_sets_the_clock_right_before_anybody_asks():
    world = HandDrivenWorld()
    fault = world.faults.inject("clock.jump", by=3_600.0)
    world.bench.clock.jump(-3_600.0, world.env.now)
    assert fault.took_effect


def test_a_lost_clock_flags_it():
    world = HandDrivenWorld()
    assert not world.bench.clock.is_osf_set
    fault = world.faults.inject("clock.osf")
    assert world.bench.clock.is_osf_set and fault.took_effect
    fault.clear()
    world.bench.clock.write(bytes((0x0F, 0)), world.env.now)
    assert not world.bench.clock.is_osf_set


def test_a_stopped_clock_sets_its_flag():
    world = HandDrivenWorld()
    world.faults.inject("clock.stop")
    assert world.bench.clock.is_osf_set


def test_a_held_bus_is_freed_by_clocks():
    world = HandDrivenWorld()
    fault = world.faults.inject("sensor.i2c_hang", clocks=3)
    for _ in range(3):
        world.drive("I2C0_SCL", 0)
        world.drive("I2C0_SCL", 1)
    assert world.nets.digital("I2C0_SDA").level == 1
    fault.clear()
    assert fault.took_effect
