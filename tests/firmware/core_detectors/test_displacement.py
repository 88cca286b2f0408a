"""STEP_LOSS by measured against commanded volume, with its delay at three rates (DET-03)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import (
    NL_PER_COUNT,
    RATES_UL_PER_H,
    STROKE_MICROSTEPS,
    STROKE_NL,
    Rotor,
    core,
    interval_s,
)

module = core("displacement")


def pumped(loss, rotor, rate, strokes, kept, start_s=0.0):
    """Verdict after each stroke, with the time of the first STEPS_LOST or None."""
    angle = rotor.read()
    for number in range(1, strokes + 1):
        rotor.turn(STROKE_MICROSTEPS * kept)
        after = rotor.read()
        moved = (after - angle + 2048) % 4096 - 2048
        angle = after
        now_s = start_s + number * interval_s(rate)
        if loss.stroke(int(now_s), STROKE_NL, int(moved * NL_PER_COUNT)) == module.STEPS_LOST:
            return now_s - start_s
    return None


@pytest.mark.requirement("DET-03", "ALM-06")
@pytest.mark.parametrize("rate", RATES_UL_PER_H)
@pytest.mark.parametrize("kept", [1.0, 0.95], ids=["nothing lost", "5 % lost"])
def test_twin_no_verdict_while_at_least_95_percent_follow(rate, kept):
    assert pumped(module.StepLoss(), Rotor(rate), rate, 5_000, kept) is None


@pytest.mark.requirement("DET-03")
@pytest.mark.parametrize(
    ("rate", "within_s"),
    [
        pytest.param(2, 3600 + 540, id="2 uL/h: an hour and a stroke"),
        pytest.param(20, 50 * 54, id="20 uL/h: 50 strokes"),
        pytest.param(1000, 54, id="1000 uL/h: 50 strokes"),
    ],
)
def test_a_slip_of_15_percent_is_known_within_the_documented_delay(rate, within_s):
    loss, rotor = module.StepLoss(), Rotor(rate)
    assert pumped(loss, rotor, rate, 100, 1.0) is None
    delay_s = pumped(loss, rotor, rate, 200, 0.85, 100 * interval_s(rate))
    assert delay_s is not None
    assert delay_s <= within_s + 1


@pytest.mark.requirement("DET-03")
def test_the_verdict_ends_when_the_steps_are_kept_again():
    loss, rotor = module.StepLoss(), Rotor(7)
    assert pumped(loss, rotor, 1000, 100, 0.8) is not None
    verdicts = [loss.stroke(200 + number, STROKE_NL, STROKE_NL) for number in range(100)]
    assert verdicts[0] == module.STEPS_LOST
    assert set(verdicts[50:]) == {module.STEPS_KEPT}


STROKES = st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 5000), st.integers(0, 110)), min_size=1, max_size=200)


@pytest.mark.requirement("DET-03")
@settings(max_examples=100, deadline=None)
@given(STROKES)
def test_the_running_sums_are_those_of_the_strokes_in_the_window(strokes):
    loss, now_s, history = module.StepLoss(), 0, []
    for pause_s, commanded_nl, percent in strokes:
        now_s += pause_s
        history.append((now_s, commanded_nl, commanded_nl * percent // 100))
        verdict = loss.stroke(*history[-1])
        window = [entry for entry in history[-50:] if now_s - entry[0] <= 3600]
        commanded, measured = sum(e[1] for e in window), sum(e[2] for e in window)
        assert (loss.commanded_nl, loss.measured_nl) == (commanded, measured)
        is_whole = len(window) == 50 or (now_s >= 3600 and len(window) >= 4)
        assert (verdict == module.STEPS_LOST) == (is_whole and 10 * measured < 9 * commanded)
