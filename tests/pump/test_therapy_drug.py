"""The drug record: hard limits refuse, soft limits ask and are shown, another drug ends delivery (THR-21)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from hil.errors import LinkTimeout
from tests.pump.prescribing import DAY_S, HOUR_S, reason, refill
from tests.pump.pump_rig import EVERY_DAY

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

LIMITS = {
    "hard_rate_nl_per_h": 100_000,
    "soft_rate_nl_per_h": 50_000,
    "hard_bolus_nl": 200_000,
    "soft_bolus_nl": 80_000,
}


def commit(rig, rate=20_000, *, name="baclofen", concentration=500, is_confirmed=False, patient_nl=None):
    """Upload drug and rate; the answer to the commit."""
    client = rig.client
    client.programme_begin()
    client.stage_drug(name, concentration, **LIMITS)
    client.stage_day(EVERY_DAY, [(0, rate)])
    if patient_nl is not None:
        client.stage_patient_bolus(patient_nl, 60, 3_600, 4)
    if is_confirmed:
        client.confirm_soft_limit()
    return reason(client.programme_commit)


def soft_entries(rig):
    rig.run_for(1)
    return [event.a for event in rig.events("SOFT_LIMIT")]


@pytest.fixture
def limited(pump):
    """A pump that runs at 20 uL/h under the limits above."""
    rig = pump()
    assert commit(rig) == "OK"
    return rig


@pytest.mark.requirement("THR-21")
def test_a_rate_beyond_the_hard_limit_is_refused_and_the_old_one_goes_on(limited):
    assert commit(limited, 100_001, is_confirmed=True) == "OUT_OF_RANGE"
    since_s = limited.now_s
    limited.run_for(HOUR_S)
    assert limited.delivered_nl(since_s) == pytest.approx(20_000, abs=780)
    assert limited.status.mode == "RUNNING"


@pytest.mark.requirement("THR-21")
def test_a_rate_beyond_the_soft_limit_needs_a_confirmation_is_logged_and_shows_until_back_inside(limited):
    assert "SOFT_LIMIT" not in limited.status.flags
    assert commit(limited, 60_000) == "SOFT_LIMIT"
    since_s = limited.now_s
    limited.run_for(HOUR_S)
    assert limited.delivered_nl(since_s) == pytest.approx(20_000, abs=780)
    assert soft_entries(limited) == []
    assert commit(limited, 60_000, is_confirmed=True) == "OK"
    assert soft_entries(limited) == [1]
    for _ in range(3):
        since_s = limited.now_s
        limited.run_for(HOUR_S)
        assert limited.delivered_nl(since_s) == pytest.approx(60_000, abs=780)
        assert "SOFT_LIMIT" in limited.status.flags
        assert limited.status.soft_limit_fields == 1
    assert commit(limited, 50_000) == "OK"
    assert "SOFT_LIMIT" not in limited.status.flags


@pytest.mark.requirement("THR-21")
def test_a_clinician_bolus_beyond_its_limits(limited):
    since_s = limited.now_s
    assert reason(limited.client.clinician_bolus, 200_001, 600) == "OUT_OF_RANGE"
    assert reason(limited.client.clinician_bolus, 80_001, 600) == "SOFT_LIMIT"
    limited.run_for(HOUR_S)
    assert limited.delivered_nl(since_s) == pytest.approx(20_000, abs=780)
    limited.client.confirm_soft_limit()
    since_s = limited.now_s
    assert reason(limited.client.clinician_bolus, 80_001, 600) == "OK"
    assert soft_entries(limited) == [4]
    limited.run_for(60)
    assert limited.status.soft_limit_fields == 4
    limited.run_for(HOUR_S - 60)
    assert limited.delivered_nl(since_s) == pytest.approx(100_001, abs=780)
    assert "SOFT_LIMIT" not in limited.status.flags


@pytest.mark.requirement("THR-21")
def test_a_confirmation_is_good_for_one_bolus(limited):
    limited.client.confirm_soft_limit()
    limited.client.clinician_bolus(90_000, 60)
    limited.run_for(120)
    assert reason(limited.client.clinician_bolus, 90_000, 60) == "SOFT_LIMIT"


@pytest.mark.requirement("THR-21")
def test_a_patient_bolus_beyond_the_soft_limit_shows_as_such(limited):
    assert commit(limited, patient_nl=200_001, is_confirmed=True) == "OUT_OF_RANGE"
    assert commit(limited, patient_nl=90_000) == "SOFT_LIMIT"
    assert commit(limited, patient_nl=90_000, is_confirmed=True) == "OK"
    assert limited.status.soft_limit_fields == 2


@pytest.mark.requirement("THR-21")
@pytest.mark.parametrize(
    ("name", "concentration"),
    [("baclofen", 2_000), ("morphine", 500)],
    ids=["another concentration", "another drug"],
)
def test_another_drug_stops_delivery_and_demands_a_refill(limited, name, concentration):
    limited.run_for(600)
    assert commit(limited, name=name, concentration=concentration) == "OK"
    limited.run_for(1)
    changed_nl = limited.truth.delivered_nl
    limited.run_for(DAY_S / 4)
    assert limited.truth.delivered_nl == changed_nl
    status = limited.status
    assert status.mode == "STOPPED"
    assert "REFILL_CONFIRMED" not in status.flags
    assert reason(limited.client.start) == "NO_REFILL"
    assert reason(limited.client.minimum_rate) == "NO_REFILL"
    refill(limited, round(limited.truth.reservoir_nl), 18_000_000)
    limited.client.start()
    limited.run_for(HOUR_S)
    assert limited.truth.delivered_nl - changed_nl == pytest.approx(20_000, abs=780)


@pytest.mark.requirement("THR-21")
def test_the_same_drug_with_other_limits_lets_delivery_go_on(limited):
    since_s = limited.now_s
    limited.client.programme_begin()
    limited.client.stage_drug("baclofen", 500, **{**LIMITS, "soft_rate_nl_per_h": 30_000})
    limited.client.programme_commit()
    limited.run_for(HOUR_S)
    assert limited.delivered_nl(since_s) == pytest.approx(20_000, abs=780)
    assert "REFILL_CONFIRMED" in limited.status.flags


@pytest.mark.requirement("THR-21", "INT-04")
def test_a_power_cut_at_any_flash_operation_of_a_change_of_drug_leaves_the_old_or_the_new_never_both(pump):
    seen = set()
    for operation in range(40):
        rig = pump()
        rig.client.programme_begin()
        rig.client.stage_drug("morphine", 1_000)
        rig.run_for(2)
        rig.world.flash.cut_at(rig.world.flash.operations + operation, "after")
        with suppress(LinkTimeout):
            rig.client.programme_commit()
        rig.run_for(2)
        is_cut = rig.world.flash.planned_cut is None
        rig.world.flash.planned_cut = None
        rig.target.power.off()
        rig.run_for(1)
        rig.target.power.on()
        rig.reconnect()
        rig.run_for(HOUR_S)
        drug = rig.client.prescription()["drug_name"]
        seen.add(drug)
        status = rig.status
        if drug == "morphine":
            assert (status.mode, "REFILL_CONFIRMED" in status.flags) == ("STOPPED", False), operation
        else:
            assert (status.mode, "REFILL_CONFIRMED" in status.flags) == ("RUNNING", True), operation
        rig.world.mcu.power_off()
        if not is_cut:
            break
    assert seen == {"baclofen", "morphine"}
