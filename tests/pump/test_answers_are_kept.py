"""What was answered OK outlives a power cut in the next moment (INT-04). What was not may be old or new."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pump.prescribing import prescribe, refill
from tests.pump.pump_rig import PumpRig

ML = 1_000_000


def _runs(rig: PumpRig) -> None:
    rig.run_for(100.0)


def _stands(rig: PumpRig) -> None:
    rig.client.stop()
    rig.run_for(100.0)


def _gives_a_bolus(rig: PumpRig) -> None:
    rig.client.clinician_bolus(200_000, 3_600)
    rig.run_for(100.0)


CASES: dict[str, tuple[Callable[[PumpRig], None], Callable[[PumpRig], object], Callable[[PumpRig], object], object]] = {
    "start": (_stands, lambda rig: rig.client.start(), lambda rig: rig.status.mode, "RUNNING"),
    "stop": (_runs, lambda rig: rig.client.stop(), lambda rig: rig.status.mode, "STOPPED"),
    "minimum rate": (_runs, lambda rig: rig.client.minimum_rate(), lambda rig: rig.status.mode, "MIN_RATE"),
    "refill": (
        _runs,
        lambda rig: refill(rig, 17 * ML, 2 * ML),
        lambda rig: round(rig.status.reservoir_nl / ML, 2),
        2.0,
    ),
    "cancel": (
        _gives_a_bolus,
        lambda rig: rig.client.bolus_cancel(),
        lambda rig: rig.status.bolus_kind,
        "NONE",
    ),
    "commit": (
        _runs,
        lambda rig: prescribe(rig, 75_000),
        lambda rig: rig.client.programme_day(0)[0].rate_nl_per_h,
        75_000,
    ),
}


@pytest.mark.requirement("INT-04", "LNK-02")
@pytest.mark.parametrize("case", CASES)
def test_what_was_answered_ok_outlives_a_power_cut_at_once(pump, case):
    come_to, ask, see, expected = CASES[case]
    rig = pump(60_000)
    come_to(rig)
    assert see(rig) != expected, "the request changes something"
    ask(rig)
    rig.cycle_power(30.0)
    assert see(rig) == expected


@pytest.mark.requirement("INT-04", "THR-10")
def test_a_press_that_was_granted_locks_out_after_a_power_cut_at_its_first_stroke(pump):
    rig = pump(60_000)
    prescribe(rig, patient=(5_000, 60, 3_600, 4))
    rig.run_for(100.0)
    rig.bench.press("patient", 200_000_000)
    since_s = rig.now_s
    while rig.delivered_nl(since_s) < 100.0:
        rig.run_for(0.002)
    rig.cycle_power(1.0)
    assert rig.status.lockout_s > 3_000


@pytest.mark.requirement("ALM-05", "INT-04")
def test_an_acknowledged_alarm_stays_away_after_a_power_cut_at_once(pump):
    rig = pump(60_000)
    rig.run_for(100.0)
    occluded = rig.inject("catheter.occlusion")
    rig.wait_for_alarm("CATHETER_OCCLUSION", 7_200.0)
    occluded.clear()
    rig.run_for(120.0)
    rig.client.acknowledge("CATHETER_OCCLUSION")
    rig.cycle_power(1.0)
    assert "CATHETER_OCCLUSION" not in rig.active()
