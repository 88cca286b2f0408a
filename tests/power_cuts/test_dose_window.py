"""The dose window after a power cut at any flash operation: nothing that was given is forgotten (THR-13)."""

from __future__ import annotations

import random

import pytest

from tests.power_cuts.copies import PLACES, Outcome, in_a_copy
from tests.power_cuts.stories import BASAL_NL_PER_H
from tests.pump.pump_rig import PumpRig
from tests.pump.window_meter import WindowMeter

WINDOW_S = 10_800
LIMIT_NL = 3 * BASAL_NL_PER_H // 2  # basal alone would give twice that
_SLICE_S = 30.0
_OPERATIONS = 60  # of the flash, in the hours in which the power may go


def _cut_and_watch(rig: PumpRig, meter: WindowMeter, operation: int, place: tuple[str, float]) -> Outcome:
    """The power goes within the next hours, and comes back before what was given has left the window."""
    flash = rig.world.flash
    flash.cut_at(flash.operations + operation, *place)
    end_s = rig.now_s + WINDOW_S
    while rig.world.mcu.is_powered and rig.now_s < end_s:
        rig.run_for(_SLICE_S)
    if rig.world.mcu.is_powered:
        return Outcome((), False, 0)
    rig.target.power.off()
    rig.run_for(3.0)
    rig.target.power.on()
    rig.reconnect()
    rig.run_for(2.0 * WINDOW_S)
    fullest_nl = meter.fullest_nl(WINDOW_S)
    found = []
    if fullest_nl > LIMIT_NL:
        found.append(f"{fullest_nl:.0f} nL in {WINDOW_S} s")
    if fullest_nl < 0.9 * LIMIT_NL:
        found.append("the limit was never near")
    return Outcome(tuple(found), True, 0)


@pytest.mark.requirement("THR-13", "INT-04")
@pytest.mark.parametrize("count", [5, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(1_800)])])
def test_no_window_is_fuller_than_the_limit_after_a_cut(count):
    rng = random.Random(f"dose window {count}")
    with PumpRig(BASAL_NL_PER_H) as rig:
        rig.client.programme_begin()
        rig.client.stage_dose_limit(LIMIT_NL, WINDOW_S)
        rig.client.programme_commit()
        meter = WindowMeter(rig.world.plant)
        rig.run_for(3_000.0)
        complaints = {}
        cut = 0
        for number in range(count):
            # Spread over the hours: what is stored of the window is oldest just before it is stored again.
            operation, place = int((number + rng.random()) * _OPERATIONS / count), rng.choice(PLACES)
            outcome = in_a_copy(lambda at=operation, where=place: _cut_and_watch(rig, meter, at, where))
            cut += outcome.has_cut
            if outcome.complaints:
                complaints[f"operation {operation} {place}"] = outcome.complaints
    assert complaints == {}
    assert cut >= count // 2
