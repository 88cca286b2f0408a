"""STEP, DIR and EN move the rotor; DIAG tells when it did not follow."""

from tests.emulator.bench.conftest import PERIOD_NS


def test_the_driver_is_off_until_enable_is_pulled_low(wired):
    wired.drive("DIR", 1)
    wired.stroke()
    assert wired.plant.motor.position_millisteps == 0
    wired.enable()
    wired.stroke()
    assert wired.plant.motor.position_millisteps == 16_000


def test_direction_low_turns_back(wired):
    wired.enable()
    wired.stroke()
    wired.drive("DIR", 0)
    wired.stroke(6)
    assert wired.plant.motor.position_millisteps == 10_000


def test_enable_withdrawn_in_the_middle_of_a_burst_stops_the_rotor_there(wired):
    wired.enable()
    wired.burst()
    wired.env.run(until=9 * PERIOD_NS + 1)
    wired.drive("EN", 1)
    wired.wait()
    assert wired.plant.motor.position_millisteps == 10_000


def test_a_burst_cut_on_the_net_counts_what_happened(wired):
    wired.enable()
    wired.burst()
    wired.env.run(until=4 * PERIOD_NS + 1)
    wired.nets.digital("STEP").cut_train(wired.now_ns)
    wired.wait()
    assert wired.plant.motor.position_millisteps == 5_000


def test_a_burst_after_a_cut_one_counts_from_its_own_start(wired):
    wired.enable()
    wired.burst()
    wired.env.run(until=4 * PERIOD_NS + 1)
    wired.nets.digital("STEP").cut_train(wired.now_ns)
    wired.burst(3)
    wired.wait()
    assert wired.plant.motor.position_millisteps == 8_000


def test_diag_rises_on_a_stall_and_falls_when_the_rotor_follows_again(wired):
    diag = wired.nets.digital("DIAG")
    wired.enable()
    wired.stroke()
    assert diag.level == 0
    wired.plant.motor.held.put("fault", 1.0)
    wired.stroke()
    assert diag.level == 1
    wired.plant.motor.held.drop("fault")
    wired.stroke()
    assert diag.level == 0


def test_diag_is_silent_when_the_driver_is_off(wired):
    wired.drive("DIR", 1)
    wired.stroke()
    assert wired.nets.digital("DIAG").level == 0
