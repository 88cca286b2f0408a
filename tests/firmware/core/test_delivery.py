"""The table of modes is the specification: exactly one mode, no dead ends, nothing in silence (THR-01)."""

from collections import Counter

import pytest

from tests.firmware.core.core_modules import core, ids

delivery = core.delivery
MODES = range(len(ids.MODE_NAMES))
EVENTS = range(1, len(delivery.EVENT_NAMES))

pytestmark = pytest.mark.requirement("THR-01")


def following(mode, event):
    machine = core.fsm.Machine(delivery.ROWS, mode)
    return machine.state if machine.post(event) else None


def reachable(start, without=()):
    seen, edge = {start}, [start]
    while edge:
        mode = edge.pop()
        for event in set(EVENTS) - set(without):
            after = following(mode, event)
            if after is not None and after not in seen:
                seen.add(after)
                edge.append(after)
    return seen


def test_each_pair_of_mode_and_event_has_at_most_one_next_mode():
    pairs = Counter((mode, event) for mode, event, _ in delivery.ROWS)
    assert [pair for pair, count in pairs.items() if count > 1] == []


def test_every_mode_is_reached_from_boot_and_every_event_is_used():
    assert reachable(ids.BOOT) == set(MODES)
    assert {event for _, event, _ in delivery.ROWS} == set(EVENTS)


def test_every_mode_can_fault_and_stays_there_until_a_service_reset():
    assert all(following(mode, delivery.FAULTED) == ids.FAULT for mode in MODES)
    assert reachable(ids.FAULT, without=[delivery.SERVICE_RESET]) == {ids.FAULT}
    assert following(ids.FAULT, delivery.SERVICE_RESET) == ids.BOOT


def test_the_ways_into_fault_are_these():
    ways = {(mode, event) for mode, event, after in delivery.ROWS if after == ids.FAULT}
    assert ways == {(mode, delivery.FAULTED) for mode in MODES} | {(ids.BOOT, delivery.SELF_TEST_FAILED)}


@pytest.mark.requirement("INT-01")
def test_nothing_moves_before_the_self_test_has_passed():
    passed = {
        delivery.SELF_TEST_PASSED,
        delivery.RESUME_RUNNING,
        delivery.RESUME_MIN_RATE,
        delivery.RESUME_STOPPED,
    }
    assert not any(delivery.may_move(mode) for mode in reachable(ids.BOOT, without=passed))


def test_only_running_and_minimum_rate_move():
    assert [ids.MODE_NAMES[mode] for mode in MODES if delivery.may_move(mode)] == ["RUNNING", "MIN_RATE"]


@pytest.mark.requirement("THR-18")
def test_priming_starts_from_standby_and_stopped_only():
    primed = {mode for mode in MODES if following(mode, delivery.PRIME) is not None}
    assert primed == {ids.STANDBY, ids.STOPPED}


@pytest.mark.requirement("THR-21")
def test_another_drug_leaves_no_mode_that_moves():
    after = {mode: following(mode, delivery.PRESCRIPTION_CHANGED) for mode in MODES}
    assert all(mode is None or not delivery.may_move(mode) for mode in after.values())
    assert after[ids.RUNNING] == after[ids.MIN_RATE] == ids.STOPPED


def test_an_unlisted_event_is_rejected_and_counted():
    machine = core.fsm.Machine(delivery.ROWS, ids.STANDBY)
    assert not machine.post(delivery.STOP)
    assert (machine.state, machine.rejected) == (ids.STANDBY, 1)
    assert not machine.accepts(delivery.STOP)
    assert machine.rejected == 1
    assert machine.accepts(delivery.START)
    assert machine.post(delivery.START)
    assert (machine.state, machine.rejected) == (ids.RUNNING, 1)
