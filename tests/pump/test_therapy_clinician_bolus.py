"""Clinician bolus: exact volume, evenly, on top of basal, and a patient bolus inside it (THR-09, THR-12)."""

from __future__ import annotations

import pytest

from hil.errors import OutOfRange
from tests.pump.prescribing import HOUR_S, ML, PULSATION_NL, bench, prescribe, reason
from tests.pump.pump_rig import STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

NEAR_NL = STROKE_NL + PULSATION_NL


@pytest.mark.requirement("THR-09")
@pytest.mark.parametrize(
    ("volume_nl", "duration_s"),
    [(300, 60), (37_001, 600), (300_000, 540), (120_000, 6 * 3_600)],
    ids=["one stroke", "37 uL in 10 min", "0.3 mL in 9 min", "0.12 mL in 6 h"],
)
def test_a_bolus_is_exact_and_even_on_top_of_basal(pump, volume_nl, duration_s):
    basal = 30_000
    rig = pump(basal)
    rig.run_for(60)
    since_s = rig.now_s
    rig.client.clinician_bolus(volume_nl, duration_s)
    for part in (0.25, 0.5, 0.75, 1.0):
        rig.run_until(since_s + part * duration_s)
        ideal_nl = part * (volume_nl + basal * duration_s / HOUR_S)
        assert rig.delivered_nl(since_s) == pytest.approx(ideal_nl, abs=NEAR_NL + 300)
    rig.run_until(since_s + duration_s + 1_800)
    ideal_nl = volume_nl + basal * (duration_s + 1_800) / HOUR_S
    assert rig.delivered_nl(since_s) == pytest.approx(ideal_nl, abs=NEAR_NL)
    assert rig.status.bolus_kind == "NONE"
    (completed,) = rig.events("BOLUS_COMPLETED")
    assert completed.b == pytest.approx(volume_nl, abs=STROKE_NL)


@pytest.mark.requirement("THR-09")
def test_strokes_of_a_bolus_are_evenly_spread(pump):
    rig = pump(0)
    rig.client.clinician_bolus(90_000, 600)
    rig.run_for(700)
    starts = [burst.at_s for burst in rig.bursts]
    gaps = [after - before for before, after in zip(starts, starts[1:], strict=False)]
    assert len(starts) == 300
    assert max(gaps) == pytest.approx(2.0, abs=0.05)
    assert min(gaps) == pytest.approx(2.0, abs=0.05)


@pytest.mark.requirement("THR-09", "THR-03")
def test_a_bolus_asked_for_in_a_second_keeps_to_the_greatest_rate_and_to_its_volume(pump):
    rig = pump(1_000_000)
    rig.run_for(60)
    since_s = rig.now_s
    rig.client.clinician_bolus(3_000_000, 1)
    rig.run_for(190)
    step_s = 10
    slices = [rig.delivered_nl(since_s + at, since_s + at + step_s) for at in range(0, 180, step_s)]
    most_nl = 60 * ML * step_s / HOUR_S
    assert max(slices) <= most_nl + 5_000 + PULSATION_NL
    assert max(slices) > 0.9 * most_nl
    rig.run_for(HOUR_S / 4)
    basal_nl = 1_000_000 * (rig.now_s - since_s) / HOUR_S
    assert rig.delivered_nl(since_s) == pytest.approx(3_000_000 + basal_nl, abs=NEAR_NL)
    assert rig.raised() == ["REFILL_DUE"]  # 18 mL do not last three days at this basal rate


@pytest.mark.requirement("THR-09")
def test_one_at_a_time_and_only_within_its_range(pump):
    rig = pump(0)
    with pytest.raises(OutOfRange, match="allowed 1 to 21600 s"):
        rig.client.clinician_bolus(30_000, 0)
    assert reason(rig.client.clinician_bolus, 40_000_001, 600) == "OUT_OF_RANGE"
    rig.run_for(600)
    assert rig.truth.delivered_nl == 0.0
    rig.client.clinician_bolus(60_000, 600)
    rig.run_for(60)
    assert reason(rig.client.clinician_bolus, 60_000, 600) == "BOLUS_ACTIVE"
    rig.run_for(HOUR_S)
    assert rig.truth.delivered_nl == pytest.approx(60_000, abs=STROKE_NL)


@pytest.mark.requirement("THR-12", "THR-09")
def test_a_patient_bolus_inside_suspends_it_and_it_still_ends_with_its_full_volume(pump):
    rig = pump(0)
    prescribe(rig, patient=(120_000, 60, 3_600, 4))
    since_s = rig.now_s
    rig.client.clinician_bolus(1_000_000, 1_800)
    rig.run_until(since_s + 600)
    assert rig.delivered_nl(since_s) == pytest.approx(1_000_000 / 3, abs=NEAR_NL)
    rig.client.patient_bolus()
    suspended_s = rig.now_s
    rig.run_until(suspended_s + 60)
    assert rig.delivered_nl(suspended_s) == pytest.approx(120_000, abs=NEAR_NL + 2_000)
    assert rig.status.bolus_kind == "CLINICIAN"
    rig.run_until(since_s + 1_800)
    assert rig.delivered_nl(since_s) == pytest.approx(120_000 + 1_000_000 * 29 / 30, abs=NEAR_NL)
    rig.run_for(600)
    assert rig.delivered_nl(since_s) == pytest.approx(1_120_000, abs=NEAR_NL)
    assert rig.bursts[-1].at_s - since_s == pytest.approx(31 * 60, abs=1.0)
    told = [event.text for event in rig.client.events if event.code.startswith("BOLUS_")]
    assert [text.rsplit(" ", 1)[0] for text in told] == [
        "BOLUS_STARTED CLINICIAN",
        "BOLUS_SUSPENDED CLINICIAN",
        "BOLUS_STARTED PATIENT",
        "BOLUS_COMPLETED PATIENT",
        "BOLUS_RESUMED CLINICIAN",
        "BOLUS_COMPLETED CLINICIAN",
    ]


@pytest.mark.requirement("THR-12", "THR-02")
def test_basal_segments_change_under_a_bolus_without_touching_its_volume(pump):
    # The clock starts at 08:00, so minute 490 is ten minutes after the start.
    rig = pump([(0, 60_000), (490, 300_000), (500, 0)])
    since_s = rig.now_s
    rig.client.clinician_bolus(500_000, 1_800)
    rig.run_for(2_400)
    assert rig.delivered_nl(since_s) == pytest.approx(500_000 + 10_000 + 50_000, abs=NEAR_NL)


@pytest.mark.requirement("THR-09", "RES-09")
def test_a_bolus_that_the_reservoir_does_not_hold_is_refused(pump):
    rig = pump(0, fill_nl=ML, bench=bench(fill_nl=float(ML)))
    assert reason(rig.client.clinician_bolus, ML // 2, 600) == "RESERVOIR_TOO_LOW"
    rig.run_for(700)
    assert rig.truth.delivered_nl == 0.0
    rig.client.clinician_bolus(ML // 2 - 1_000, 600)
    rig.run_for(700)
    assert rig.truth.delivered_nl == pytest.approx(ML // 2 - 1_000, abs=NEAR_NL)
