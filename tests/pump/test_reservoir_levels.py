"""The computed volume against what is truly in the reservoir, and the two levels at which it speaks."""

from __future__ import annotations

import json

import pytest

from tests.pump.prescribing import HOUR_S, ML, PULSATION_NL, bench, refill
from tests.pump.pump_rig import STROKE_NL

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

NEAR_NL = STROKE_NL + PULSATION_NL


def configure(rig, **settings):
    """Write /config.json and switch off and on, as somebody with a cable does."""
    rig.target.power.off()
    rig.world.flash.write_file("/config.json", json.dumps(settings).encode())
    rig.target.power.on()
    rig.reconnect()


@pytest.mark.requirement("RES-01")
def test_the_computed_volume_follows_the_true_one_through_boluses_and_power_cuts(pump):
    rig = pump(60_000)
    rig.run_for(HOUR_S)
    rig.client.clinician_bolus(200_000, 600)
    rig.run_for(300)
    rig.cycle_power(off_s=100)
    rig.run_for(HOUR_S)
    assert rig.status.reservoir_nl == pytest.approx(rig.truth.reservoir_nl, abs=NEAR_NL)
    assert rig.truth.reservoir_nl < 18 * ML - 200_000


@pytest.mark.requirement("RES-01")
def test_a_rotor_that_stands_still_empties_no_reservoir(pump):
    rig = pump(60_000)
    rig.run_for(600)
    rig.inject("motor.stall")
    rig.run_for(HOUR_S)
    assert rig.truth.reservoir_nl > 18 * ML - 12_000
    assert rig.status.reservoir_nl == pytest.approx(rig.truth.reservoir_nl, abs=NEAR_NL)


@pytest.mark.requirement("RES-03")
@pytest.mark.parametrize("level_nl", [500_000, 2_000_000, 8_000_000], ids=["0.5 mL", "2 mL", "8 mL"])
def test_low_reservoir_is_raised_at_the_level_of_the_configuration_and_delivery_goes_on(pump, level_nl):
    fill_nl = level_nl + 20_000
    rig = pump(
        300_000,
        fill_nl=fill_nl,
        bench=bench(fill_nl=float(fill_nl)),
        settings={"low_level_nl": level_nl, "empty_level_nl": 100_000},
    )
    rig.run_for(220)
    assert "LOW_RESERVOIR" not in rig.raised()
    rig.wait_for_alarm("LOW_RESERVOIR", 60)
    raised_s = [seen.at_s for seen in rig.alarms if seen.name == "LOW_RESERVOIR"][0]
    assert 20_000 - rig.delivered_nl(0.0, raised_s) == pytest.approx(0, abs=NEAR_NL)
    before_nl = rig.truth.delivered_nl
    rig.run_for(600)
    assert rig.truth.delivered_nl - before_nl == pytest.approx(50_000, rel=0.05)


@pytest.mark.requirement("RES-03")
def test_a_level_that_is_configured_anew_holds_from_the_next_start_on(pump):
    rig = pump(60_000, fill_nl=5 * ML)
    rig.run_for(60)
    assert "LOW_RESERVOIR" not in rig.active()
    configure(rig, low_level_nl=6 * ML)
    rig.run_for(60)
    assert "LOW_RESERVOIR" in rig.active()
    configure(rig, low_level_nl=4 * ML)
    rig.run_for(60)
    assert "LOW_RESERVOIR" not in rig.active()


@pytest.mark.requirement("RES-03")
@pytest.mark.parametrize("level_nl", [499_999, 8_000_001])
def test_a_low_level_out_of_its_range_starts_no_delivery(pump, level_nl):
    rig = pump(is_commissioned=False, settings={"low_level_nl": level_nl})
    rig.run_for(10)
    assert rig.status.mode == "FAULT"
    assert rig.bursts == []


@pytest.mark.requirement("RES-04")
@pytest.mark.parametrize("level_nl", [500_000, 300_000], ids=["0.5 mL", "0.3 mL by configuration"])
def test_delivery_stops_at_the_empty_level_and_a_refill_ends_the_alarm(pump, level_nl):
    fill_nl = level_nl + 50_000
    rig = pump(
        300_000,
        fill_nl=fill_nl,
        bench=bench(fill_nl=float(fill_nl)),
        settings={"empty_level_nl": level_nl},
    )
    rig.run_for(570)
    assert "EMPTY_RESERVOIR" not in rig.raised()
    rig.run_for(HOUR_S)
    assert rig.raised().count("EMPTY_RESERVOIR") == 1
    assert rig.status.mode == "STOPPED"
    assert rig.truth.reservoir_nl == pytest.approx(level_nl, abs=NEAR_NL)
    assert rig.level("EN") == 1
    stopped_nl = rig.truth.delivered_nl
    withdrawn_nl, _ = rig.world.refill(10 * ML)
    refill(rig, round(withdrawn_nl), 10 * ML)
    rig.run_for(600)
    assert rig.active() == set()
    assert rig.truth.delivered_nl == stopped_nl
    rig.client.start()
    rig.run_for(600)
    assert rig.truth.delivered_nl - stopped_nl == pytest.approx(50_000, rel=0.05)
