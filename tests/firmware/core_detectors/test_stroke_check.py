"""Strokes that follow, fall short, stall, run backwards or too far (DET-01, THR-20)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import MICROSTEPS_PER_REV, STROKE_MICROSTEPS, Rotor, core

module = core("stroke_check")
SIZES = (16, 17, 40, 100, 266)


def stroke(check, rotor, microsteps, kept, attempts=3):
    """A whole stroke with its repetitions; kept: the share of microsteps that the rotor follows."""
    check.begin(microsteps, rotor.read(), attempts)
    wanted, verdicts = microsteps, []
    while True:
        rotor.turn(wanted * kept)
        verdicts.append(check.judge(rotor.read()))
        if verdicts[-1] != module.STROKE_RETRY:
            return verdicts
        wanted = check.missing_microsteps()


@pytest.mark.requirement("DET-01", "ALM-06")
@pytest.mark.parametrize("microsteps", SIZES)
def test_twin_every_stroke_of_a_healthy_rotor_has_moved(microsteps):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(microsteps)
    for _ in range(5_000):
        assert stroke(check, rotor, microsteps, 1) == [module.STROKE_MOVED]


@pytest.mark.requirement("DET-01")
@pytest.mark.parametrize("microsteps", SIZES)
def test_a_rotor_that_stands_still_is_stalled_at_the_third_attempt(microsteps):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(microsteps)
    for _ in range(500):
        assert stroke(check, rotor, microsteps, 0) == [module.STROKE_RETRY] * 2 + [module.STROKE_STALLED]
        assert check.attempts == 3


@pytest.mark.requirement("DET-01")
def test_three_attempts_fit_into_the_30_s_that_the_requirement_allows():
    assert (module.ATTEMPTS - 1) * module.RETRY_AFTER_MS < 30_000


@pytest.mark.requirement("DET-01")
def test_a_rotor_that_comes_free_at_the_second_attempt_completes_the_stroke_and_no_more():
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(4, 0)
    start = rotor.counts
    check.begin(STROKE_MICROSTEPS, rotor.read(), module.ATTEMPTS)
    rotor.turn(4)
    assert check.judge(rotor.read()) == module.STROKE_RETRY
    rotor.turn(check.missing_microsteps())
    assert check.judge(rotor.read()) == module.STROKE_MOVED
    assert rotor.counts - start <= STROKE_MICROSTEPS * 1.28 + 2


@pytest.mark.requirement("DET-03")
@pytest.mark.parametrize("microsteps", SIZES)
def test_a_slip_that_leaves_six_tenths_is_a_short_stroke_and_not_repeated(microsteps):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(microsteps, 0.17)
    for _ in range(300):
        assert stroke(check, rotor, microsteps, 0.6) == [module.STROKE_SHORT]


@pytest.mark.requirement("DET-02")
def test_a_probe_has_one_attempt():
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(5)
    assert stroke(check, rotor, STROKE_MICROSTEPS, 0, attempts=1) == [module.STROKE_STALLED]
    assert stroke(check, rotor, STROKE_MICROSTEPS, 1, attempts=1) == [module.STROKE_MOVED]


@pytest.mark.requirement("THR-20")
@pytest.mark.parametrize("microsteps", SIZES)
def test_the_wrong_way_is_seen_at_the_first_attempt(microsteps):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(microsteps)
    for _ in range(300):
        assert stroke(check, rotor, microsteps, -1) == [module.STROKE_REVERSED]


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize("microsteps", SIZES)
def test_twice_as_far_as_commanded_is_a_jump(microsteps):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(microsteps)
    for _ in range(300):
        assert stroke(check, rotor, microsteps, 2) == [module.STROKE_JUMPED]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 1000), st.integers(0, 4095), st.floats(0, 1))
def test_repetitions_never_command_more_than_the_stroke_still_owes(microsteps, start, kept):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(6, 0)
    rotor.counts = start
    stroke(check, rotor, microsteps, kept)
    assert rotor.counts - start <= microsteps * 1.28 + 2
    assert 0 <= check.missing_microsteps() <= microsteps


@pytest.mark.requirement("DET-04", "THR-20")
@pytest.mark.parametrize("turned", range(-40, 60, 3))
def test_astray_is_what_would_stop_the_pump(turned):
    check, rotor = module.StrokeCheck(MICROSTEPS_PER_REV), Rotor(4, 0)
    check.begin(STROKE_MICROSTEPS, rotor.read(), module.ATTEMPTS)
    rotor.turn(turned)
    is_astray = check.is_astray(rotor.read())
    assert is_astray == (check.judge(rotor.read()) in (module.STROKE_REVERSED, module.STROKE_JUMPED))
