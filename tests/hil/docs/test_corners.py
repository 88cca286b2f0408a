"""The corners of the bench: a sample in the default tests, the grid and a month among the slow ones."""

from __future__ import annotations

import pytest

from hil.docs.corners import CORNERS, DOCUMENT, EXPECTED, Outcome, Told, broken, measure, raised, rendered, run, told

BY_NAME = {corner.name: corner for corner in CORNERS}
SAMPLE = ["as it comes", "all, soft, high", "all, stiff, low, cold"]
ALL_DISTURBANCES = [name for name in BY_NAME if name.startswith("all, ")]
INSIDE = [corner.name for corner in CORNERS if not corner.outside]
CLOSED = 'inject = "catheter.occlusion"\nonset = "0 s"'


@pytest.mark.requirement("ALM-06", "DET-05", "DET-06")
@pytest.mark.parametrize("name", SAMPLE)
def test_a_corner_is_silent_for_hours_and_then_tells_an_occlusion(name):
    corner = BY_NAME[name]
    seen = told(corner, "occlusion", "CATHETER_OCCLUSION", 60, CLOSED, corner.strokes_to_occlusion() * 18)
    assert seen.is_kept, seen.text
    assert seen.others == []


@pytest.mark.requirement("ALM-06", "DET-05", "DET-06", "DET-07", "DET-01")
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", INSIDE)
def test_no_corner_inside_the_envelope_breaks_a_promise(name):
    outcome = measure(BY_NAME[name], days=2, seed=2)
    assert outcome.is_kept, rendered([outcome])


@pytest.mark.requirement("ALM-06")
@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", ALL_DISTURBANCES)
def test_a_month_of_all_disturbances_at_once_raises_no_alarm(name):
    record = run(BY_NAME[name], "30 d", '"20 uL/h"', "", seed=3)
    assert {alarm for _, alarm in raised(record)} <= set(EXPECTED)


def test_the_document_has_a_line_for_each_corner():
    """Measured anew by `python -m hil.docs.corners --write`."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [corner.name for corner in CORNERS if f"| {corner.name} |" not in text] == []
    assert "BROKEN" not in text


def test_a_false_alarm_a_late_one_and_one_too_many_nanolitres_break_a_promise():
    kept = Told("occlusion", 10.0, 20.0, 5_000.0, [])
    late = Told("occlusion", 21.0, 20.0, 5_000.0, [])
    much = Told("occlusion", 10.0, 20.0, 20_001.0, [])
    corner = BY_NAME["as it comes"]
    assert broken([Outcome(corner, {}, 1.0, [kept])]) == []
    assert broken([Outcome(corner, {"SENSOR_FAULT_PRESSURE": 1}, 1.0, [kept])]) == [corner.name]
    assert broken([Outcome(corner, {}, 1.0, [late])]) == broken([Outcome(corner, {}, 1.0, [much])]) == [corner.name]
    assert broken([Outcome(BY_NAME["rest +40 kPa"], {"SENSOR_FAULT_PRESSURE": 1}, 1.0, [late])]) == []
