"""One press, one request; bounces and stuck buttons (DET-11)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.firmware.core_detectors.bench_figures import RING, core

module = core("press")
START_MS = RING - 3_000  # the clock wraps during most presses


def played(edges, until_ms):
    """Verdicts that are not 'nothing', as (name, ms), for edges (ms, is_down), with an executive that
    wakes at edges and when asked to."""
    press, now, found, pending = module.Press(), 0, [], list(edges)
    is_down = False
    while now < until_ms:
        due_ms = press.due_in_ms((START_MS + now) % RING)
        next_edge = pending[0][0] if pending else until_ms
        now = min(next_edge, now + max(due_ms, 0), until_ms)
        while pending and pending[0][0] <= now:
            is_down = pending.pop(0)[1]
        verdict = press.sample(is_down, (START_MS + now) % RING)
        if verdict != module.PRESS_NOTHING:
            names = {
                module.PRESS_REQUESTED: "request",
                module.PRESS_STUCK: "stuck",
                module.PRESS_FREED: "freed",
            }
            found.append((names[verdict], now))
    return found


@pytest.mark.requirement("DET-11")
@pytest.mark.parametrize(
    ("held_ms", "found"),
    [
        pytest.param(1, [], id="a touch of 1 ms"),
        pytest.param(49, [], id="49 ms is too short"),
        pytest.param(50, [("request", 200)], id="50 ms counts"),
        pytest.param(10_000, [("request", 10_150)], id="10 s counts"),
        pytest.param(10_001, [], id="longer than 10 s is meant by nobody"),
        pytest.param(59_900, [], id="not yet stuck"),
        pytest.param(90_000, [("stuck", 60_100), ("freed", 90_150)], id="held for 60 s is stuck, once"),
    ],
)
def test_a_press_counts_by_how_long_it_is_held(held_ms, found):
    assert played([(100, True), (100 + held_ms, False)], 200_000) == found


@pytest.mark.requirement("DET-11")
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(1, 9), max_size=8),
    st.integers(120, 9_000),
    st.lists(st.integers(1, 9), max_size=8),
)
def test_bounces_at_press_and_release_make_no_second_request(at_press, held_ms, at_release):
    edges, now, level = [(10, True)], 10, True
    for pause in at_press:
        now, level = now + pause, not level
        edges.append((now, level))
    if not level:
        edges.append((now + 1, True))
    now, level = now + held_ms, False
    edges.append((now, False))
    for pause in at_release:
        now, level = now + pause, not level
        edges.append((now, level))
    if level:
        edges.append((now + 1, False))
    assert [name for name, _ in played(edges, now + 200)] == ["request"]


@pytest.mark.requirement("DET-11")
@given(st.lists(st.tuples(st.integers(1, 49), st.integers(1, 500)), max_size=40))
def test_no_row_of_touches_shorter_than_50_ms_is_a_request(touches):
    edges, now = [], 0
    for down_ms, up_ms in touches:
        edges += [(now + up_ms, True), (now + up_ms + down_ms, False)]
        now += up_ms + down_ms
    assert played(edges, now + 200) == []


@pytest.mark.requirement("DET-11")
def test_two_presses_are_two_requests():
    edges = [(100, True), (300, False), (500, True), (700, False)]
    assert [name for name, _ in played(edges, 2_000)] == ["request", "request"]


@pytest.mark.requirement("DET-11")
def test_a_button_freed_after_being_stuck_works_again():
    edges = [(100, True), (70_000, False), (80_000, True), (80_200, False)]
    assert [name for name, _ in played(edges, 90_000)] == ["stuck", "freed", "request"]


def test_an_untouched_button_needs_no_processor():
    press = module.Press()
    assert press.due_in_ms(START_MS) == 2**29 - 1
    assert press.sample(False, START_MS) == module.PRESS_NOTHING
