"""The event text and its hash, and the compact series of the plant's truth."""

from hashlib import sha256

import pytest

from emulator.plant import Plant
from emulator.trace import PlantSeries, Trace
from tests.emulator.plant.conftest import SECOND, Driven


def test_the_hash_is_that_of_the_lines():
    trace = Trace()
    trace.add(5, "power", "on")
    trace.add(7, "fault", "motor.stall on")
    assert trace.lines == ["5 power on", "7 fault motor.stall on"]
    assert trace.sha256() == sha256(b"5 power on\n7 fault motor.stall on\n").hexdigest()


def test_another_order_is_another_hash():
    one, other = Trace(), Trace()
    for trace, order in ((one, "ab"), (other, "ba")):
        for word in order:
            trace.add(1, "x", word)
    assert one.sha256() != other.sha256()


def test_one_row_per_burst():
    driven = Driven()
    series = PlantSeries(driven.plant)
    driven.strokes(10)
    assert len(series) == 11
    assert series.t_ns[1] == 15 * 625_000
    assert series.delivered_nl[-1] == pytest.approx(driven.plant.displaced_nl)
    assert series.peak_kpa[-1] - series.before_kpa[-1] > 1.3
    assert list(series.rotor_rev[1:3]) == [0.005, 0.01]


def test_delivered_at_a_moment_is_exact_to_the_burst():
    driven = Driven()
    series = PlantSeries(driven.plant)
    volumes = []
    for _ in range(20):
        volumes.append((driven.plant.now_ns, driven.plant.displaced_nl))
        driven.stroke()
    for t_ns, nl in volumes:
        assert series.at(series.delivered_nl, driven.plant.displaced_nl, t_ns) == nl


def test_the_time_between_the_last_burst_and_now_counts():
    plant = Plant()
    series = PlantSeries(plant)
    plant.advance(SECOND)
    assert series.at(series.reservoir_nl, plant.reservoir.volume_nl, SECOND) == 18_000_000.0


@pytest.mark.parametrize("max_points", [64, 63, 10], ids=["even", "odd", "few"])
def test_thinning_keeps_the_volume_the_order_and_the_peaks(max_points):
    driven = Driven()
    series = PlantSeries(driven.plant, max_points)
    full = PlantSeries(driven.plant)
    for i in range(1_000):
        if i == 500:
            driven.plant.line.close("occlusion", 0.0)
        if i == 505:
            driven.plant.line.open("occlusion")
        driven.stroke()
    assert len(series) < max_points < len(full)
    assert list(series.t_ns) == sorted(series.t_ns)
    assert max(series.peak_kpa) == max(full.peak_kpa) > 8.0
    now_nl = driven.plant.displaced_nl
    most_nl = 345 * (series.stride + 1)
    for t_ns in range(0, driven.plant.now_ns, 7 * SECOND):
        thinned = series.at(series.delivered_nl, now_nl, t_ns)
        exact = full.at(full.delivered_nl, now_nl, t_ns)
        assert thinned == pytest.approx(exact, abs=most_nl)


def test_a_series_too_short_to_thin_is_refused():
    with pytest.raises(ValueError, match="thinned"):
        PlantSeries(Plant(), max_points=1)
