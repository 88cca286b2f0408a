"""SENSOR_FAULT_ROTOR: each way in which the sensor can fail, and its twin (DET-08, ALM-06)."""

from __future__ import annotations

from random import Random

import pytest

from tests.firmware.core_detectors.bench_figures import STROKE_MICROSTEPS, Rotor, core

module = core("rotor_sensor_watch")
NO_ANGLE = -1


def judged(watch, rotor, reads):
    return [watch.judge(rotor.read(), rotor.read()) for _ in range(reads)]


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize("noise", [0.17, 0.5, 1.0], ids=["slow filter", "datasheet", "twice the datasheet"])
def test_thirty_days_of_strokes_with_noise_raise_nothing(noise):
    watch, rotor = module.RotorSensorWatch(), Rotor(1, noise)
    for _ in range(20_000):
        before = rotor.read()
        assert watch.judge(before, rotor.read()) != module.ROTOR_FAULTY
        rotor.turn(STROKE_MICROSTEPS)
        moved = (rotor.read() - before) % 4096
        assert watch.stroke(moved, True) != module.ROTOR_FAULTY


@pytest.mark.requirement("DET-08")
def test_the_third_reading_without_an_angle_is_a_fault_and_six_good_ones_end_it():
    watch, rotor = module.RotorSensorWatch(), Rotor(2, 0)
    assert [watch.judge(NO_ANGLE, NO_ANGLE) for _ in range(3)] == [
        module.ROTOR_DOUBTED,
        module.ROTOR_DOUBTED,
        module.ROTOR_FAULTY,
    ]
    assert judged(watch, rotor, 6) == [module.ROTOR_FAULTY] * 5 + [module.ROTOR_TRUSTED]


@pytest.mark.requirement("DET-08")
def test_one_missing_angle_is_doubted_and_forgotten():
    watch, rotor = module.RotorSensorWatch(), Rotor(3, 0)
    assert watch.judge(rotor.read(), NO_ANGLE) == module.ROTOR_DOUBTED
    assert judged(watch, rotor, 1) == [module.ROTOR_TRUSTED]


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("seed", range(20))
def test_noise_of_ten_counts_is_a_fault_within_20_readings(seed):
    watch, rotor = module.RotorSensorWatch(), Rotor(seed, 10)
    assert module.ROTOR_FAULTY in judged(watch, rotor, 20)


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("seed", range(20))
def test_angles_of_stray_fields_are_a_fault_within_5_readings(seed):
    watch, random = module.RotorSensorWatch(), Random(seed)
    verdicts = [watch.judge(random.randrange(4096), random.randrange(4096)) for _ in range(5)]
    assert module.ROTOR_FAULTY in verdicts


@pytest.mark.requirement("DET-08")
def test_a_stuck_angle_is_a_fault_when_three_strokes_pulse_and_stays_until_two_strokes_move_it():
    watch = module.RotorSensorWatch()
    assert [watch.stroke(0, True) for _ in range(3)][1:] == [module.ROTOR_TRUSTED, module.ROTOR_FAULTY]
    assert [watch.judge(7, 7) for _ in range(30)][-1] == module.ROTOR_FAULTY
    for moved in (20, 0, 35, 18):  # one alone may be noise, or a magnet that slips
        watch.prove(moved, 20)
        assert watch.judge(7, 7) == module.ROTOR_FAULTY
    watch.prove(23, 20)
    assert watch.judge(7, 7) == module.ROTOR_TRUSTED


@pytest.mark.requirement("DET-08", "ALM-05")
def test_a_sensor_that_a_person_has_looked_at_is_taken_at_its_word_until_it_is_found_wrong_again():
    watch = module.RotorSensorWatch()
    for _ in range(2):
        assert [watch.stroke(0, True) for _ in range(3)][-1] == module.ROTOR_FAULTY
        watch.clear()
        assert watch.judge(7, 7) == module.ROTOR_TRUSTED


@pytest.mark.requirement("DET-01", "DET-08")
def test_a_stall_makes_no_pulse_and_is_not_taken_for_a_stuck_sensor():
    watch = module.RotorSensorWatch()
    assert all(watch.stroke(0, False) == module.ROTOR_TRUSTED for _ in range(50))


@pytest.mark.requirement("DET-08")
@pytest.mark.parametrize("seed", range(20))
def test_a_few_counts_of_noise_are_a_fault_within_200_readings(seed):
    """No single pair of readings is bad, but as motion they would be half a stroke now and then."""
    watch, rotor = module.RotorSensorWatch(), Rotor(seed, 2.5)
    assert module.ROTOR_FAULTY in judged(watch, rotor, 200)


@pytest.mark.requirement("DET-08")
def test_a_sensor_that_is_quiet_again_is_trusted_again():
    watch = module.RotorSensorWatch()
    assert module.ROTOR_FAULTY in judged(watch, Rotor(1, 2.5), 200)
    assert judged(watch, Rotor(1, 0.5), 200)[-1] == module.ROTOR_TRUSTED
