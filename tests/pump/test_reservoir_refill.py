"""The refill as a transaction, and what a difference to the expected volume tells (RES-05 to RES-07)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from emulator.bench.config import BenchConfig
from emulator.plant.config import PlantConfig
from hil.errors import LinkTimeout
from tests.pump.prescribing import HOUR_S, ML, PULSATION_NL, bench, reason, refill
from tests.pump.pump_rig import STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

NEAR_NL = STROKE_NL + PULSATION_NL
MORE_LEFT, LESS_LEFT = 1, 2
STEPS = ["begun", "withdrawal entered", "filling entered"]


def begin_up_to(rig, step):
    rig.client.refill_begin()
    if step != "begun":
        rig.client.refill_withdrawn(rig.status.reservoir_nl)
    if step == "filling entered":
        rig.client.refill_filled(20 * ML)


def mismatches(rig):
    rig.run_for(1)
    return [(event.a, event.b) for event in rig.events("REFILL_MISMATCH")]


def draw(rig, volume_nl):
    """Deliver that much by the records, as fast as the pump can."""
    rig.client.clinician_bolus(volume_nl, 1)
    rig.run_for(volume_nl / 16_000 + 60)


@pytest.mark.requirement("RES-05", "RES-01")
def test_a_refill_makes_the_computed_volume_what_was_filled_while_delivery_goes_on(pump):
    rig = pump(60_000)
    rig.run_for(HOUR_S)
    since_s = rig.now_s
    rig.client.refill_begin()
    rig.run_for(60)
    withdrawn_nl, _ = rig.world.refill(19 * ML)
    rig.client.refill_withdrawn(round(withdrawn_nl))
    rig.run_for(60)
    rig.client.refill_filled(19 * ML)
    rig.run_for(120)
    rig.client.refill_confirm()
    rig.run_for(600)
    assert rig.delivered_nl(since_s) == pytest.approx(60_000 * 840 / HOUR_S, abs=NEAR_NL)
    # What flowed in the minute between the real filling and its entry the pump cannot know of.
    assert rig.status.reservoir_nl == pytest.approx(rig.truth.reservoir_nl, abs=NEAR_NL + 1_000)
    assert rig.raised() == []
    (entry,) = rig.events("REFILL")[-1:]
    assert (entry.a, entry.b) == (round(withdrawn_nl), 19 * ML)


@pytest.mark.requirement("RES-05")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("ending", ["cancelled", "power cut", "link lost for good"])
def test_a_refill_that_is_not_confirmed_leaves_the_old_state(pump, step, ending):
    rig = pump(60_000)
    rig.run_for(600)
    begin_up_to(rig, step)
    if ending == "cancelled":
        rig.client.refill_cancel()
    elif ending == "power cut":
        rig.cycle_power(5)
    else:
        rig.target.set_connected(False)
        rig.run_for(600)
        rig.target.set_connected(True)
        rig.client.hello()
    rig.run_for(HOUR_S)
    status = rig.status
    assert status.reservoir_nl == pytest.approx(rig.truth.reservoir_nl, abs=NEAR_NL)
    assert status.mode == "RUNNING"
    assert "REFILL_CONFIRMED" in status.flags
    if ending == "link lost for good":
        assert reason(rig.client.refill_begin) == "BUSY"
        rig.client.refill_cancel()
    assert reason(rig.client.refill_confirm) == "NO_REFILL"
    assert reason(rig.client.refill_cancel) == "NO_REFILL"
    refill(rig, status.reservoir_nl, 10 * ML)
    assert rig.status.reservoir_nl == pytest.approx(10 * ML, abs=STROKE_NL)


@pytest.mark.requirement("RES-05", "INT-04")
def test_a_power_cut_at_any_flash_operation_of_the_confirmation_leaves_the_old_or_the_new_volume(pump):
    seen = set()
    for operation in range(40):
        rig = pump(0)
        begin_up_to(rig, "filling entered")
        rig.run_for(2)
        flash = rig.world.flash
        flash.cut_at(flash.operations + operation, "inside")
        with suppress(LinkTimeout):  # a cut before the answer
            rig.client.refill_confirm()
        rig.run_for(2)
        is_cut = flash.planned_cut is None
        flash.planned_cut = None
        rig.cycle_power(1)
        volume_nl = rig.status.reservoir_nl
        seen.add(volume_nl)
        assert "REFILL_CONFIRMED" in rig.status.flags
        rig.world.mcu.power_off()
        if not is_cut:
            break
    assert seen == {18 * ML, 20 * ML}


@pytest.mark.requirement("RES-06")
@pytest.mark.parametrize(
    ("capacity_nl", "difference_nl", "hint"),
    [
        (20 * ML, 1_000_000, None),
        (20 * ML, -1_000_000, None),
        (20 * ML, 1_000_001, MORE_LEFT),
        (20 * ML, -1_000_001, LESS_LEFT),
        (40 * ML, 2_000_000, None),
        (40 * ML, 2_000_001, MORE_LEFT),
        (40 * ML, -2_000_001, LESS_LEFT),
    ],
)
def test_a_difference_above_the_limit_of_the_reservoir_is_told_with_its_sign(pump, capacity_nl, difference_nl, hint):
    rig = pump(0, settings={"reservoir_capacity_nl": capacity_nl})
    rig.client.refill_begin()
    rig.client.refill_withdrawn(18 * ML + difference_nl)
    assert mismatches(rig) == ([] if hint is None else [(difference_nl, hint)])
    assert ("REFILL_MISMATCH" in rig.active()) == (hint is not None)


@pytest.mark.requirement("RES-06")
@pytest.mark.parametrize(
    ("drawn_nl", "share", "is_told"),
    [(4_100_000, 0.15, True), (4_100_000, 0.14, False), (3_900_000, 0.15, False)],
    ids=["15 % of 4.1 mL", "14 % of 4.1 mL", "15 % of 3.9 mL"],
)
@pytest.mark.parametrize("sign", [1, -1], ids=["more left", "less left"])
def test_a_difference_in_proportion_to_what_was_delivered_is_told_from_4_ml_on(pump, drawn_nl, share, is_told, sign):
    rig = pump(0)
    draw(rig, drawn_nl)
    rig.client.refill_begin()
    rig.client.refill_withdrawn(round(rig.status.reservoir_nl + sign * share * drawn_nl))
    hints = [hint for _, hint in mismatches(rig)]
    assert hints == ([MORE_LEFT if sign > 0 else LESS_LEFT] if is_told else [])


@pytest.mark.requirement("RES-06")
def test_a_head_that_gives_a_quarter_too_much_is_found_at_the_refill(pump):
    rig = pump(0, bench=bench(calibration_error=0.25))
    draw(rig, 4_200_000)
    assert rig.truth.delivered_nl == pytest.approx(1.25 * 4_200_000, rel=0.01)
    withdrawn_nl, _ = rig.world.refill(18 * ML)
    refill(rig, round(withdrawn_nl), 18 * ML)
    ((difference_nl, hint),) = mismatches(rig)
    assert difference_nl == pytest.approx(-0.25 * 4_200_000, rel=0.01)
    assert hint == LESS_LEFT


@pytest.mark.requirement("RES-06")
def test_rollers_that_do_not_occlude_are_found_at_the_refill(pump):
    rig = pump(0)
    rig.inject("head.leak_back", fraction=0.25)
    draw(rig, 4_200_000)
    withdrawn_nl, _ = rig.world.refill(18 * ML)
    refill(rig, round(withdrawn_nl), 18 * ML)
    ((difference_nl, hint),) = mismatches(rig)
    assert difference_nl == pytest.approx(0.25 * 4_200_000, rel=0.02)
    assert hint == MORE_LEFT


@pytest.mark.requirement("RES-06", "DET-13")
def test_a_pocket_fill_is_silent_until_the_next_refill_and_found_there(pump):
    rig = pump(60_000)
    rig.run_for(60)
    fault = rig.inject("refill.pocket_fill", volume=3.0 * ML, next_refill=1)
    withdrawn_nl, _ = rig.world.refill(18 * ML)
    refill(rig, round(withdrawn_nl), 18 * ML)
    rig.run_for(3 * HOUR_S)
    assert fault.took_effect
    assert rig.raised() == []
    withdrawn_nl, _ = rig.world.refill(18 * ML)
    refill(rig, round(withdrawn_nl), 18 * ML)
    ((difference_nl, hint),) = mismatches(rig)
    assert difference_nl == pytest.approx(-3 * ML, abs=NEAR_NL)
    assert hint == LESS_LEFT


@pytest.mark.requirement("RES-06", "ALM-05")
def test_a_mismatch_stays_until_a_person_acknowledges_it_and_a_right_refill_is_not_told(pump):
    rig = pump(60_000)
    refill(rig, 15 * ML, 18 * ML)
    rig.run_for(HOUR_S)
    assert rig.active() == {"REFILL_MISMATCH"}
    assert rig.delivered_nl(0.0) == pytest.approx(60_000, abs=NEAR_NL)
    rig.client.acknowledge("REFILL_MISMATCH")
    assert rig.active() == set()
    refill(rig, rig.status.reservoir_nl, 18 * ML)
    rig.run_for(60)
    assert rig.active() == set()
    assert len(mismatches(rig)) == 1


@pytest.mark.requirement("RES-05", "RES-06")
@pytest.mark.parametrize("way", ["corrected", "cancelled", "cut off by a loss of power"])
def test_a_slip_in_the_withdrawal_takes_its_alarm_away(pump, way):
    rig = pump(60_000)
    rig.client.refill_begin()
    rig.client.refill_withdrawn(1_500_000)
    assert rig.active() == {"REFILL_MISMATCH"}
    if way == "corrected":
        rig.client.refill_withdrawn(18 * ML)
    elif way == "cancelled":
        rig.client.refill_cancel()
    else:
        rig.run_for(2)
        rig.cycle_power(1)
    assert rig.active() == set()
    assert reason(rig.client.acknowledge, "REFILL_MISMATCH") == "UNKNOWN"


@pytest.mark.requirement("RES-06", "ALM-05")
@pytest.mark.parametrize("way", ["corrected", "cancelled", "cut off by a loss of power"])
def test_a_slip_leaves_the_alarm_of_an_earlier_refill_alone(pump, way):
    rig = pump(60_000)
    refill(rig, 15 * ML, 18 * ML)
    rig.client.refill_begin()
    rig.client.refill_withdrawn(1_500_000)
    if way == "corrected":
        rig.client.refill_withdrawn(18 * ML)
    elif way == "cancelled":
        rig.client.refill_cancel()
    else:
        rig.run_for(2)
        rig.cycle_power(1)
    assert rig.active() == {"REFILL_MISMATCH"}
    rig.client.acknowledge("REFILL_MISMATCH")


@pytest.mark.requirement("RES-06", "ALM-05")
def test_a_mismatch_may_be_acknowledged_before_the_refill_is_confirmed(pump):
    rig = pump(60_000)
    rig.client.refill_begin()
    rig.client.refill_withdrawn(15 * ML)
    rig.client.acknowledge("REFILL_MISMATCH")
    rig.client.refill_filled(18 * ML)
    rig.client.refill_confirm()
    assert rig.active() == set()


@pytest.mark.requirement("RES-07")
def test_a_fill_beyond_the_capacity_is_refused_and_one_up_to_it_taken(pump):
    rig = pump(0)
    begin_up_to(rig, "withdrawal entered")
    assert reason(rig.client.refill_filled, 20 * ML + 1) == "OUT_OF_RANGE"
    assert reason(rig.client.refill_confirm) == "NO_REFILL"
    assert rig.status.reservoir_nl == 18 * ML
    rig.client.refill_filled(20 * ML)
    rig.client.refill_confirm()
    assert rig.status.reservoir_nl == 20 * ML


@pytest.mark.requirement("RES-07")
def test_a_40_ml_reservoir_takes_40_ml(pump):
    plant = PlantConfig(capacity_nl=40.0 * ML, fill_nl=40.0 * ML)
    rig = pump(0, fill_nl=40 * ML, bench=BenchConfig(plant=plant), settings={"reservoir_capacity_nl": 40 * ML})
    assert rig.status.reservoir_nl == rig.truth.reservoir_nl == 40 * ML
    rig.client.refill_begin()
    rig.client.refill_withdrawn(40 * ML)
    assert reason(rig.client.refill_filled, 40 * ML + 1) == "OUT_OF_RANGE"


@pytest.mark.requirement("RES-07", "RES-05")
def test_every_step_needs_the_one_before_it(pump):
    rig = pump(0)
    assert reason(rig.client.refill_withdrawn, ML) == "NO_REFILL"
    assert reason(rig.client.refill_filled, ML) == "NO_REFILL"
    assert reason(rig.client.refill_confirm) == "NO_REFILL"
    rig.client.refill_begin()
    assert reason(rig.client.refill_begin) == "BUSY"
    assert reason(rig.client.refill_filled, 18 * ML) == "NO_REFILL"
    assert reason(rig.client.refill_confirm) == "NO_REFILL"
    assert reason(rig.client.refill_withdrawn, 20 * ML + 1) == "OUT_OF_RANGE"
    assert reason(rig.client.refill_filled, 18 * ML) == "NO_REFILL"
    rig.client.refill_withdrawn(18 * ML)
    assert reason(rig.client.refill_confirm) == "NO_REFILL"
    assert rig.status.reservoir_nl == 18 * ML
