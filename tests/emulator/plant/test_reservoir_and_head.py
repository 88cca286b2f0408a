"""What is left, what the head makes of a turn, and what the catheter does to a new drug."""

import pytest

from emulator.plant import PlantConfig, Port, RefillSite
from tests.emulator.plant.conftest import SECOND


def test_running_dry_ends_delivery_and_pulses_but_not_the_rotor(make_driven):
    driven = make_driven(PlantConfig(fill_nl=1_000.0))
    driven.strokes(10)
    assert driven.plant.displaced_nl == 1_000.0
    assert driven.plant.reservoir.volume_nl == 0.0
    assert driven.plant.motor.position_millisteps == 160_000
    seen = []
    driven.plant.on_burst(lambda t_ns, before, peak: seen.append(peak - before))
    driven.stroke()
    assert seen == [pytest.approx(0.0, abs=1e-6)]


def test_a_dry_reservoir_that_is_refilled_delivers_again(make_driven):
    driven = make_driven(PlantConfig(fill_nl=0.0))
    driven.stroke()
    assert driven.plant.displaced_nl == 0.0
    driven.plant.reservoir.fill(1_000_000.0)
    driven.stroke()
    assert driven.plant.displaced_nl > 250


def test_a_fill_mixes_with_what_is_left():
    driven_site = _site(PlantConfig(fill_nl=2_000_000.0, concentration_ug_per_ml=500.0))
    plant, site = driven_site
    assert site.fill(6_000_000.0, 2_000.0) == 6_000_000.0
    assert plant.reservoir.concentration_ug_per_ml == pytest.approx(1_625.0)


def test_no_more_goes_in_than_fits():
    plant, site = _site(PlantConfig(fill_nl=15_000_000.0))
    assert site.fill(18_000_000.0) == 5_000_000.0
    assert plant.reservoir.volume_nl == plant.reservoir.capacity_nl


@pytest.mark.parametrize(
    ("port", "pocketed_nl", "injected_nl"),
    [(Port.POCKET, 1_000_000.0, 0.0), (Port.CATHETER, 0.0, 1_000_000.0)],
    ids=["beside the pump", "into the catheter access"],
)
def test_a_needle_elsewhere_fills_no_reservoir(port, pocketed_nl, injected_nl):
    plant, site = _site(PlantConfig(fill_nl=1_000_000.0))
    assert site.fill(1_000_000.0, 500.0, port) == 0.0
    assert plant.reservoir.volume_nl == 1_000_000.0
    assert (site.pocketed_nl, plant.injected_nl) == (pocketed_nl, injected_nl)
    assert plant.patient.received_ug == pytest.approx(injected_nl * 500e-6)


def test_tube_wear_takes_its_share_per_thousand_revolutions(make_driven):
    driven = make_driven(PlantConfig.ideal(capacity_nl=1e9, fill_nl=1e9))
    driven.plant.head.wear("tube", 0.10)
    driven.strokes(1_000, microsteps=3_200, wait_ns=0)
    # The mean of a loss that grows from 0 to 10 % is 5 %.
    assert driven.plant.displaced_nl == pytest.approx(60e6 * 0.95, rel=1e-3)
    assert driven.plant.head.worn_nl == pytest.approx(60e6 * 0.05, rel=0.02)
    driven.plant.head.change_tube("tube")
    before = driven.plant.displaced_nl
    driven.strokes(1, microsteps=3_200)
    assert driven.plant.displaced_nl - before == pytest.approx(60_000.0)


def test_back_leak_stays_in_the_reservoir(driven):
    driven.plant.head.kept.put("rollers", 0.3)
    driven.strokes(200)
    assert driven.plant.displaced_nl == pytest.approx(42_000.0)
    assert driven.plant.head.leaked_back_nl == pytest.approx(18_000.0)
    assert driven.plant.config.fill_nl - driven.plant.reservoir.volume_nl == pytest.approx(42_000.0)


def test_a_new_drug_arrives_early_and_thins_out_late(driven):
    """Published priming incidents: plug flow is wrong (emulator/FIDELITY.md, source 9)."""
    catheter, reservoir = driven.plant.catheter, driven.plant.reservoir
    old = reservoir.concentration_ug_per_ml
    reservoir.withdraw()
    reservoir.fill(10_000_000.0, 4 * old)
    dead_nl = driven.plant.config.dead_volume_nl

    def share_of_new():
        return (catheter.tip_ug_per_ml - old) / (3 * old)

    while driven.plant.in_csf_nl < 0.9 * dead_nl:
        driven.stroke(wait_ns=SECOND)
    assert share_of_new() > 0.02
    while driven.plant.in_csf_nl < 1.1 * dead_nl:
        driven.stroke(wait_ns=SECOND)
    assert 0.5 < share_of_new() < 0.999


def _site(config):
    from emulator.plant import Plant

    plant = Plant(config)
    return plant, RefillSite(plant)
