"""The whole firmware for a day with every arithmetic result checked: small integers, no floats (INT-10)."""

from __future__ import annotations

from functools import partial

import pytest

from emulator.mcu import chip
from emulator.mcu.loader import ImageLoader
from emulator.world import World
from tests.pump.causes import CAUSES
from tests.pump.prescribing import prescribe


@pytest.mark.requirement("INT-10")
def test_a_day_of_therapy_stays_in_the_small_integers_of_the_board(pump, monkeypatch):
    """PumpRig fails at the first traceback: a result outside the range raises inside the firmware."""
    monkeypatch.setattr(chip, "ImageLoader", partial(ImageLoader, guard=True))
    # A few minutes at the highest rate are as many products of its size as are wanted.
    rates = [(0, 20_000), (480, 1_000_000), (486, 2_000), (720, 0), (780, 45_000), (960, 2_000)]
    rig = pump(rates, settings={"nl_per_rev": 61_003})
    prescribe(rig, patient=(8_000, 60, 1_800, 4), dose=(9_000_000, 86_400))
    rig.client.clinician_bolus(1_000_000, 1_800)
    for step in range(48):
        if step % 5 == 0:
            rig.bench.press("patient", 200_000_000)
        if step == 20:
            CAUSES["CLOCK_FAULT"].bring(rig)
        if step == 30:
            rig.cycle_power()
        assert rig.status.mode == "RUNNING"
        rig.run_for(1_800.0)
    assert rig.world.mcu.crash is None


@pytest.mark.requirement("INT-10")
def test_the_check_is_at_work(monkeypatch):
    """Twin: a product beyond 2^30 ends a program under the check."""
    monkeypatch.setattr(chip, "ImageLoader", partial(ImageLoader, guard=True))
    world = World(files={"/main.py": b"x = 40_000_000\nprint('before')\nx = x * 60\nprint('after')\n"})
    world.power_on()
    world.env.run(until=2_000_000_000)
    assert "OutsideSmallInt" in (world.mcu.crash or "")
    assert "before" in world.mcu.console and "after" not in world.mcu.console
    world.mcu.power_off()
