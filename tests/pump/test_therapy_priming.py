"""Priming bolus: fills the catheter at a set speed, from rest only, bounded and booked apart (THR-18)."""

from __future__ import annotations

import pytest

from tests.pump.prescribing import HOUR_S, PULSATION_NL, prescribe, reason, refill
from tests.pump.pump_rig import STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

DEAD_NL = 200_000  # of the catheter of the reference bench
MOST_NL = DEAD_NL * 12 // 10
NEAR_NL = STROKE_NL + PULSATION_NL


@pytest.mark.requirement("THR-18")
@pytest.mark.parametrize("is_stopped", [False, True], ids=["from STANDBY", "from STOPPED"])
def test_it_delivers_its_volume_at_a_microlitre_a_second_and_returns_to_rest(pump, is_stopped):
    rig = pump(60_000, is_started=is_stopped)
    if is_stopped:
        rig.client.stop()
        rig.run_for(1)
    rest = rig.status.mode
    before_nl, since_s = rig.truth.delivered_nl, rig.now_s
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(100)
    assert rig.truth.delivered_nl - before_nl == pytest.approx(100_000, rel=0.02)
    rig.run_for(HOUR_S)
    assert rig.truth.delivered_nl - before_nl == pytest.approx(DEAD_NL, abs=NEAR_NL)
    assert rig.bursts[-1].at_s - since_s == pytest.approx(200, abs=1)
    assert rig.status.mode == rest == ("STOPPED" if is_stopped else "STANDBY")
    assert rig.level("EN") == 1


@pytest.mark.requirement("THR-18", "RES-01")
def test_it_is_no_therapy_volume_but_leaves_the_reservoir(pump):
    rig = pump(60_000)
    rig.run_for(600)
    rig.client.stop()
    rig.run_for(1)
    before = rig.status
    rig.client.priming_bolus(120_000)
    rig.run_for(300)
    after = rig.status
    assert (after.delivered_nl, after.commanded_nl) == (before.delivered_nl, before.commanded_nl)
    assert before.reservoir_nl - after.reservoir_nl == pytest.approx(120_000, abs=NEAR_NL)
    assert after.reservoir_nl == pytest.approx(rig.truth.reservoir_nl, abs=NEAR_NL)
    (completed,) = rig.events("BOLUS_COMPLETED")
    assert completed.text.startswith("BOLUS_COMPLETED PRIMING")
    assert completed.b == pytest.approx(120_000, abs=STROKE_NL)


@pytest.mark.requirement("THR-18")
def test_it_is_refused_beyond_the_dead_volume_plus_a_fifth(pump):
    rig = pump(0, is_started=False)
    assert reason(rig.client.priming_bolus, MOST_NL + 1) == "OUT_OF_RANGE"
    rig.run_for(60)
    assert rig.truth.delivered_nl == 0.0
    rig.client.priming_bolus(MOST_NL)
    rig.run_for(300)
    assert rig.truth.delivered_nl == pytest.approx(MOST_NL, abs=NEAR_NL)


@pytest.mark.requirement("THR-18")
def test_the_dead_volume_is_that_of_the_configuration(pump):
    rig = pump(0, is_started=False, settings={"catheter_dead_volume_nl": 50_000})
    assert reason(rig.client.priming_bolus, 60_001) == "OUT_OF_RANGE"
    assert reason(rig.client.priming_bolus, 60_000) == "OK"


@pytest.mark.requirement("THR-18", "THR-01")
def test_it_is_refused_while_the_pump_delivers_and_without_a_filling(pump):
    rig = pump(0)
    assert reason(rig.client.priming_bolus, DEAD_NL) == "WRONG_MODE"
    rig.client.minimum_rate()
    assert reason(rig.client.priming_bolus, DEAD_NL) == "WRONG_MODE"
    empty = pump(is_commissioned=False)
    assert reason(empty.client.priming_bolus, DEAD_NL) == "NO_REFILL"
    empty.run_for(60)
    assert rig.truth.delivered_nl == empty.truth.delivered_nl == 0.0


@pytest.mark.requirement("THR-18", "THR-10")
def test_while_it_runs_no_other_bolus_and_no_start_is_taken(pump):
    rig = pump(60_000, is_started=False)
    prescribe(rig, patient=(60_000, 60, 600, 4))
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(10)
    assert reason(rig.client.patient_bolus) == "BOLUS_ACTIVE"
    assert reason(rig.client.clinician_bolus, 10_000, 60) == "BOLUS_ACTIVE"
    assert reason(rig.client.start) == "WRONG_MODE"
    rig.run_for(HOUR_S)
    assert rig.truth.delivered_nl == pytest.approx(DEAD_NL, abs=NEAR_NL)


@pytest.mark.requirement("THR-18", "THR-14")
@pytest.mark.parametrize("ending", ["stop", "cancel", "power"])
def test_it_is_not_gone_on_with(pump, ending):
    rig = pump(60_000, is_started=False)
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(60)
    if ending == "stop":
        rig.client.stop()
    elif ending == "cancel":
        rig.client.bolus_cancel()
    else:
        rig.cycle_power(5)
    rig.run_for(5)
    ended_nl = rig.truth.delivered_nl
    rig.run_for(HOUR_S)
    assert rig.truth.delivered_nl == ended_nl == pytest.approx(60_000, rel=0.02)
    assert rig.status.mode == ("STOPPED" if ending == "stop" else "STANDBY")
    since_s = rig.now_s
    rig.client.start()
    rig.run_for(HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(60_000, abs=NEAR_NL)


@pytest.mark.requirement("THR-18", "THR-15")
def test_the_last_stroke_of_a_priming_that_was_stopped_is_no_therapy(pump):
    rig = pump(60_000)
    rig.client.stop()
    rig.run_for(1)
    before = rig.status
    rig.client.priming_bolus(120_000)
    for _ in range(20):  # some of these stops fall into a stroke
        rig.run_for(0.137)
        rig.client.stop()
        rig.run_for(1)
        assert rig.status.delivered_nl == before.delivered_nl
        rig.client.priming_bolus(120_000)


@pytest.mark.requirement("THR-18", "THR-13")
def test_once_per_refill_the_dead_volume_lies_outside_the_dose_limit(pump):
    rig = pump(10_000, is_started=False)
    prescribe(rig, dose=(100_000, 86_400))
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(300)
    assert rig.truth.delivered_nl == pytest.approx(DEAD_NL, abs=NEAR_NL)
    assert reason(rig.client.priming_bolus, DEAD_NL) == "DOSE_LIMIT"
    assert reason(rig.client.priming_bolus, 60_000) == "OK"  # this counts
    rig.run_for(300)
    rig.cycle_power(5)
    assert reason(rig.client.priming_bolus, 60_000) == "DOSE_LIMIT"
    refill(rig, rig.status.reservoir_nl, 15_000_000)
    assert reason(rig.client.priming_bolus, DEAD_NL) == "OK"


@pytest.mark.requirement("THR-13", "THR-18")
def test_a_catheter_that_is_declared_empty_is_primed_once_outside_the_dose_limit(pump):
    """A catheter that is exchanged between two refills."""
    rig = pump(0)
    prescribe(rig, 60_000, dose=(500_000, 86_400))
    rig.client.stop()
    rig.run_for(10)
    for _ in range(2):  # the allowance of the refill, and then what counts
        rig.client.priming_bolus(DEAD_NL)
        rig.run_for(300)
    room_nl = 500_000 - DEAD_NL
    rig.client.catheter_empty()
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(300)
    rig.client.start()
    rig.run_for(2 * HOUR_S)
    since_nl = rig.truth.delivered_nl
    rig.run_for(6 * HOUR_S)
    assert rig.truth.delivered_nl - since_nl == pytest.approx(room_nl - 120_000, abs=2 * NEAR_NL)
    assert "DOSE_LIMIT" in rig.active()


@pytest.mark.requirement("THR-18", "INT-04")
def test_a_declared_catheter_is_remembered_over_a_power_cut_and_refused_while_the_pump_delivers(pump):
    rig = pump(0)
    prescribe(rig, 60_000, dose=(300_000, 86_400))
    assert reason(rig.client.catheter_empty) == "WRONG_MODE"
    rig.client.stop()
    rig.run_for(10)
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(300)
    rig.client.catheter_empty()
    rig.cycle_power(1.0)
    rig.client.priming_bolus(DEAD_NL)
    rig.run_for(300)
    rig.client.start()
    since_nl = rig.truth.delivered_nl
    rig.run_for(4 * HOUR_S)
    assert rig.truth.delivered_nl - since_nl == pytest.approx(240_000, abs=2 * NEAR_NL)
    assert rig.active() == set()
