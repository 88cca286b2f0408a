"""The last bound (THR-22): firmwares whose planning runs away, judged by the motor and the log."""

from __future__ import annotations

import pytest

from hil.targets import firmware_source
from tests.pump import pump_rig
from tests.pump.prescribing import HOUR_S

RATE_NL_PER_H = 20_000
MARGIN_NL = 10_000 + RATE_NL_PER_H // 60
FREE_NL = 1_000  # what pulsation and one stroke may add to a bound

DEMAND_NEVER_FALLS = ("firmware/core/dosing.py", "        self.due_pl -= volume_pl", "        self.due_pl -= 0")
PROBES_WITHOUT_PAUSE = (
    "firmware/core/stall_probe.py",
    "return self.is_stalled and run_s >= self.next_s",
    "return self.is_stalled",
)
MOVES_IN_ANY_MODE = (
    "firmware/services/delivery/mode_control.py",
    "may_move = delivery.may_move(mode) and governing < ids.SUSPEND",
    "may_move = True",
)


@pytest.fixture
def broken_pump(pump):
    """A pump whose firmware has one line edited."""
    edits = []

    def make(edit, *arguments, **options):
        path, old, new = edit
        text = firmware_source.source(path)
        assert text.count(old) == 1
        edits.append(firmware_source.edited({path: text.replace(old, new)}))
        edits[-1].__enter__()
        pump_rig._flash_image.cache_clear()
        return pump(*arguments, **options)

    yield make
    for edit in edits:
        edit.__exit__(None, None, None)
    pump_rig._flash_image.cache_clear()


def has_fired(rig):
    return any(event.text.startswith("SELF_TEST GUARD") for event in rig.client.log())


@pytest.mark.requirement("THR-22")
def test_a_demand_that_never_falls_is_stopped_at_the_margin(broken_pump):
    rig = broken_pump(DEMAND_NEVER_FALLS, RATE_NL_PER_H)
    rig.run_for(HOUR_S)
    assert rig.status.mode == "FAULT" and "SYSTEM_FAULT" in rig.active()
    assert has_fired(rig)
    assert 0 < rig.truth.delivered_nl <= MARGIN_NL + RATE_NL_PER_H // 30 + FREE_NL
    rig.cycle_power(10)
    rig.run_for(HOUR_S)
    assert rig.truth.delivered_nl <= MARGIN_NL + RATE_NL_PER_H // 30 + FREE_NL


@pytest.mark.requirement("THR-22", "DET-02")
def test_probes_without_a_pause_are_stopped_after_the_first(broken_pump):
    rig = broken_pump(PROBES_WITHOUT_PAUSE, RATE_NL_PER_H)
    rig.run_for(600)
    rig.inject("motor.stall", duration=300.0)
    rig.run_for(150)
    rig.inject("sensor.rotor_dead")
    since_s = rig.now_s
    rig.run_for(HOUR_S / 2)
    assert has_fired(rig)
    assert rig.delivered_nl(since_s) <= FREE_NL


@pytest.mark.requirement("THR-22", "THR-01")
def test_a_motor_that_may_move_in_standby_does_not(broken_pump):
    rig = broken_pump(MOVES_IN_ANY_MODE, RATE_NL_PER_H, is_started=False)
    rig.run_for(HOUR_S)
    assert has_fired(rig)
    assert rig.truth.delivered_nl == 0.0
