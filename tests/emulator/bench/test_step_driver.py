"""STEP, DIR and EN move the rotor; DIAG tells when it did not follow."""

from tests.emulator.bench.conftest import PERIOD_NS


def test_the_driver_is_off_until_enable_is_pulled_low(wired):
    wired.drive("DIR", 1)
    wired.stroke(64)
    assert wired.plant.motor.position_millisteps == 0
    wired.enable()
    wired.stroke()
    assert wired.plant.motor.position_millisteps == 16_000


def test_edges_without_current_are_counted_and_are_no_burst(wired):
    wired.drive("DIR", 1)
    wired.stroke(16)
    wired.enable()
    assert wired.plant.motor.indexer_microsteps == 16
    assert wired.plant.motor.commanded == 0
    assert wired.plant.bursts == 0
    wired.stroke(16)
    assert (wired.plant.motor.commanded, wired.plant.bursts) == (16, 1)


def test_a_row_of_edges_that_current_comes_in_the_middle_of_goes_on_with_it(wired):
    wired.drive("DIR", 1)
    wired.burst(64)
    wired.env.run(until=39 * PERIOD_NS + 1)
    assert wired.plant.motor.commanded == 0
    wired.drive("EN", 0)
    wired.wait()
    assert wired.plant.motor.commanded == 24
    assert wired.plant.motor.indexer_microsteps == 0
    assert wired.plant.bursts == 1


def test_direction_low_counts_back(wired):
    wired.enable()
    wired.stroke()
    wired.drive("DIR", 0)
    wired.stroke(6)
    assert wired.plant.motor.indexer_microsteps == 10
    wired.stroke(64)
    assert wired.plant.motor.position_millisteps < 0


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
    wired.stroke(64)
    assert diag.level == 1
    wired.plant.motor.held.drop("fault")
    wired.stroke()
    assert diag.level == 0


def test_diag_is_silent_when_the_driver_is_off(wired):
    wired.drive("DIR", 1)
    wired.stroke()
    assert wired.nets.digital("DIAG").level == 0
