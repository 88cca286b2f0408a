"""A line that closes or opens, seen by pressure alone (DET-05, DET-06, DET-07)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.bench.config import BenchConfig
from emulator.plant import PlantConfig
from tests.pump.detection import RATES, interval_s, learned_pump, warm_pump

MOST_TRAPPED_NL = 20_000.0
STIFF = replace(BenchConfig(), plant=PlantConfig(compliance_nl_per_kpa=50.0))


def assert_stopped_for_good(rig) -> None:
    alarm_s = rig.now_s
    rig.run_for(600.0)
    assert rig.delivered_nl(alarm_s) == 0.0
    assert rig.status.mode == "STOPPED"
    assert rig.level("EN") == 1
    assert rig.is_lamp_used()


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("rate", RATES)
def test_a_closed_line_is_told_by_its_missing_decay(pump, rate):
    """Long before the limit: five strokes raise the line by 8 kPa."""
    rig = warm_pump(pump, rate)
    fault_s = rig.now_s
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 6 * interval_s(rate))
    assert closed.took_effect
    assert rig.truth.line_pressure_kpa < 60.0
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL
    rig.run_for(1.0)
    (event,) = rig.events("OCCLUSION")
    assert event.a / 1000 == pytest.approx(rig.truth.line_pressure_kpa, abs=1.0)
    assert event.b == pytest.approx(len(rig.bursts_after(fault_s)) * 300.0, abs=310.0)  # as the rotor turned
    assert rig.status.pressure_pa / 1000 == pytest.approx(rig.truth.line_pressure_kpa, abs=1.0)
    assert_stopped_for_good(rig)
    assert rig.raised(fault_s) == ["CATHETER_OCCLUSION"]


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("rate", RATES)
def test_a_closed_line_is_told_by_its_pressure(pump, rate):
    """The limit is so low that the third stroke passes it, before decay could have been judged."""
    rig = warm_pump(pump, rate, settings={"occlusion_limit_pa": 15_000}, bench=STIFF)
    fault_s = rig.now_s
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 4 * interval_s(rate))
    assert closed.took_effect
    assert len(rig.bursts_after(fault_s)) <= 3
    assert 15.0 <= rig.truth.line_pressure_kpa < 25.0
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL
    assert_stopped_for_good(rig)


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("volume_nl", [500_000, 1_000_000])
@pytest.mark.parametrize("duration_s", [60, 600])
def test_a_bolus_into_a_closed_line_traps_little(pump, volume_nl, duration_s):
    rig = warm_pump(pump)
    fault_s = rig.now_s
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.client.clinician_bolus(volume_nl, duration_s)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 30.0)
    assert closed.took_effect
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL
    assert rig.truth.peak_pressure_kpa < 138.0  # the hard limit of DET-05
    rig.run_for(1.0)
    (event,) = rig.events("OCCLUSION")
    assert event.b == pytest.approx(rig.delivered_nl(fault_s), rel=0.2)
    assert_stopped_for_good(rig)
    assert rig.status.bolus_kind == "NONE"


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("rate", RATES)
def test_a_line_that_closes_slowly_is_told_too(pump, rate):
    rig = warm_pump(pump, rate)
    # Conductance falls to e^-8 and the line holds for strokes; from then on it is as a closed one.
    onset_s = interval_s(rate) / 2
    closed = rig.inject("catheter.occlusion", onset=onset_s)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 14 * onset_s + 6 * interval_s(rate))
    assert closed.took_effect
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL


@pytest.mark.requirement("DET-05")
@pytest.mark.parametrize(
    ("rate", "k"), [(2_000, 2_000.0), (20_000, 2_000.0), (1_000_000, 500.0)], ids=["2", "20", "1000"]
)
def test_a_kink_that_settles_below_the_limit_is_left_alone(pump, rate, k):
    """Twin: the line loses between two strokes what a stroke adds, at a pressure that may be."""
    rig = warm_pump(pump, rate)
    kink = rig.inject("catheter.kink", k=k)
    rig.run_for(min(40 * interval_s(rate), 3 * 3600.0))
    assert kink.took_effect
    assert rig.alarms == []
    assert rig.truth.peak_pressure_kpa < 60.0


@pytest.mark.requirement("DET-05")
def test_a_kink_whose_pressure_would_pass_the_limit_is_told(pump):
    rig = warm_pump(pump, 1_000_000)
    kink = rig.inject("catheter.kink", k=2_200.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 60.0)
    assert kink.took_effect
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL


@pytest.mark.requirement("DET-05", "ALM-05")
def test_an_opened_line_may_be_started_again_once_acknowledged(pump):
    rig = warm_pump(pump)
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 400.0)
    rig.run_for(60.0)
    closed.clear()
    rig.run_for(60.0)
    rig.client.acknowledge("CATHETER_OCCLUSION")
    rig.client.start()
    since_s = rig.now_s
    rig.run_for(3600.0)
    assert rig.active() == set()
    assert rig.delivered_nl(since_s) == pytest.approx(20_000.0, abs=400.0)


@pytest.mark.requirement("DET-07")
@pytest.mark.parametrize("rate", RATES)
def test_an_open_line_is_told_and_delivery_goes_on(pump, rate):
    rig = learned_pump(pump, rate)
    fault_s = rig.now_s
    opened = rig.inject("catheter.disconnection")
    rig.wait_for_alarm("CATHETER_DISCONNECTED", 16 * interval_s(rate))
    assert opened.took_effect
    assert 8 <= len(rig.bursts_after(fault_s)) <= 15
    assert rig.truth.leaked_nl > 0.0
    alarm_s = rig.now_s
    rig.run_for(10 * interval_s(rate))
    assert [name for name in rig.raised(fault_s) if name != "REFILL_DUE"] == ["CATHETER_DISCONNECTED"]
    assert len(rig.bursts_after(alarm_s)) in (9, 10, 11)


@pytest.mark.requirement("DET-07")
def test_nine_strokes_into_an_open_line_are_not_yet_told(pump):
    rig = warm_pump(pump)
    opened = rig.inject("catheter.disconnection", duration=9 * interval_s(20_000))
    rig.run_for(3600.0)
    assert opened.took_effect
    assert rig.alarms == []


@pytest.mark.requirement("DET-07")
def test_a_pump_that_runs_dry_makes_no_pulses(pump):
    rig = learned_pump(pump)
    dry = rig.inject("reservoir.empty_early", volume=18_000_000.0)
    rig.wait_for_alarm("CATHETER_DISCONNECTED", 16 * interval_s(20_000))
    assert dry.took_effect


@pytest.mark.requirement("DET-07")
def test_a_line_that_is_open_from_the_start_is_never_learned_as_whole(pump):
    rig = pump(60_000)
    opened = rig.inject("catheter.disconnection")
    rig.wait_for_alarm("CATHETER_DISCONNECTED", 60 * interval_s(60_000))
    assert opened.took_effect
    rig.run_for(3 * 3600.0)
    assert rig.active() == {"CATHETER_DISCONNECTED"}


@pytest.mark.requirement("DET-05", "DET-06")
@pytest.mark.parametrize("nl_per_kpa", [25.0, 500.0])
def test_a_bolus_into_a_closed_line_traps_little_in_any_line(pump, nl_per_kpa):
    """Stiff as a metal tube or soft as an insulin set; 25 nL/kPa turns one stroke of 5 uL into 200 kPa."""
    rig = learned_pump(pump, bench=replace(BenchConfig(), plant=PlantConfig(compliance_nl_per_kpa=nl_per_kpa)))
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.client.clinician_bolus(1_000_000, 60)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 30.0)
    assert closed.took_effect
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL
    assert rig.truth.peak_pressure_kpa < 138.0 or nl_per_kpa == 25.0


@pytest.mark.requirement("DET-05", "DET-06")
def test_an_occlusion_behind_a_bubble_is_found_before_20_ul_are_trapped(pump):
    rig = learned_pump(pump)
    bubble = rig.inject("line.air", volume=30_000.0)
    rig.run_for(3 * 3600.0)
    assert rig.alarms == []
    closed = rig.inject("catheter.occlusion", onset=0.0)
    rig.wait_for_alarm("CATHETER_OCCLUSION", 20 * interval_s(20_000))
    assert bubble.took_effect
    assert closed.took_effect
    assert rig.truth.trapped_nl <= MOST_TRAPPED_NL
