"""The dose limit over the whole therapy, metered independently, in every sliding window (THR-13)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core.core_modules import EVERY_DAY, core, ids, set_days
from tests.firmware.core.rig import ML, STROKE_NL, Rig
from tests.firmware.core.test_limits import most_in_any_window

HOUR_S = 3_600


def fullest_window_nl(rig, window_s):
    return most_in_any_window(rig.strokes, window_s * 1_000) / 1_000


actions = st.one_of(
    st.tuples(st.just("clinician"), st.integers(1_000, 150_000), st.integers(1, 7_200)),
    st.tuples(st.just("patient")),
    st.tuples(st.just("prime"), st.integers(1_000, 60_000)),
    st.tuples(st.just("programme"), st.sampled_from([0, 2_000, 20_000, 300_000])),
    st.tuples(st.just("stop")),
    st.tuples(st.just("start")),
    st.tuples(st.just("minimum")),
    st.tuples(st.just("power"), st.integers(0, 4_000)),
    st.tuples(st.just("bridge"), st.integers(1_000, 60_000), st.sampled_from([2_000, 40_000])),
    st.tuples(st.just("clock"), st.integers(0, 604_799)),
)


def do(rig, action, *values):
    therapy = rig.therapy
    if action == "clinician":
        therapy.start_clinician_bolus(*values)
    elif action == "patient":
        therapy.start_patient_bolus()
    elif action == "prime":
        therapy.start_priming(*values)
    elif action == "programme":
        set_days(rig.prescription.programme, EVERY_DAY, [(0, values[0])])
        therapy.prescription_changed()
    elif action == "bridge":
        therapy.start_bridge(*values)
    elif action == "clock":
        therapy.set_wall(values[0], 0)
    elif action == "power":
        mode = therapy.basal
        rig.power_cycle(values[0])
        rig.therapy.set_basal(mode)
    else:
        modes = {"stop": core.flow.OFF, "start": core.flow.PROGRAMME, "minimum": core.flow.MINIMUM}
        therapy.set_basal(modes[action])


@pytest.mark.requirement("THR-13")
@settings(max_examples=40)
@given(
    st.lists(st.tuples(actions, st.integers(0, 5_000)), min_size=1, max_size=25),
    st.sampled_from([600, HOUR_S, 4 * HOUR_S]),
    st.integers(20_000, 400_000),
)
def test_no_mix_of_anything_brings_any_window_above_the_limit(story, window_s, limit_nl):
    rig = Rig.simple(100_000, volume_nl=20 * ML)
    rig.prescription.patient.set(20_000, 120, 300, 20)
    rig.prescription.dose.set(limit_nl, window_s)
    rig.start()
    for action, wait_s in story:
        rig.drain()
        do(rig, *action)
        rig.run_s_for(wait_s)
    assert fullest_window_nl(rig, window_s) <= limit_nl


@pytest.mark.requirement("THR-13")
def test_basal_after_a_bolus_falls_to_what_the_limit_allows_and_comes_back():
    rig = Rig.simple(30_000)
    rig.prescription.dose.set(900_000, 24 * HOUR_S)
    rig.start().run_s_for(HOUR_S)
    assert rig.therapy.start_clinician_bolus(600_000, HOUR_S) == ids.OK
    rig.run_s_for(HOUR_S)
    rates, limited = [], []
    for _ in range(30 * 60):
        rig.run_s_for(60)
        rates.append(rig.therapy.basal_nl_per_h)
        limited.append(rig.therapy.is_dose_limited)
    assert fullest_window_nl(rig, 24 * HOUR_S) <= 900_000
    assert not limited[0]
    assert any(limited)
    assert min(rates) < 5_000
    assert rates[-1] == 30_000
    assert not limited[-1]
    # Smoothly: from one minute to the next the rate loses at most a fifth, or one stroke per ten minutes.
    assert all(after >= before * 0.8 - 6 * STROKE_NL for before, after in zip(rates, rates[1:], strict=False))


@pytest.mark.requirement("THR-13")
def test_without_a_bolus_and_below_the_limit_basal_is_never_touched():
    rig = Rig.simple(30_000)
    rig.prescription.dose.set(900_000, 24 * HOUR_S)
    rig.start()
    for _ in range(72):
        rig.run_s_for(HOUR_S)
        assert not rig.therapy.is_dose_limited
    assert abs(rig.commanded_nl - 72 * 30_000) <= STROKE_NL / 2


@pytest.mark.requirement("THR-13")
def test_a_bolus_that_the_window_cannot_hold_is_refused_and_one_that_it_can_is_completed():
    rig = Rig.simple(30_000)
    rig.prescription.dose.set(900_000, 24 * HOUR_S)
    rig.start().run_s_for(10 * HOUR_S)
    assert rig.therapy.start_clinician_bolus(599_000, 600) == ids.DOSE_LIMIT
    assert rig.therapy.start_clinician_bolus(590_000, 6 * HOUR_S) == ids.OK
    rig.run_s_for(6 * HOUR_S)
    assert rig.codes()[-1] == ids.LOG_BOLUS_COMPLETED
    assert fullest_window_nl(rig, 24 * HOUR_S) <= 900_000


@pytest.mark.requirement("THR-13")
def test_a_limit_lowered_below_what_was_given_ends_the_bolus_and_the_basal():
    rig = Rig.simple(30_000).start()
    rig.run_s_for(10 * HOUR_S)
    rig.therapy.start_clinician_bolus(100_000, HOUR_S)
    rig.run_s_for(60)
    before_nl = rig.commanded_nl
    rig.prescription.dose.set(200_000, 24 * HOUR_S)
    rig.therapy.prescription_changed()
    rig.run_s_for(60)
    assert rig.therapy.is_dose_limited
    assert rig.codes()[-1] == ids.LOG_BOLUS_HALTED
    assert rig.commanded_nl == before_nl
    rig.run_s_for(HOUR_S)
    assert rig.commanded_nl == before_nl
    assert rig.therapy.rate_nl_per_h == 0


def with_allowance(rig, allowance_nl):
    """The limit becomes such that just so much may still flow in the window that ends now."""
    dose = rig.prescription.dose
    given_nl = dose.volume_nl - rig.therapy.window.allowance_nl(rig.run_s)
    dose.set(given_nl + allowance_nl, 24 * HOUR_S)


@pytest.mark.requirement("THR-13")
@pytest.mark.parametrize(("spare_nl", "microsteps"), [(0, 16), (-1, 0)])
def test_the_last_stroke_that_fits_the_window_is_given_and_no_larger_one(spare_nl, microsteps):
    rig = Rig.simple(30_000)
    rig.prescription.dose.set(900_000, 24 * HOUR_S)
    rig.start().run_s_for(HOUR_S)
    rig.now_ms += rig.therapy.ms_to_stroke()
    rig.advance()
    with_allowance(rig, STROKE_NL + spare_nl)
    assert rig.therapy.due_microsteps() == microsteps
    assert rig.therapy.is_dose_limited == (microsteps == 0)


@pytest.mark.requirement("THR-13")
@pytest.mark.parametrize(
    ("shares", "extra_nl", "after_s", "is_limited"),
    [
        pytest.param(2, 0, 600, True, id="twice the share of ten minutes is not enough"),
        pytest.param(2, 1, 600, False, id="more than twice the share is"),
        pytest.param(4, 0, 60, False, id="a minute later"),
        pytest.param(4, 0, 59, True, id="not before a minute is over"),
    ],
)
def test_a_limited_rate_is_released_late_so_that_it_does_not_flutter(shares, extra_nl, after_s, is_limited):
    rig = Rig.simple(30_000)
    rig.prescription.dose.set(900_000, 24 * HOUR_S)
    rig.start().run_s_for(HOUR_S)
    with_allowance(rig, 0)
    rig.therapy.prescription_changed()
    assert rig.therapy.is_dose_limited
    rig.now_ms += after_s * 1000
    rig.advance()
    with_allowance(rig, rig.therapy.reserved_nl() + shares * 30_000 // 6 + extra_nl)
    rig.therapy.prescription_changed()
    assert rig.therapy.is_dose_limited == is_limited
