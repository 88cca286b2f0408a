"""The silence button at power-on: a therapy goes on, maintenance takes two acts and says so (LNK-05, INT-05)."""

from __future__ import annotations

import pytest

from hil.board.raw_repl import RawRepl
from hil.targets.hands import switch_on_for_maintenance
from tests.pump.pump_rig import PumpRig
from tests.pump.test_integrity_self_test import files_of

LAMP_S = 2.0  # for so long the pump waits for the second act


def has_prompt(rig: PumpRig) -> bool:
    with RawRepl(rig.target.serial, rig.clock) as repl:
        return repl.run("print(6 * 7)").strip() == "42"


def says_maintenance(rig: PumpRig) -> bool:
    """The lamp is lit and a tone sounds that no alarm has."""
    heard = rig.world.bench.buzzer.heard.between(0, rig.world.env.now + 1)
    return rig.world.bench.alarm_lamp.is_lit and heard[-1][1] == 220


def switched_off(pump, is_started: bool) -> PumpRig:
    rig = pump(is_started=is_started)
    rig.run_for(120.0)
    rig.target.power.off()
    rig.run_for(1.0)
    return rig


@pytest.mark.requirement("LNK-05", "INT-05")
@pytest.mark.parametrize("held_s", [0.5, 4.0, 30.0])
def test_a_therapy_that_ran_goes_on_whatever_the_silence_button_does(pump, held_s):
    rig = switched_off(pump, is_started=True)
    rig.bench.press("silence", round(held_s * 1e9))
    rig.target.power.on()
    rig.reconnect()
    rig.run_for(max(0.0, held_s - 8.0))
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("LNK-05", "INT-05")
def test_both_buttons_held_from_before_power_on_are_one_act_not_two(pump):
    """Something presses on the pump: it delivers, or tells that a button is held, and is in no maintenance."""
    rig = switched_off(pump, is_started=True)
    for button in ("silence", "patient"):
        rig.bench.press(button, 6_000_000_000)
    rig.target.power.on()
    rig.reconnect()
    assert rig.status.mode in ("RUNNING", "FAULT")
    assert not says_maintenance(rig)


@pytest.mark.requirement("LNK-05", "DET-11")
@pytest.mark.parametrize("is_started", [True, False])
def test_maintenance_takes_a_second_act_and_lamp_and_tone_say_so(pump, is_started):
    rig = switched_off(pump, is_started)
    switch_on_for_maintenance(rig.bench, rig.target.power, rig.clock)
    rig.clock.run_until(rig.clock.now_ns + 2_000_000_000)
    assert says_maintenance(rig)
    assert rig.level("EN") == 1
    assert has_prompt(rig)


@pytest.mark.requirement("LNK-05")
def test_where_no_therapy_ran_the_silence_button_alone_is_enough(pump):
    rig = switched_off(pump, is_started=False)
    rig.bench.press("silence", None)
    rig.target.power.on()
    rig.clock.run_until(rig.clock.now_ns + 12_000_000_000)
    assert says_maintenance(rig)
    assert has_prompt(rig)


@pytest.mark.requirement("LNK-05", "INT-01")
@pytest.mark.parametrize("is_held", [True, False], ids=["silence held", "nobody there"])
def test_a_pump_whose_application_cannot_start_gives_the_prompt(pump, is_held):
    rig = switched_off(pump, is_started=True)
    files = files_of(rig.world.flash)
    files.write_file("/firmware/core/limits.py", b"this is no Python\n")
    if is_held:
        rig.bench.press("silence", None)
    rig.target.power.on()
    rig.clock.run_until(rig.clock.now_ns + 8_000_000_000)
    assert rig.world.bench.alarm_lamp.is_lit
    assert rig.level("EN") == 1
    assert has_prompt(rig)
