"""The clock is set ahead and the power goes at any operation of it: lock-out and window are no shorter (THR-13)."""

from __future__ import annotations

import pytest

from tests.power_cuts.copies import Outcome, in_a_copy
from tests.power_cuts.stories import BASAL_NL_PER_H, LOCKOUT_S, Story, prescribe_bolus
from tests.pump.pump_rig import PumpRig

_AHEAD_S = 2 * 86_400
_LIMIT_NL = 70_000


def _prepare(rig: PumpRig) -> None:
    """A bolus was given, and the dose limit is nearly reached."""
    prescribe_bolus(rig)
    rig.client.programme_begin()
    rig.client.stage_dose_limit(_LIMIT_NL, 86_400)
    rig.client.programme_commit()
    rig.client.patient_bolus()
    rig.run_for(3_700.0)


def _set_clock(rig: PumpRig) -> None:
    rig.client.set_clock(rig.status.epoch_s + _AHEAD_S)
    rig.run_for(2.0)


STORY = Story("clock set ahead", _set_clock, _prepare)


def _cut_at(rig: PumpRig, operation: int, where: str) -> Outcome:
    flash = rig.world.flash
    flash.cut_at(flash.operations + operation, where)
    lockout_s = rig.status.lockout_s
    STORY.do(rig)
    if rig.world.mcu.is_powered:
        return Outcome((), False, 0)
    rig.target.power.off()
    rig.run_for(3.0)
    rig.target.power.on()
    rig.reconnect()
    found = []
    if rig.status.lockout_s < lockout_s - 60:
        found.append(f"lock-out of {rig.status.lockout_s} s, was {lockout_s} s")
    since_nl = rig.turned_nl()
    rig.run_for(3_600.0)
    if rig.turned_nl() - since_nl > BASAL_NL_PER_H / 2:
        found.append(f"{rig.turned_nl() - since_nl:.0f} nL in an hour in which the dose limit left next to nothing")
    return Outcome(tuple(found), True, 0)


@pytest.mark.slow
@pytest.mark.requirement("THR-13", "THR-10", "INT-04")
def test_a_cut_while_the_clock_is_set_ahead_does_not_let_time_pass():
    assert LOCKOUT_S > 3_700 + 60
    rig, _meter = STORY.begin()
    complaints = {}
    cut = 0
    for operation in range(12):
        for where in ("before", "inside", "after"):
            outcome = in_a_copy(lambda operation=operation, where=where: _cut_at(rig, operation, where))
            cut += outcome.has_cut
            if outcome.complaints:
                complaints[f"operation {operation} {where}"] = outcome.complaints
    rig.world.mcu.power_off()
    assert complaints == {}
    assert cut >= 9
