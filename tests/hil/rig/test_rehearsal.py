"""Pump and rig in one `sim` world: the rig's plant against the emulated one, and what a bench needs of it."""

from __future__ import annotations

import pytest

from hil.errors import BenchBroken
from protocols import rig as table
from tests.hil.rig.rehearsed import STROKE_NL, Rehearsed


@pytest.fixture
def bench():
    with Rehearsed() as rehearsed:
        yield rehearsed


def test_the_rig_delivers_what_the_plant_delivers_and_the_pump_is_content(bench):
    bench.deliver(1_000_000)
    bench.run_for(120)
    assert bench.raised() == []
    assert bench.rigs_delivered_nl() > 100 * STROKE_NL
    assert bench.rigs_delivered_nl() == pytest.approx(bench.plants_delivered_nl(), abs=STROKE_NL)
    rows = bench.rig.truth()
    assert len(rows.t_ns) > 50, "a row of each stroke"
    assert max(rows.line_pressure_kpa) > 2.0, "pressure pulses of strokes"


def test_a_stall_on_the_rig_is_found_and_delivery_goes_on_after_a_start(bench):
    bench.deliver(1_000_000)
    bench.run_for(20)
    stall = bench.rig.inject("motor.stall", {})
    bench.run_until_alarm("MOTOR_STALL", 120)
    assert stall.took_effect
    stall.clear()
    before_nl = bench.rigs_delivered_nl()
    bench.client.stop()
    bench.client.start()
    bench.run_for(60)
    assert bench.client.status().mode == "RUNNING"
    assert bench.rigs_delivered_nl() > before_nl + 10 * STROKE_NL


def test_an_occlusion_on_the_rig_raises_its_pressure_until_the_pump_stops(bench):
    bench.deliver(1_000_000)
    bench.rig.inject("catheter.occlusion", {"onset": 1.0})
    bench.run_until_alarm("CATHETER_OCCLUSION", 120)
    assert bench.rig.truth_now()["pressure_pa"] > 5_000
    assert any(bench.heard("BUZZER")), "and the rig hears it"
    assert any(bench.heard("ALARM_LAMP"))


def test_a_patient_bolus_is_asked_for_at_the_rigs_contacts(bench):
    bench.deliver(100_000, patient=(6_000, 60, 3_600, 6))
    bench.run_for(5)
    before_nl = bench.rigs_delivered_nl()
    bench.rig.press("patient", 300_000_000)
    bench.run_for(90)
    assert bench.rigs_delivered_nl() - before_nl == pytest.approx(6_000 + 2_500, abs=2 * STROKE_NL)


@pytest.mark.requirement("INT-04")
def test_power_is_the_rigs_to_take_and_the_clock_on_its_bus_outlives_the_pump(bench):
    bench.deliver(1_000_000)
    bench.run_for(10)
    before_s = bench.client.status().epoch_s
    bench.rig.off()
    bench.run_for(60)
    assert bench.rig.truth_now()["is_powered"] == 0
    bench.rig.on()
    bench.run_for(8)
    bench.client.hello()
    bench.run_for(10)
    status = bench.client.status()
    assert status.epoch_s - before_s == pytest.approx(78, abs=3)
    assert "POWER_LOST" in bench.raised() or status.mode == "RUNNING"
    assert bench.heard("POWER") == [1, 0, 1]
    assert bench.heard("READY")[-1] == 1, "GP18 repeats the ready lamp"


def test_a_host_that_is_gone_costs_the_pump_its_power_after_the_dead_mans_time(bench):
    bench.rig.setup(dead_man_s=7)
    bench.target.clock.every_ns = lambda: 1 << 62  # nobody polls
    bench.run_for(6)
    assert bench.target.world.mcu.is_powered
    bench.run_for(3)
    assert not bench.target.world.mcu.is_powered
    with pytest.raises(BenchBroken, match="heard no host for 7 s"):
        bench.rig.poll()


def test_a_pump_in_the_place_of_the_rig_is_named(bench):
    from hil.targets.rig_link import RigLink

    with pytest.raises(BenchBroken, match="are the ports of --target and --rig swapped"):
        RigLink(bench.target.serial, bench.target.clock).hello()


def test_a_fault_ends_by_itself_and_the_rig_says_when(bench):
    began_ns = bench.target.clock.now_ns
    injection = bench.rig.inject("supply.sag", {"voltage": 3_000.0, "duration": 4.0})
    assert injection.took_effect
    with pytest.raises(ValueError, match="one of a kind"):
        bench.rig.inject("supply.sag", {"voltage": 2_900.0})
    bench.run_for(6)
    assert injection.cleared_at_ns - began_ns == pytest.approx(4e9, abs=0.6e9)
    assert bench.client.status().supply_mv == pytest.approx(3_700, abs=40)


def test_every_fault_of_the_rig_can_begin_and_end_and_leaves_the_pump_alive(bench):
    from hil.words.bench import fault_catalogue

    bench.deliver(1_000_000)
    for _, name, _ in table.FAULTS:
        given = {word: 1.0 for word in ("by",) if word in fault_catalogue()[name].parameters}
        injection = bench.rig.inject(name, given)
        bench.run_for(0.2)
        injection.clear()
        assert injection.cleared_at_ns is not None, name
    bench.rig.restore()


def test_the_rig_shows_the_levels_of_its_lines_and_holds_an_output(bench):
    from hil.rig import pins

    def level(gpio: int) -> int:
        return bench.rig.link.ask(table.RIG_LINES)["levels"] >> gpio & 1

    assert (level(pins.READY), level(pins.EN), level(pins.PATIENT_BUTTON)) == (1, 1, 1)
    bench.rig.link.ask(table.RIG_HOLD_LINE, gpio=pins.PATIENT_BUTTON, level=0)
    assert bench.target.world.nets.digital("PATIENT_BUTTON").level == 0
    bench.rig.link.ask(table.RIG_HOLD_LINE, gpio=pins.PATIENT_BUTTON, level=-1)
    bench.rig.link.ask(table.RIG_HOLD_LINE, gpio=pins.PRESSURE_PWM, level=1_000)
    assert bench.target.world.nets.analog("PRESSURE").read_mv(0) == pytest.approx(1_000, abs=2)
    with pytest.raises(BenchBroken, match="OUT_OF_RANGE"):
        bench.rig.link.ask(table.RIG_HOLD_LINE, gpio=pins.STEP, level=1)
