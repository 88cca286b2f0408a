"""What the rollers make of a revolution: swing, gap, reversal, a bad one of three; the volume stays."""

from itertools import pairwise

import pytest

from emulator.plant import PlantConfig
from emulator.plant.head import Rollers
from tests.emulator.plant.conftest import SECOND

STROKES_PER_ROLLER = 200 / 3


def strokes_nl(make_driven, **config):
    driven = make_driven(PlantConfig.ideal(**config))
    volumes = [0.0]
    for _ in range(200):
        driven.stroke()
        volumes.append(driven.plant.displaced_nl)
    return [after - before for before, after in pairwise(volumes)]


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"pulsation": 1.0},
        {"pulsation": 1.5},
        {"roller_dip": 0.15},
        {"roller_dip": 0.1, "roller_reversal": 1.0},
        {"bad_roller": 0.5, "roller_dip": 0.05, "pulsation": 0.6},
    ],
    ids=str,
)
def test_a_revolution_displaces_its_volume_whatever_the_rollers_are_like(make_driven, shape):
    assert sum(strokes_nl(make_driven, **shape)) == pytest.approx(60_000.0, rel=1e-6)


def test_flow_stops_where_a_roller_leaves(make_driven):
    strokes = strokes_nl(make_driven, roller_dip=0.15)
    assert sum(abs(volume) < 1.0 for volume in strokes) == pytest.approx(3 * 0.15 * STROKES_PER_ROLLER, abs=4)


@pytest.mark.parametrize(
    "shape", [{"roller_dip": 0.1, "roller_reversal": 0.5}, {"pulsation": 1.5}], ids=["in the gap", "by pulsation"]
)
def test_flow_turns_back_and_the_line_draws_in(make_driven, shape):
    assert min(strokes_nl(make_driven, **shape)) < -100.0


def test_one_bad_roller_of_three_gives_less_and_the_others_more():
    rollers = Rollers(PlantConfig.ideal(bad_roller=0.5))
    shares = [rollers.share_at(turn / 3) for turn in range(4)]
    assert [after - before for before, after in pairwise(shares)] == pytest.approx([0.2, 0.4, 0.4])


@pytest.mark.parametrize("kpa", [13.3, 40.0])
def test_back_pressure_lets_a_part_of_each_stroke_slip_back(make_driven, kpa):
    """CADD-Solis manual p. 75: -17 to -7 % at 300 mmHg, -10 to +5 % at 100 mmHg."""
    driven = make_driven(PlantConfig.ideal(back_pressure_per_kpa=0.003, patient_kpa=kpa))
    driven.strokes(200)
    lost = 1.0 - driven.plant.displaced_nl / 60_000.0
    assert lost == pytest.approx(0.003 * (kpa - 1.3), rel=0.01)


@pytest.mark.parametrize(("hours", "gain"), [(47, 0.0), (49, 0.15)])
def test_a_tube_that_stood_for_two_days_gives_more(make_driven, hours, gain):
    driven = make_driven(PlantConfig.ideal())
    driven.plant.head.gain_by_standing("fault", 0.15)
    driven.strokes(200)
    driven.plant.advance(driven.plant.now_ns + hours * 3600 * SECOND)
    before_nl = driven.plant.displaced_nl
    driven.strokes(200)
    assert driven.plant.displaced_nl - before_nl == pytest.approx(60_000.0 * (1.0 + gain), rel=1e-6)
    assert (driven.plant.head.over_infused_nl > 0.0) == (gain > 0.0)
