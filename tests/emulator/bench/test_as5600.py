"""The rotor sensor at register level."""

from statistics import pstdev

import pytest

from emulator.bench import BenchConfig

QUIET = BenchConfig.ideal(magnet_offset_counts=100.0)


def read(wired, register, count):
    sensor = wired.bench.rotor_sensor
    assert sensor.write(bytes((register,)), wired.now_ns)
    return sensor.read(count, wired.now_ns)


def test_status_and_angle_come_in_one_transfer(make_wired):
    wired = make_wired(QUIET)
    assert read(wired, 0x0B, 3) == bytes((0x20, 0, 100))


@pytest.mark.parametrize(
    ("microsteps", "counts"),
    [(16, 20), (3_200, 4_096), (1_600, 2_048)],
    ids=["a stroke is 20 counts", "a turn comes back", "half a turn is 2048"],
)
def test_the_angle_follows_the_rotor(make_wired, microsteps, counts):
    wired = make_wired(QUIET)
    wired.enable()
    wired.stroke(microsteps)
    angle = int.from_bytes(read(wired, 0x0C, 2), "big")
    assert angle == (100 + counts) % 4_096


def test_the_pointer_stays_on_the_angle(make_wired):
    wired = make_wired(QUIET)
    assert read(wired, 0x0C, 6) == bytes((0, 100)) * 3
    assert wired.bench.rotor_sensor.read(2, wired.now_ns) == bytes((0, 100))


def test_the_zero_position_moves_the_scaled_angle_only(make_wired):
    wired = make_wired(QUIET)
    wired.bench.rotor_sensor.write(bytes((0x01, 0, 30)), wired.now_ns)
    assert read(wired, 0x0E, 2) == bytes((0, 70))
    assert read(wired, 0x0C, 2) == bytes((0, 100))


def test_noise_is_at_its_specified_level(make_wired):
    wired = make_wired(BenchConfig(rotor_noise_counts=3.0))
    spread = pstdev(wired.bench.rotor_sensor.sample(0) for _ in range(2_000))
    assert spread == pytest.approx(3.0, rel=0.1)


def test_the_same_seed_gives_the_same_noise(make_wired):
    noisy = BenchConfig(rotor_noise_counts=3.0)
    one, two, other = (make_wired(noisy, seed) for seed in (5, 5, 6))
    samples = [[w.bench.rotor_sensor.sample(0) for _ in range(50)] for w in (one, two, other)]
    assert samples[0] == samples[1] != samples[2]
