"""Futile restarts are counted per alarm and end in a lock (DET-12)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols import ids
from tests.firmware.core_detectors.bench_figures import core

module = core("restart_guard")


def restarted(guard, times, number=ids.ALARM_CATHETER_OCCLUSION):
    for run_s in times:
        guard.cleared(number)
        guard.started(run_s)
    return guard


@pytest.mark.requirement("DET-12")
@pytest.mark.parametrize(
    ("times", "reason"),
    [
        pytest.param([0, 300], ids.OK, id="two restarts"),
        pytest.param([0, 300, 600], ids.NOT_ALLOWED, id="three within 10 min"),
        pytest.param([0, 300, 601], ids.OK, id="three in a second more"),
        pytest.param([0, 500, 700, 1_000], ids.NOT_ALLOWED, id="the last three within 10 min"),
    ],
)
def test_the_third_restart_after_the_same_alarm_within_10_min_locks(times, reason):
    assert restarted(module.RestartGuard(), times).may_start() == reason


@pytest.mark.requirement("DET-12")
def test_restarts_after_different_alarms_are_counted_apart():
    guard = module.RestartGuard()
    for run_s, number in enumerate((2, 3, 4, 2, 3, 4)):
        restarted(guard, [run_s], number)
    assert guard.may_start() == ids.OK
    assert restarted(guard, [10], 2).may_start() == ids.NOT_ALLOWED


@pytest.mark.requirement("DET-12")
def test_starts_without_a_cleared_alarm_are_not_counted():
    guard = module.RestartGuard()
    for run_s in range(20):
        guard.started(run_s)
    assert guard.may_start() == ids.OK


@pytest.mark.requirement("DET-12")
def test_time_does_not_lift_the_lock_and_a_clinician_does():
    guard = restarted(module.RestartGuard(), [0, 1, 2])
    restarted(guard, [10**6])
    assert guard.may_start() == ids.NOT_ALLOWED
    guard.clinician_session()
    assert guard.may_start() == ids.OK
    assert restarted(guard, [10**6 + 1, 10**6 + 2]).may_start() == ids.OK


@pytest.mark.requirement("DET-12")
@given(st.lists(st.tuples(st.integers(0, 400), st.sampled_from([2, 3])), max_size=30))
def test_it_locks_exactly_when_three_restarts_of_one_alarm_lie_within_10_min(restarts):
    guard, now_s, times, is_locked = module.RestartGuard(), 0, {2: [], 3: []}, False
    for pause_s, number in restarts:
        now_s += pause_s
        restarted(guard, [now_s], number)
        times[number].append(now_s)
        last = times[number][-3:]
        is_locked = is_locked or (len(last) == 3 and last[2] - last[0] <= 600)
        assert guard.is_locked == is_locked
