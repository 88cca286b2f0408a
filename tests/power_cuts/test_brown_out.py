"""A supply that falls and returns a hundred times in a minute: afterwards therapy goes on (INT-03, INT-05)."""

from __future__ import annotations

import pytest

from tests.pump.pump_rig import READING_NL, STROKE_NL, PumpRig

# A restart writes the state, three log entries and one of the faults: about eight erases, littlefs's own included.
_ERASES_PER_RESTART = 10
_CASES = [
    pytest.param(100, 0.6, 0.25, id="a hundred in a minute, 0.35 s of supply each"),
    pytest.param(100, 0.6, 0.02, id="a hundred in a minute, 20 ms without"),
    pytest.param(25, 2.9, 0.25, id="25, each after the self-test has begun"),
    pytest.param(100, 2.9, 0.25, id="each after the self-test has begun", marks=pytest.mark.slow),
    pytest.param(100, 7.3, 0.25, id="each after the first strokes", marks=pytest.mark.slow),
]


def brown_out(rig: PumpRig, dips: int, period_s: float, off_s: float) -> None:
    for _ in range(dips):
        dip = rig.inject("supply.dip", duration=off_s, voltage=1_000.0)
        rig.run_for(period_s)
        assert dip.took_effect


@pytest.mark.requirement("INT-05", "INT-03", "INT-04", "INT-07")
@pytest.mark.parametrize(("dips", "period_s", "off_s"), _CASES)
def test_after_many_brown_outs_therapy_goes_on(pump, dips, period_s, off_s):
    rig = pump(200_000)
    rig.run_for(3_000.0)
    losses, erases = rig.world.power_losses, list(rig.world.flash.erases)
    begin_nl = rig.turned_nl()
    brown_out(rig, dips, period_s, off_s)
    assert rig.world.power_losses == losses + dips
    most_nl = 200_000 * dips * period_s / 3_600.0
    assert rig.turned_nl() - begin_nl <= most_nl + dips * STROKE_NL / 2, "half a stroke a cut may be added"
    rig.run_for(1.0)
    rig.reconnect()
    status = rig.status
    assert status.mode == "RUNNING"
    assert "SYSTEM_FAULT" not in rig.active()
    assert abs(rig.turned_nl() - status.delivered_nl) <= STROKE_NL + READING_NL
    worn = sum(rig.world.flash.erases) - sum(erases)
    assert worn <= dips * _ERASES_PER_RESTART
    since_s = rig.now_s
    rig.run_for(3_600.0)
    assert rig.delivered_nl(since_s) == pytest.approx(200_000, rel=0.02)
