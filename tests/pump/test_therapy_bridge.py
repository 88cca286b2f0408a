"""Bridge bolus after a change of concentration, judged by the drug that leaves the catheter (THR-19).

Old: 500 ug/mL at 40 uL/h, new: 2 000 ug/mL at 10 uL/h; both are 20 ug/h. The catheter holds 200 uL.
"""

from __future__ import annotations

import pytest

from tests.pump.prescribing import HOUR_S, ML, PULSATION_NL, prescribe, reason, refill
from tests.pump.pump_rig import EVERY_DAY, STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

DEAD_NL = 200_000
OLD_UG_PER_ML, OLD_RATE = 500, 40_000
NEW_UG_PER_ML, NEW_RATE = 2_000, 10_000
DOSE_UG_PER_H = 20.0


@pytest.fixture
def refilled(pump):
    """Runs the new programme with the new drug in the reservoir and the old one in the catheter."""
    rig = pump(OLD_RATE)
    rig.run_for(HOUR_S)
    rig.client.programme_begin()
    rig.client.stage_drug("baclofen", NEW_UG_PER_ML)
    rig.client.stage_day(EVERY_DAY, [(0, NEW_RATE)])
    rig.client.programme_commit()
    withdrawn_nl, _ = rig.world.refill(18 * ML, NEW_UG_PER_ML)
    refill(rig, round(withdrawn_nl), 18 * ML)
    rig.client.start()
    return rig


def hourly_doses_ug(rig, hours):
    """Drug that leaves the tip in each of the next hours."""
    received = [0.0]
    patient = rig.world.plant.patient
    receive = patient.receive

    def metered(drug_ug):
        received[-1] += drug_ug
        receive(drug_ug)

    patient.receive = metered
    for _ in range(hours):
        rig.run_for(HOUR_S)
        assert rig.truth.delivered_nl > 0.0
        received.append(0.0)
    patient.receive = receive
    return received[:-1]


@pytest.mark.requirement("THR-19")
def test_without_it_the_patient_gets_a_quarter_of_the_dose_for_most_of_a_day(refilled):
    doses = hourly_doses_ug(refilled, 12)
    assert max(doses) < 0.3 * DOSE_UG_PER_H


@pytest.mark.requirement("THR-19")
def test_it_gives_the_old_rate_for_the_dead_volume_then_the_new_programme(refilled):
    rig = refilled
    since_s = rig.now_s
    rig.client.bridge_bolus(DEAD_NL, OLD_RATE)
    rig.run_for(2.5 * HOUR_S)
    assert rig.status.bolus_kind == "BRIDGE"
    assert rig.delivered_nl(since_s) == pytest.approx(DEAD_NL / 2, abs=STROKE_NL + PULSATION_NL)
    rig.run_until(since_s + 5 * HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(DEAD_NL, abs=STROKE_NL + PULSATION_NL)
    after_s = rig.now_s
    rig.run_for(4 * HOUR_S)
    assert rig.status.bolus_kind == "NONE"
    assert rig.delivered_nl(after_s) == pytest.approx(4 * NEW_RATE, abs=STROKE_NL + PULSATION_NL)


@pytest.mark.requirement("THR-19")
def test_with_it_the_dose_holds_but_new_drug_arrives_early_and_leaves_a_diluted_tail(refilled):
    rig = refilled
    rig.client.bridge_bolus(DEAD_NL, OLD_RATE)
    doses = hourly_doses_ug(rig, 16)
    assert doses[0] == pytest.approx(DOSE_UG_PER_H, rel=0.03)
    assert doses[1] == pytest.approx(DOSE_UG_PER_H, rel=0.03)
    # Mixing: in the last hour of the bridge new drug comes at the old rate, afterwards old drug at the new one.
    assert DOSE_UG_PER_H * 1.1 < doses[4] < DOSE_UG_PER_H * 3
    assert DOSE_UG_PER_H * 0.4 < doses[5] < DOSE_UG_PER_H * 0.95
    assert doses[-1] == pytest.approx(DOSE_UG_PER_H, rel=0.03)
    assert sum(doses) == pytest.approx(16 * DOSE_UG_PER_H, rel=0.05)


@pytest.mark.requirement("THR-19")
def test_it_is_bounded_and_needs_a_running_pump(refilled):
    rig = refilled
    assert reason(rig.client.bridge_bolus, DEAD_NL * 12 // 10 + 1, OLD_RATE) == "OUT_OF_RANGE"
    assert reason(rig.client.bridge_bolus, DEAD_NL, 1_999) == "OUT_OF_RANGE"
    assert reason(rig.client.bridge_bolus, DEAD_NL, 1_000_001) == "OUT_OF_RANGE"
    rig.client.stop()
    assert reason(rig.client.bridge_bolus, DEAD_NL, OLD_RATE) == "WRONG_MODE"
    rig.client.start()
    rig.client.bridge_bolus(DEAD_NL, OLD_RATE)
    assert reason(rig.client.bridge_bolus, DEAD_NL, OLD_RATE) == "BOLUS_ACTIVE"
    assert reason(rig.client.clinician_bolus, 10_000, 60) == "BOLUS_ACTIVE"
    prescribe(rig, patient=(10_000, 60, 600, 4))
    assert reason(rig.client.patient_bolus) == "BOLUS_ACTIVE"


@pytest.mark.requirement("THR-19", "THR-14")
@pytest.mark.parametrize("interruption", ["power", "stop", "minimum rate", "acknowledged stall"])
def test_whatever_interrupts_a_bridge_makes_it_last_longer(refilled, interruption):
    rig = refilled
    begun_s = rig.now_s
    rig.client.bridge_bolus(DEAD_NL, OLD_RATE)
    rig.run_for(HOUR_S)
    if interruption == "power":
        rig.cycle_power(30)
    elif interruption == "stop":
        rig.client.stop()
        rig.run_for(HOUR_S)
        rig.client.start()
    elif interruption == "minimum rate":
        rig.client.minimum_rate()
        rig.run_for(HOUR_S)
        rig.client.start()
    else:
        rig.inject("motor.stall", duration=900.0)
        rig.run_for(HOUR_S)
        rig.client.acknowledge("MOTOR_STALL")
    assert rig.status.bolus_kind == "BRIDGE"
    remaining_nl = rig.status.bolus_remaining_nl
    assert rig.delivered_nl(begun_s) + remaining_nl == pytest.approx(DEAD_NL, abs=STROKE_NL + PULSATION_NL)
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(OLD_RATE, abs=STROKE_NL + PULSATION_NL)


@pytest.mark.requirement("THR-19", "THR-21")
def test_a_second_change_of_concentration_waits_for_the_bridge_or_for_its_end_by_a_clinician(refilled):
    rig = refilled
    rig.client.bridge_bolus(DEAD_NL, OLD_RATE)
    rig.client.stop()
    rig.client.programme_begin()
    rig.client.stage_drug("baclofen", OLD_UG_PER_ML)
    rig.client.stage_day(EVERY_DAY, [(0, OLD_RATE)])
    assert reason(rig.client.programme_commit) == "BOLUS_ACTIVE"
    rig.client.bolus_cancel()
    rig.client.programme_commit()


@pytest.mark.requirement("THR-19")
def test_a_clinician_ends_it_and_the_programme_runs(refilled):
    rig = refilled
    rig.client.bridge_bolus(DEAD_NL, OLD_RATE)
    rig.client.bolus_cancel()
    assert rig.status.bolus_kind == "NONE"
    since_s = rig.now_s
    rig.run_for(HOUR_S)
    assert rig.delivered_nl(since_s) == pytest.approx(NEW_RATE, abs=STROKE_NL + PULSATION_NL)
