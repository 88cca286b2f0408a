"""Voltages, contacts, sounds and lights."""

from statistics import fmean, pstdev

import pytest

from emulator.bench import SCENARIO_KEYS, BenchConfig
from emulator.plant import PlantConfig

MS = 1_000_000
QUIET = BenchConfig.ideal()


@pytest.mark.parametrize(
    ("excess_kpa", "millivolts"),
    [(-1.3, 200), (58.7, 1_010), (198.7, 2_900), (300.0, 3_300), (-30.0, 0)],
    ids=["0 kPa", "60 kPa", "200 kPa", "far above: the rail", "far below: ground"],
)
def test_pressure_in_millivolts(make_wired, excess_kpa, millivolts):
    wired = make_wired(QUIET)
    wired.plant.line.excess_kpa = excess_kpa
    assert wired.nets.analog("PRESSURE").read_mv(0) == millivolts


def test_pressure_noise_is_at_its_level(make_wired):
    wired = make_wired(BenchConfig.ideal(pressure_noise_kpa=2.0))
    read = [wired.nets.analog("PRESSURE").read_mv(0) for _ in range(2_000)]
    assert fmean(read) == pytest.approx(200 + 1.3 * 13.5, abs=3)
    assert pstdev(read) == pytest.approx(27, rel=0.1)


def test_supply_is_halved(make_wired):
    wired = make_wired(QUIET)
    assert wired.nets.analog("SUPPLY").read_mv(0) == 1_850
    wired.plant.supply.pull_down("fault", 3_100.0)
    assert wired.nets.analog("SUPPLY").read_mv(0) == 1_550


def test_a_button_is_low_while_pressed(wired):
    net = wired.nets.digital("PATIENT_BUTTON")
    edges = []
    net.on_edge(lambda _net, level, t_ns: edges.append((t_ns, level)))
    assert net.level == 1
    wired.wait(MS)
    wired.bench.patient_button.press_for(200 * MS)
    wired.wait()
    assert edges == [(MS, 0), (201 * MS, 1)]


def test_a_bouncing_button_comes_to_rest(wired):
    button = wired.bench.patient_button
    edges = []
    wired.nets.digital("PATIENT_BUTTON").on_edge(lambda _net, level, t_ns: edges.append((t_ns, level)))
    button.bounces = 4
    button.press()
    wired.wait(100 * MS)
    assert button.is_closed
    assert len(edges) == 9
    assert edges[-1][0] < 8 * MS
    button.release()
    wired.wait(100 * MS)
    assert not button.is_closed


def test_a_button_released_while_it_bounces_ends_released(wired):
    button = wired.bench.patient_button
    button.bounces = 20
    button.press()
    wired.wait(MS)
    button.release()
    wired.wait()
    assert not button.is_closed


def test_the_buzzer_is_heard_as_pitch_and_silence(wired):
    net = wired.nets.digital("BUZZER")
    net.tone(440, 32_768, 10)
    net.tone(440, 0, 20)
    net.tone(880, 32_768, 30)
    assert wired.bench.buzzer.heard.between(0, 100) == [(10, 440), (20, 0), (30, 880)]
    assert wired.bench.buzzer.heard.between(15, 30) == [(20, 0)]
    assert wired.bench.buzzer.is_sounding


def test_a_lamp_shows_its_level(wired):
    wired.drive("ALARM_LAMP", 1)
    wired.wait(MS)
    wired.drive("ALARM_LAMP", 0)
    assert wired.bench.alarm_lamp.seen.between(0, 2 * MS) == [(0, 1), (MS, 0)]
    assert not wired.bench.alarm_lamp.is_lit
    assert len(wired.bench.ready_lamp.seen) == 0


def test_clocks_free_a_held_bus(wired):
    hold, sda = wired.bench.bus_hold, wired.nets.digital("I2C0_SDA")
    hold.hold(9, wired.now_ns)
    assert sda.level == 0
    for _ in range(8):
        wired.drive("I2C0_SCL", 0)
        wired.drive("I2C0_SCL", 1)
    assert sda.level == 0
    wired.drive("I2C0_SCL", 0)
    assert sda.level == 1
    assert hold.clocks_seen == 9


@pytest.mark.parametrize("key", SCENARIO_KEYS)
def test_each_scenario_key_changes_the_bench(key):
    reference = BenchConfig()
    part, name, _ = SCENARIO_KEYS[key]
    value = 30.0 if key.endswith("_period") else 0.5
    changed = reference.with_key(key, value)
    holder = changed if part == "bench" else changed.plant
    assert getattr(holder, name) == pytest.approx(value)
    assert changed != reference


def test_a_smaller_reservoir_is_full_at_most():
    assert BenchConfig(plant=PlantConfig(fill_nl=18e6)).with_key("reservoir", 10e6).plant.fill_nl == 10e6
