"""Flipped bits in memory and in the image while the pump runs: found, or without effect (INT-02, INT-08)."""

from __future__ import annotations

import json

import pytest

from protocols import ids
from tests.pump.flips import campaign, flip, verdict_of_a_flip
from tests.pump.prescribing import prescribe, reason
from tests.pump.pump_rig import STROKE_NL, PumpRig

PERIOD_S = 600.0

# From an object of the firmware on, bit, and how long it may take until the pump has stopped with SYSTEM_FAULT.
FLIPS = [
    pytest.param("Therapy.dosing.due_pl", 28, 60.0, id="demand of half a millilitre"),
    pytest.param("Therapy.rate_nl_per_h", 20, 60.0, id="rate in force"),
    pytest.param("Therapy.basal", 0, 60.0, id="kind of basal"),
    pytest.param("Therapy.schedule.change_in_ms", 25, 60.0, id="time to the next segment"),
    pytest.param("Therapy.stroke.pl_per_microstep", 13, 60.0, id="stroke calibration"),
    pytest.param("Therapy.stroke.microsteps", 9, 60.0, id="size of a stroke"),
    pytest.param("Therapy.window._sum_nl", 18, 60.0, id="sum of the dose window"),
    pytest.param("Therapy.lockout.last_end_s", 29, 60.0, id="end of the lock-out"),
    pytest.param("Therapy.boluses.patient.kind", 1, 60.0, id="kind of a bolus that does not run"),
    pytest.param("Therapy.boluses.other.rate_nl_per_h", 22, 60.0, id="rate of a bolus that does not run"),
    pytest.param("Reservoir.volume_nl", 22, 60.0, id="volume of the reservoir"),
    pytest.param("AlarmManager.governing_action", 0, 60.0, id="what the alarms do to delivery"),
    pytest.param("Therapy.prescription.patient.volume_nl", 17, PERIOD_S + 1, id="prescribed patient bolus"),
    pytest.param("Therapy.prescription.dose.volume_nl", 24, PERIOD_S + 1, id="prescribed dose limit"),
    pytest.param("StrokeRunner._nl_per_rev", 14, PERIOD_S + 1, id="calibration of the rotor"),
    pytest.param("LineGuard._watch._configured_pa", 16, PERIOD_S + 1, id="limit of the line pressure"),
]


def self_test_items(rig: PumpRig) -> list[str]:
    return [ids.ITEM_NAMES[event.a] for event in rig.client.log() if event.code == "SELF_TEST"]


def running(pump) -> PumpRig:
    rig = pump()
    prescribe(rig, patient=(5_000, 60, 1_800, 4), dose=(3_000_000, 86_400))
    rig.run_for(1_000.0)
    assert rig.alarms == []
    return rig


@pytest.mark.requirement("INT-02", "INT-08")
@pytest.mark.parametrize(("path", "bit", "within_s"), FLIPS)
def test_a_flipped_bit_stops_the_pump_before_it_becomes_a_dose(pump, path, bit, within_s):
    rig = running(pump)
    flipped_s = rig.now_s
    flip(rig, path, bit)
    rig.wait_for_alarm("SYSTEM_FAULT", within_s)
    assert rig.delivered_nl(flipped_s) <= 20_000 / 3_600 * (rig.now_s - flipped_s) + STROKE_NL
    assert rig.status.mode == "FAULT"
    assert self_test_items(rig) == ["MEMORY"]
    stopped_s = rig.now_s
    rig.run_for(1_800.0)
    assert rig.bursts_after(stopped_s) == []


@pytest.mark.requirement("INT-02", "INT-08")
def test_a_flipped_bit_in_the_mode_stops_the_pump_at_the_next_stroke_or_test(pump):
    """The guard asks before a stroke whether the mode allows it; the periodic test may come first."""
    rig = running(pump)
    flipped_s = rig.now_s
    flip(rig, "Machine.state", 3)
    rig.wait_for_alarm("SYSTEM_FAULT", 60.0)
    assert rig.status.mode == "FAULT"
    assert self_test_items(rig) in (["MEMORY"], ["GUARD"])
    rig.run_for(1_800.0)
    assert rig.bursts_after(flipped_s) == []


@pytest.mark.requirement("INT-02", "INT-08")
def test_a_flipped_bit_in_the_list_of_lock_outs_stops_the_pump_within_ten_minutes(pump):
    """A start that seems long ago would let one bolus more into the day."""
    rig = running(pump)
    rig.client.patient_bolus()
    rig.run_for(120.0)
    flip(rig, "Therapy.lockout._starts.0", 9)
    rig.wait_for_alarm("SYSTEM_FAULT", PERIOD_S + 1)
    assert self_test_items(rig) == ["MEMORY"]


@pytest.mark.requirement("INT-02", "THR-01")
def test_a_flipped_mode_starts_nothing(pump):
    """STOPPED and RUNNING are one bit apart."""
    rig = running(pump)
    rig.client.stop()
    rig.run_for(60.0)
    stopped_s = rig.now_s
    flip(rig, "Machine.state", 0)
    rig.inject("clock.jump", by=7_200.0)  # an alarm lets the pump work out anew what may move
    rig.wait_for_alarm("SYSTEM_FAULT", PERIOD_S)
    rig.run_for(1_800.0)
    assert rig.bursts_after(stopped_s) == []


@pytest.mark.requirement("INT-02", "INT-08", "ALM-05")
@pytest.mark.parametrize("is_cycled", [True, False], ids=["power is cut", "it restarts by itself"])
def test_after_a_flipped_bit_the_state_before_it_comes_back_but_only_a_person_starts(pump, is_cycled):
    rig = running(pump)
    reservoir_nl, delivered_nl = rig.status.reservoir_nl, rig.status.delivered_nl
    flip(rig, "Reservoir.volume_nl", 23)
    rig.wait_for_alarm("SYSTEM_FAULT", 60.0)
    rig.client.self_test()
    assert rig.status.mode == "FAULT", "memory is not made good by asking, but by the restart that follows"
    if is_cycled:
        rig.cycle_power()
        assert rig.status.mode == "FAULT"
    else:
        rig.run_for(5.0)
        rig.reconnect()
        assert rig.status.mode == "STANDBY"
        assert rig.status.reset_cause == "SERVICE"
    assert abs(rig.status.reservoir_nl - reservoir_nl) <= 2 * STROKE_NL
    assert abs(rig.status.delivered_nl - delivered_nl) <= 2 * STROKE_NL
    rig.client.self_test()
    assert rig.status.mode == "STANDBY"
    assert reason(rig.client.start) == "ALARM_ACTIVE"
    rig.client.acknowledge("SYSTEM_FAULT")
    rig.client.start()
    since_s = rig.now_s
    rig.run_for(3_600.0)
    assert rig.delivered_nl(since_s) == pytest.approx(20_000.0, abs=2 * STROKE_NL)


@pytest.mark.requirement("INT-02")
def test_a_flipped_bit_in_the_image_is_found_while_the_pump_runs(pump):
    rig = running(pump)
    flash = rig.world.flash
    place = flash.image.find(b"Whether the pump as a whole is in a state for a command")
    flash.flip_bit(place // flash.block_size, place % flash.block_size, 2)
    # One file in ten minutes: all of them within a day.
    rig.wait_for_alarm("SYSTEM_FAULT", 86_400.0)
    assert self_test_items(rig) == ["IMAGE"]
    listed = [path for path, _ in json.loads(flash.read_file("/manifest.json"))]
    (event,) = rig.events("SELF_TEST")
    assert listed[event.b - 1] == "/firmware/core/guards.py", "the log says which file"
    assert rig.status.mode == "FAULT"


@pytest.mark.requirement("INT-02", "INT-04")
def test_a_flash_that_takes_no_more_writes_is_told(pump):
    rig = running(pump)
    rig.target.power.off()
    full = rig.inject("flash.full")
    rig.target.power.on()
    rig.reconnect()
    assert full.took_effect
    assert "SYSTEM_FAULT" in rig.active(), "the first write that is refused tells it"
    assert rig.status.mode == "FAULT"


@pytest.mark.requirement("ALM-05", "INT-02")
def test_a_flash_that_takes_writes_again_needs_a_self_test_and_no_power_cycle(pump):
    rig = running(pump)
    dead = rig.inject("flash.write_error")
    rig.run_for(700.0)
    dead.clear()
    rig.reconnect()
    assert rig.status.mode == "FAULT"
    restarts = len(rig.world.mcu.resets)
    rig.client.self_test()
    rig.client.acknowledge("SYSTEM_FAULT")
    rig.run_for(10.0)
    rig.client.start()
    rig.run_for(700.0)
    assert rig.status.mode == "RUNNING"
    assert rig.active() == set()
    assert len(rig.world.mcu.resets) == restarts, "the write that was tried again went through"


@pytest.mark.requirement("INT-02", "INT-08")
def test_a_commit_does_not_make_a_flipped_figure_the_right_one(pump):
    rig = running(pump)
    rig.run_for(100.0)
    flip(rig, "SupplyWatch._low_mv", 11)
    rig.client.programme_begin()
    rig.client.stage_day(127, [(0, 30_000)])
    assert reason(rig.client.programme_commit) == "BUSY"
    rig.wait_for_alarm("SYSTEM_FAULT", 1.0)
    assert rig.status.mode == "FAULT"


@pytest.mark.requirement("INT-02", "ALM-06")
def test_no_test_fails_in_a_day_without_a_fault(pump):
    """Twin, with everything that changes what is sealed: boluses, stops, commits, a refill, a set clock."""
    rig = running(pump)
    for step in range(24):
        if step % 6 == 1:
            rig.client.clinician_bolus(20_000, 1_200)
        elif step % 6 == 2:
            rig.bench.press("patient", 200_000_000)
        elif step % 6 == 3:
            prescribe(rig, 18_000 + 500 * step)
        elif step % 6 == 4:
            rig.client.stop()
            rig.run_for(700.0)
            rig.client.start()
        elif step % 6 == 5:
            rig.client.set_clock(rig.status.epoch_s + 40)
        rig.run_for(3_000.0)
    assert "SYSTEM_FAULT" not in rig.raised()
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("INT-08")
@pytest.mark.parametrize(("package", "seeds"), [("firmware.core", range(5)), ("firmware.services", range(500, 502))])
def test_no_flipped_bit_of_a_sample_leads_to_an_unalarmed_wrong_dose(package, seeds):
    counts, wrong = campaign(seeds, package)
    assert wrong == []
    assert sum(counts.values()) == len(seeds)


@pytest.mark.requirement("INT-08")
@pytest.mark.parametrize(("is_sealed", "verdict"), [(True, "detected"), (False, "wrong dose")])
def test_the_campaign_would_tell_a_wrong_dose_if_nothing_watched_the_demand(is_sealed, verdict):
    """The yardstick itself: demand loses eight microlitres, with and without the seal of the therapy."""
    assert verdict_of_a_flip("Therapy.dosing.due_pl", 23, is_sealed) == verdict


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.requirement("INT-08")
@pytest.mark.parametrize(
    ("package", "seeds"),
    [
        ("firmware.core", range(700)),
        ("firmware.services", range(1_000, 1_400)),
        ("firmware.drivers", range(3_000, 3_250)),
    ],
)
def test_no_flipped_bit_leads_to_an_unalarmed_wrong_dose(package, seeds):
    counts, wrong = campaign(seeds, package)
    print(package, dict(counts))
    assert wrong == []
    assert sum(counts.values()) == len(seeds)
