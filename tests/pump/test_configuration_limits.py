"""What the configuration allows works, and what cannot work is refused with its name (THR-04, INT-01)."""

from __future__ import annotations

import pytest

from emulator.bench.config import BenchConfig
from hil.errors import ScenarioError
from hil.scenario.reader import read_text
from hil.words.bench import setting_limits
from protocols import ids

RATE = 20_000
# At its end this figure is an alarm by what it says: the level, the date or the supply is there already.
TOLD = {
    ("low_level_nl", 1): {"LOW_RESERVOIR"},
    ("refill_due_h", 1): {"REFILL_DUE"},
    ("supply_low_mv", 1): {"SUPPLY_LOW"},
    ("supply_critical_mv", 1): {"SUPPLY_LOW", "SUPPLY_CRITICAL"},
}
ENDS = [
    (name, end)
    for name in setting_limits()
    if name not in ("microsteps_per_rev", "link_uart", "nl_per_rev")
    for end in (0, 1)
]


@pytest.mark.requirement("ALM-06")
@pytest.mark.parametrize(("name", "end"), ENDS, ids=[f"{name} {'most' if end else 'least'}" for name, end in ENDS])
def test_a_figure_at_either_end_of_its_range_works(pump, name, end):
    value = setting_limits()[name][end]
    settings = {name: value}
    bench = BenchConfig()
    fill_nl = 6_000_000
    if name == "reservoir_capacity_nl":
        bench = bench.with_key("reservoir", float(value))
        fill_nl = min(fill_nl, value)
        bench = bench.with_key("fill", float(fill_nl))
    rig = pump(RATE, fill_nl=fill_nl, settings=settings, bench=bench)
    rig.run_for(1_800.0)
    allowed = TOLD.get((name, end), set()) | ({"LOW_RESERVOIR"} if fill_nl <= 2_000_000 else set())
    assert rig.active() <= allowed | {"REFILL_DUE"}
    if name != "supply_critical_mv":
        assert rig.delivered_nl(0.0) == pytest.approx(10_000.0, rel=0.1)


@pytest.mark.requirement("INT-01")
@pytest.mark.parametrize(
    "settings",
    [{"nl_per_rev": 2_999}, {"empty_level_nl": 1_000_000, "reservoir_capacity_nl": 1_000_000}],
    ids=["head too small", "empty level at the capacity"],
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
        ('reservoir = "1.5 mL"\nempty_level = "2 mL"', "empty_level must be below"),
    ],
    ids=["head too small", "empty level above the capacity"],
)
def test_the_reader_refuses_what_cannot_work_with_its_reason(bench, said):
    text = f'name = "x"\nduration = "1 h"\n[bench]\n{bench}\n[therapy]\nfill = "1 mL"\nbasal = "20 uL/h"\n'
    with pytest.raises(ScenarioError, match=said):
        read_text(text, "x")
