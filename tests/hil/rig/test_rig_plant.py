"""The rig's motor and line against those of the emulated bench: simpler, and never different in sign."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from emulator.mcu import load_modules
from emulator.nets import PulseTrain
from emulator.plant import Plant
from emulator.plant.config import PlantConfig
from emulator.plant.line import Line as PlantLine

REPOSITORY = Path(__file__).resolve().parents[3]
PERIOD_NS = 625_000
LOOSE_MILLISTEPS = 100  # the load of the line moves the plant's equilibrium a little, not the rig's


@pytest.fixture(scope="module")
def rig():
    return load_modules(REPOSITORY, "hil.rig.motor", "hil.rig.line", "hil.rig.fluid", "hil.rig.noise", guard=False)


class BothMotors:
    """The same lines to both."""

    def __init__(self, rig, phase_microsteps: float) -> None:
        # No load on the rotor: the line is wide open and the patient at zero.
        config = PlantConfig.ideal(patient_kpa=0.0, bore_mm=3.0, rotor_phase_microsteps=phase_microsteps)
        self.plant = Plant(config)
        self.plant.set_powered(False, 0)
        self.plant.set_enabled(False, 0)
        self.motor = rig.motor.Motor()
        self.motor.mount(round(phase_microsteps * 1_000))
        self._position = 0
        self._now_ns = 0

    def power(self, is_on: bool) -> None:
        self._later()
        self.plant.set_powered(is_on, self._now_ns)
        self.motor.set_powered(is_on)

    def enable(self, is_on: bool) -> None:
        self._later()
        self.plant.set_enabled(is_on, self._now_ns)
        self.motor.set_enabled(is_on)

    def hold(self, is_held: bool) -> None:
        self._later()
        held = self.plant.motor.held
        held.put(self, 1.0) if is_held else held.drop(self)
        self.plant.settle_rotor(self._now_ns)
        self.motor.is_held = is_held
        self.motor.settle()

    def step(self, edges: int) -> None:
        self._later()
        self.plant.set_forward(edges > 0, self._now_ns)
        count = abs(edges)
        if count:
            self.plant.begin_train(PulseTrain(self._now_ns, count, PERIOD_NS // 2, PERIOD_NS))
            self.motor.step(edges) if self.motor.has_current else self.motor.count(edges)
            self._now_ns += count * PERIOD_NS
        self._later()

    def positions(self) -> tuple[int, int]:
        self._later()
        self._position += self.motor.moved
        self.motor.moved = 0
        return self._position, self.plant.motor.position_millisteps

    def _later(self) -> None:
        self._now_ns += 5_000_000
        self.plant.advance(self._now_ns)


@pytest.mark.parametrize("seed", range(12))
def test_the_rigs_rotor_goes_where_the_plants_rotor_goes(rig, seed):
    """Power, current, strokes, steps without current, stalls: in any order, both rotors end at the same place."""
    chance = Random(seed)
    both = BothMotors(rig, chance.uniform(-32, 31))
    acts = {
        "power": lambda: both.power(chance.random() < 0.8),
        "enable": lambda: both.enable(chance.random() < 0.7),
        "stroke": lambda: both.step(chance.choice((16, 16, 16, 64, 266))),
        "back": lambda: both.step(-chance.randrange(1, 40)),
        "hold": lambda: both.hold(chance.random() < 0.4),
    }
    both.power(True)
    both.enable(True)
    for number in range(60):
        word = chance.choice(list(acts))
        acts[word]()
        ours, theirs = both.positions()
        assert ours == pytest.approx(theirs, abs=LOOSE_MILLISTEPS), f"after {number} acts, the last one {word}"


def test_edges_without_current_move_the_indexer_and_the_rotor_follows_when_current_comes(rig):
    motor = rig.motor.Motor()
    motor.set_powered(True)
    motor.count(10)
    assert motor.moved == 0
    motor.set_enabled(True)
    assert motor.moved == 10_000
    motor.set_enabled(False)
    motor.count(40)
    motor.set_enabled(True)
    assert motor.moved == 10_000 + 40_000 - 64_000 + 2 * 8_104, "the nearer way is back; friction holds on both sides"


def test_a_stalled_rotor_misses_its_edges_and_may_fall_back_when_it_is_free(rig):
    motor = rig.motor.Motor()
    motor.set_powered(True)
    motor.set_enabled(True)
    motor.is_held = True
    motor.step(40)
    assert (motor.moved, motor.missed) == (0, 40_000)
    motor.is_held = False
    motor.settle()
    assert motor.moved < 0


@pytest.mark.parametrize(("resistance", "span_us"), [(1.0, 2_000), (1.0, 5_000), (20.0, 50_000), (1_000.0, 500_000)])
def test_the_rigs_line_lets_out_what_the_plants_line_does(rig, resistance, span_us):
    plant, ours = PlantLine(PlantConfig.ideal(patient_kpa=1.3)), rig.line.Line()
    plant.conductance.put("kink", 1.0 / resistance)
    ours.let_through("kink", 1_000, round(resistance * 1_000))
    out_nl = out_pl = 0.0
    for stroke in range(60):
        if stroke % 6 == 0:
            out_nl += plant.pulses(plant.now_ns, 1, 1, 300.0)
            ours.trapped_pl += 300_000
        out_nl += plant.flow(plant.now_ns + span_us * 1_000)
        out_pl += ours.flow(span_us)
    assert out_pl / 1_000 == pytest.approx(out_nl, rel=0.05)
    assert ours.pressure_pa == pytest.approx(plant.pressure_kpa * 1_000, rel=0.05, abs=40)


def test_a_closed_line_holds_what_it_is_given(rig):
    line = rig.line.Line()
    line.let_through("occlusion", 0, 1_000_000)
    line.trapped_pl = 19_000_000
    assert line.flow(60_000_000) == 0
    assert line.pressure_pa == 1_300 + 100_000


def test_an_empty_reservoir_gives_no_more_though_the_rotor_turns(rig):
    fluid = rig.fluid.Fluid(rig.motor.Motor())
    fluid.reservoir_pl = 450_000
    for _ in range(3):
        fluid.advance(5_000, 0, 0, 0, 0)
        fluid.advance(10_000, 16_000, 0, 16, 0)
    assert (fluid.displaced_pl, fluid.reservoir_pl, fluid.position) == (450_000, 0, 48_000)


def test_volume_is_conserved_and_lost_by_the_share_of_a_leak(rig):
    fluid = rig.fluid.Fluid(rig.motor.Motor())
    fluid.back_pressure_ppm_per_kpa = 0
    fluid.lose("leak", 250_000)
    for _ in range(40):
        fluid.advance(5_000, 0, 0, 0, 0)
        fluid.advance(10_000, 16_000, 0, 16, 0)
    fluid.advance(3_000_000, 0, 0, 0, 0)
    assert fluid.in_csf_pl + fluid.leaked_pl + fluid.line.trapped_pl == fluid.displaced_pl == 12_000_000
    assert fluid.leaked_pl == pytest.approx(3_000_000, rel=1e-3)


def test_the_noise_has_the_spread_that_is_asked_for(rig):
    noise = rig.noise.Noise(5)
    values = [noise.deviate(200) for _ in range(4_000)]
    mean = sum(values) / len(values)
    assert abs(mean) < 12
    assert (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5 == pytest.approx(200, rel=0.05)
