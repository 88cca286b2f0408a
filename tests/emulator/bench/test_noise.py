"""Noise of the sensors: normal, independent, reproducible."""

from itertools import islice
from statistics import correlation, fmean, pstdev

from emulator.bench.noise import deviates

COUNT = 50_000


def taken(seed, count=COUNT):
    return list(islice(deviates(seed), count))


def test_deviates_are_normal_also_far_out():
    values = taken("part")
    assert abs(fmean(values)) < 0.02
    assert abs(pstdev(values) - 1.0) < 0.02
    assert 90 < sum(abs(value) > 3.0 for value in values) < 190  # 135 expected
    assert max(map(abs, values)) > 3.8


def test_two_parts_and_two_seeds_share_nothing():
    one = taken("1/pressure")
    for other in ("1/as5600", "2/pressure"):
        values = taken(other)
        assert not set(one) & set(values)
        assert abs(correlation(one, values)) < 0.02


def test_a_part_repeats_itself_neither_soon_nor_shifted():
    assert len(set(taken("part"))) == COUNT


def test_the_same_seed_gives_the_same_noise():
    assert taken("part", 100) == taken("part", 100)
