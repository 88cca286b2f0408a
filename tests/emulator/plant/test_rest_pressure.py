"""The patient's pressure over time, and what the line makes of it."""

import pytest

from emulator.plant import Plant, PlantConfig
from emulator.plant.config import viscosity_mpa_s
from tests.emulator.plant.conftest import SECOND

HALF_NS = 3_600 * SECOND


def still(**config):
    return PlantConfig.ideal(**config)


def test_posture_changes_the_level_at_each_half_of_its_period():
    plant = Plant(still(posture_kpa=8.0))
    seen = []
    for half in range(4):
        plant.advance(half * HALF_NS + SECOND)
        seen.append(plant.line.pressure_kpa)
    assert seen == pytest.approx([1.3, 9.3, 1.3, 9.3])


def test_an_open_line_gives_way_and_a_closed_one_keeps_its_pressure(driven):
    line = driven.plant.line
    line.rest.posture("patient", 8.0, 7_200.0, 0)
    driven.plant.advance(SECOND)
    assert line.pressure_kpa == pytest.approx(9.3)
    assert driven.plant.in_csf_nl == pytest.approx(-8.0 * line.compliance_nl_per_kpa)
    line.close("occlusion", 0.0)
    driven.plant.advance(HALF_NS + SECOND)  # the patient lies down
    assert line.patient_kpa == pytest.approx(1.3)
    assert line.pressure_kpa == pytest.approx(9.3)
    assert driven.unaccounted_nl() == pytest.approx(0.0, abs=1e-6)


def test_asking_often_changes_nothing_about_a_moving_patient():
    once, often = Plant(PlantConfig()), Plant(PlantConfig())
    for second in range(0, 4 * 3_600, 37):
        often.advance(second * SECOND)
    for plant in (once, often):
        plant.advance(4 * 3_600 * SECOND)
    assert often.line.pressure_kpa == pytest.approx(once.line.pressure_kpa, rel=1e-12)
    assert often.in_csf_nl == pytest.approx(once.in_csf_nl, abs=1e-6)


def test_a_cough_comes_once_in_each_period_and_lasts_a_second():
    line = Plant(still(cough_kpa=6.0, cough_period_s=300.0)).line
    heights = [line.swing_kpa(tenth * SECOND // 10) for tenth in range(10 * 3_000)]
    assert 5.0 < max(heights) <= 6.0
    assert sum(height > 0.0 for height in heights) == pytest.approx(10 * 10, abs=10)


def test_a_closed_line_lets_no_breath_through():
    line = Plant(PlantConfig()).line
    line.close("occlusion", 0.0)
    assert [line.swing_kpa(second * SECOND) for second in range(60)] == [0.0] * 60


def test_air_gives_way_by_ten_nanolitres_for_each_kilopascal_and_microlitre(driven):
    line = driven.plant.line
    driven.stroke(wait_ns=0)
    held_nl = line.trapped_nl
    line.air.put("bubble", 20_000.0)
    assert line.compliance_nl_per_kpa == pytest.approx(190.0 + 197.4, abs=0.1)
    assert line.trapped_nl == pytest.approx(held_nl)


def test_a_dry_reservoir_fills_the_line_with_gas_until_the_dead_volume_has_gone_after_it(make_driven):
    driven = make_driven(PlantConfig.ideal(fill_nl=3_000.0))
    driven.strokes(110)
    assert driven.plant.reservoir.is_dry
    assert driven.plant.line.air.value == pytest.approx(100 * 300.0, rel=0.1)
    driven.plant.reservoir.fill(1_000_000.0)
    driven.strokes(600)
    assert driven.plant.line.air.value > 0.0
    driven.strokes(100)
    assert driven.plant.line.air.value == 0.0


def test_one_bore_gives_dead_volume_and_resistance():
    config = PlantConfig.ideal()
    assert config.dead_volume_nl == pytest.approx(200_000.0, rel=0.001)
    assert config.resistance_kpa_s_per_nl / 3.6 == pytest.approx(0.56e-4, rel=0.01)  # kPa.h/uL
    half = config.with_dead_volume(100_000.0)
    assert half.dead_volume_nl == pytest.approx(100_000.0)
    assert half.resistance_kpa_s_per_nl == pytest.approx(4 * config.resistance_kpa_s_per_nl, rel=0.001)


@pytest.mark.parametrize(("temperature_c", "mpa_s"), [(37.0, 0.697), (10.0, 1.31), (-5.0, 1.79), (90.0, 0.467)])
def test_a_cold_catheter_resists_more(temperature_c, mpa_s):
    assert viscosity_mpa_s(temperature_c) == pytest.approx(mpa_s, abs=0.001)
