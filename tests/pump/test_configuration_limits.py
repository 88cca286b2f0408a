"""What the configuration allows works, and what cannot work is refused with its name (THR-04, INT-01)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from emulator.bench.config import BenchConfig
from hil.errors import ScenarioError
from hil.scenario.reader import read_text
from hil.words.bench import setting_limits
from protocols import ids
from tests.pump.pump_rig import READING_NL, STROKE_NL

RATE = 20_000
BOLUS_NL, BOLUS_S = 50_000, 300
# What a figure at its end needs beside it, as the reader says when it is missing.
BESIDE = {
    ("low_level_nl", 0): {"empty_level_nl": 500_000},
    ("supply_low_mv", 0): {"supply_critical_mv": 2_200},
    ("supply_critical_mv", 1): {"supply_low_mv": 6_000},
}
# At its end this figure is an alarm by what it says: the level, the date or the supply is there already.
TOLD = {
    ("low_level_nl", 1): {"LOW_RESERVOIR"},
    ("refill_due_h", 1): {"REFILL_DUE"},
    ("supply_low_mv", 1): {"SUPPLY_LOW"},
    ("supply_critical_mv", 1): {"SUPPLY_LOW", "SUPPLY_CRITICAL"},
}
ENDS = [(name, end) for name in setting_limits() for end in (0, 1)]


@pytest.mark.requirement("ALM-06", "THR-04", "THR-09")
@pytest.mark.parametrize(("name", "end"), ENDS, ids=[f"{name} {'most' if end else 'least'}" for name, end in ENDS])
def test_a_figure_at_either_end_of_its_range_works_basal_and_bolus(pump, name, end):
    value = setting_limits()[name][end]
    if (name, end) == ("supply_critical_mv", 1):
        value -= 1
    settings = {name: value, **BESIDE.get((name, end), {})}
    bench = BenchConfig()
    fill_nl = 6_000_000
    if name == "reservoir_capacity_nl":
        bench = bench.with_key("reservoir", float(value))
        fill_nl = min(fill_nl, value)
        bench = bench.with_key("fill", float(fill_nl))
    elif name == "nl_per_rev":
        bench = bench.with_key("volume_per_rev", float(value))
    elif name == "microsteps_per_rev":
        bench = replace(bench, plant=replace(bench.plant, microsteps_per_rev=value))
    rig = pump(RATE, fill_nl=fill_nl, settings=settings, bench=bench)
    rig.run_for(600.0)
    if (name, end) == ("supply_critical_mv", 1):
        assert rig.status.action == "SUSPEND"
        assert rig.delivered_nl(0.0) == 0.0
        return
    rig.client.clinician_bolus(BOLUS_NL, BOLUS_S)
    rig.run_for(1_200.0)
    allowed = TOLD.get((name, end), set()) | ({"LOW_RESERVOIR"} if fill_nl <= 2_000_000 else set())
    assert rig.active() <= allowed | {"REFILL_DUE"}
    stroke_nl = max(STROKE_NL, setting_limits()["nl_per_rev"][1] / 200 if name == "nl_per_rev" and end else 0.0)
    assert rig.turned_nl() == pytest.approx(RATE / 2 + BOLUS_NL, abs=stroke_nl + READING_NL)


@pytest.mark.requirement("ALM-06", "THR-09", "DET-05")
@pytest.mark.parametrize(
    ("nl_per_rev", "limit_pa", "compliance"),
    [(3_000, 15_000, 500.0), (60_000, 15_000, 25.0), (60_000, 15_000, 500.0), (500_000, 51_667, 190.0)],
)
def test_the_lowest_limit_of_a_head_lets_its_fastest_bolus_through(pump, nl_per_rev, limit_pa, compliance):
    bench = BenchConfig().with_key("volume_per_rev", float(nl_per_rev)).with_key("compliance", compliance)
    rig = pump(RATE, settings={"nl_per_rev": nl_per_rev, "occlusion_limit_pa": limit_pa}, bench=bench)
    rig.run_for(600.0)
    rig.client.clinician_bolus(BOLUS_NL, 1)
    rig.run_for(600.0)
    assert rig.active() <= {"REFILL_DUE"}
    assert rig.turned_nl() == pytest.approx(RATE / 3 + BOLUS_NL, abs=nl_per_rev / 200 + STROKE_NL)


@pytest.mark.requirement("INT-01")
@pytest.mark.parametrize(
    "settings",
    [
        {"nl_per_rev": 2_999},
        {"empty_level_nl": 1_000_000, "reservoir_capacity_nl": 1_000_000},
        {"empty_level_nl": 900_000, "low_level_nl": 800_000},
        {"supply_critical_mv": 3_300},
        {"occlusion_limit_pa": 51_000, "nl_per_rev": 500_000},
        {"nl_per_rev": 3_000, "microsteps_per_rev": 6_400},
    ],
    ids=[
        "head too small",
        "empty level at the capacity",
        "empty level above the low one",
        "critical at the low supply",
        "limit that the head reaches",
        "strokes too long for a pulse",
    ],
)
def test_a_figure_that_cannot_work_ends_the_self_test(pump, settings):
    rig = pump(settings=settings, is_commissioned=False)
    assert rig.status.mode == "FAULT"
    assert ids.ITEM_NAMES[[event for event in rig.client.log() if event.code == "SELF_TEST"][-1].a] == "SETTINGS"


@pytest.mark.requirement("INT-01")
@pytest.mark.parametrize(
    ("bench", "said"),
    [
        ('volume_per_rev = "2 uL"', "3,000 nL to 500,000 nL|3 uL"),
        ('reservoir = "1.5 mL"\nempty_level = "2 mL"', "less than reservoir_capacity_nl"),
        ('low_level = "0.8 mL"\nempty_level = "0.9 mL"', "at most low_level_nl"),
        ('supply_critical = "3.3 V"', "less than supply_low_mv"),
        ('volume_per_rev = "500 uL"\nocclusion_limit = "51 kPa"', "51666 or more with this head"),
        ('volume_per_rev = "500 uL"\ncompliance = "25 nL/kPa"', "below the occlusion limit, not at"),
    ],
    ids=[
        "head too small",
        "empty level above the capacity",
        "empty level above the low one",
        "critical at the low supply",
        "limit that the head reaches",
        "strokes that a stiff line takes for an occlusion",
    ],
)
def test_the_reader_refuses_what_cannot_work_with_its_reason(bench, said):
    text = f'name = "x"\nduration = "1 h"\n[bench]\n{bench}\n[therapy]\nfill = "1 mL"\nbasal = "20 uL/h"\n'
    with pytest.raises(ScenarioError, match=said):
        read_text(text, "x")
