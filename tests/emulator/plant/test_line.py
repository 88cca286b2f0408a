"""Pressure and flow against the closed form and against a brute-force integration."""

from math import exp

import pytest

from emulator.plant import PlantConfig
from emulator.plant.line import Line
from tests.emulator.plant.conftest import PERIOD_NS, SECOND

STEADY = PlantConfig.ideal(compliance_nl_per_kpa=50.0)
NL_PER_KPA = 50.0
TAU_S = STEADY.resistance_kpa_s_per_nl * NL_PER_KPA  # 10 ms: a burst lasts as long


@pytest.fixture
def driven(make_driven):
    """A stiff line."""
    return make_driven(STEADY)


def test_a_stroke_is_a_pulse_of_about_four_kpa_that_decays_with_tau(driven):
    train = driven.begin(16)
    driven.plant.advance(train.start_ns + 15 * PERIOD_NS)
    peak = driven.plant.line.excess_kpa
    assert 3.5 < peak < 4.5
    later_ns = round(TAU_S * SECOND)
    driven.plant.advance(driven.plant.now_ns + later_ns)
    assert driven.plant.line.excess_kpa == pytest.approx(peak * exp(-later_ns / SECOND / TAU_S), rel=1e-9)


def test_a_row_of_edges_equals_edges_one_by_one():
    row, single = Line(STEADY), Line(STEADY)
    out_row = row.pulses(1_000, PERIOD_NS, 40, 18.75)
    out_single = sum(single.pulses(1_000 + i * PERIOD_NS, PERIOD_NS, 1, 18.75) for i in range(40))
    assert row.excess_kpa == pytest.approx(single.excess_kpa, rel=1e-12)
    assert out_row == pytest.approx(out_single, rel=1e-9)


def test_onset_agrees_with_small_steps_of_euler():
    line = Line(STEADY)
    line.pulses(0, PERIOD_NS, 1, 1_000.0)
    line.close("occlusion", 0.05)
    excess, dt = line.excess_kpa, 2e-7
    for i in range(500_000):
        rate = exp(-(i + 0.5) * dt / 0.05) / TAU_S
        excess -= excess * rate * dt
    line.flow(100_000_000)
    assert line.excess_kpa == pytest.approx(excess, rel=1e-4)


def test_a_closed_line_gains_six_kpa_a_stroke_and_lets_nothing_through(driven):
    driven.strokes(1)
    driven.plant.line.close("occlusion", 0.0)
    before_nl, before_kpa = driven.plant.in_csf_nl, driven.plant.line.pressure_kpa
    driven.strokes(10)
    assert driven.plant.in_csf_nl == before_nl
    gained_kpa = driven.plant.line.pressure_kpa - before_kpa
    assert gained_kpa / 10 == pytest.approx(6.0, rel=0.16)
    assert driven.plant.line.trapped_nl == pytest.approx(gained_kpa * NL_PER_KPA, abs=0.01)


def test_release_delivers_the_trapped_volume_at_once(driven):
    driven.plant.line.close("occlusion", 0.0)
    driven.strokes(10)
    trapped_nl = driven.plant.line.trapped_nl
    assert trapped_nl > 2_500
    driven.plant.line.open("occlusion")
    driven.plant.advance(driven.plant.now_ns + SECOND // 2)
    assert driven.plant.in_csf_nl == pytest.approx(trapped_nl, rel=1e-3)
    assert driven.plant.line.trapped_nl == pytest.approx(0.0, abs=1.0)


def test_slow_onset_lets_the_first_strokes_through(driven):
    driven.plant.line.close("occlusion", 20.0)
    driven.strokes(5)
    assert driven.plant.line.trapped_nl < 100
    driven.strokes(300)
    assert driven.plant.line.openness < 1e-5
    assert driven.plant.line.trapped_nl > 10_000


def test_a_kink_slows_the_decay_by_its_factor(driven):
    driven.plant.line.conductance.put("kink", 0.01)
    driven.stroke(wait_ns=0)
    peak = driven.plant.line.excess_kpa
    driven.plant.advance(driven.plant.now_ns + round(TAU_S * 100 * SECOND))
    assert driven.plant.line.excess_kpa == pytest.approx(peak / exp(1), rel=1e-9)


def test_a_leak_takes_its_share_of_the_flow(driven):
    driven.plant.line.reaching.put("leak", 0.25)
    driven.strokes(200)
    assert driven.plant.leaked_nl == pytest.approx(15_000, rel=1e-6)
    assert driven.plant.in_csf_nl == pytest.approx(45_000, rel=1e-6)


def test_turning_back_draws_csf_into_the_line(driven):
    driven.plant.motor.set_forward(False)
    driven.stroke(64)  # some of them pass before the field has gone past the rotor's friction
    assert driven.plant.displaced_nl < -200
    assert driven.plant.in_csf_nl == pytest.approx(driven.plant.displaced_nl, rel=1e-3)
