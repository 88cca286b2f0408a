"""Alarms together: order, governing action, clearing, acknowledging, and their way through the journal."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.mcu.loader import load_modules
from protocols import ids
from tests.firmware.core_detectors.bench_figures import REPOSITORY

core = load_modules(
    REPOSITORY,
    "firmware.core.alarms",
    "firmware.core.alarm_catalogue",
    "firmware.core.alarm_rows",
    "firmware.core.alarm_record",
    guard=True,
)
catalogue = core.alarm_catalogue
LAST_ALARM = core.alarm_rows.LAST_ALARM
ALARMS = [n for n in range(1, LAST_ALARM + 1) if catalogue.clearing(n) != ids.NOTICE_ONLY]
LATCHED = [n for n in ALARMS if catalogue.clearing(n) == ids.LATCHED]
SELF_CLEARING = [n for n in ALARMS if catalogue.clearing(n) == ids.SELF_CLEARING]
NOTICES = [n for n in range(1, LAST_ALARM + 1) if n not in ALARMS]


class Listener:
    def __init__(self):
        self.log = []

    def alarm_changed(self, number, life_cycle):
        self.log.append((number, ids.ALARM_EVENT_NAMES[life_cycle]))


def manager():
    return core.alarms.AlarmManager(Listener())


def active(alarms):
    return alarms.numbers[: alarms.count]


@pytest.mark.requirement("ALM-02")
def test_for_every_pair_the_more_restrictive_action_governs_and_clearing_one_lifts_only_its_own():
    for first, second in permutations(ALARMS, 2):
        alarms = manager()
        alarms.present(first, 10)
        alarms.present(second, 20)
        assert alarms.governing_action == max(catalogue.action(first), catalogue.action(second))
        alarms.gone(first, 30)
        alarms.acknowledge(first)
        assert active(alarms) == [second]
        assert alarms.governing_action == catalogue.action(second)
        for kind in range(1, 5):
            assert alarms.inhibits_bolus(kind) == bool(catalogue.inhibits(second) >> kind & 1)


CHANGES = st.lists(st.tuples(st.sampled_from(["present", "gone", "acknowledge"]), st.sampled_from(ALARMS)), max_size=60)


@pytest.mark.requirement("ALM-02", "ALM-05")
@settings(max_examples=200, deadline=None)
@given(CHANGES)
def test_any_story_of_causes_leaves_the_list_that_a_plain_model_has(changes):
    alarms = manager()
    raised_at, causes = {}, set()
    for moment, (change, number) in enumerate(changes):
        if change == "present":
            alarms.present(number, moment)
            if number == ids.ALARM_MOTOR_STALL and number not in causes:
                raised_at.pop(number, None)  # released before: raised anew
            causes.add(number)
            raised_at.setdefault(number, moment)
        elif change == "gone":
            alarms.gone(number, moment)
            causes.discard(number)
            if number in SELF_CLEARING:
                raised_at.pop(number, None)
        else:
            reason = alarms.acknowledge(number)
            expected = ids.UNKNOWN
            if number in raised_at:
                expected = ids.ALARM_ACTIVE if number in causes else ids.OK
            assert reason == expected
            if reason == ids.OK:
                raised_at.pop(number)
        expected = sorted(raised_at, key=lambda n: (-catalogue.priority(n), -raised_at[n]))
        assert active(alarms) == expected
        assert alarms.top == (expected[0] if expected else 0)
        released = {n for n in expected if n == ids.ALARM_MOTOR_STALL and n not in causes}
        signalled = [ids.LOW if n in released else catalogue.priority(n) for n in expected]
        governing = [catalogue.action(n) for n in expected if n not in released]
        assert alarms.top_priority == max(signalled, default=ids.NOTICE)
        assert alarms.governing_action == max(governing, default=ids.CONTINUE)


@pytest.mark.requirement("ALM-05", "INT-02")
def test_a_system_fault_that_comes_before_its_acknowledgement_is_told_again():
    alarms = manager()
    number = ids.ALARM_SYSTEM_FAULT
    alarms.present(number, 1)
    alarms.gone(number, 2)
    alarms.present(number, 3)
    alarms.present(number, 4)
    assert alarms._listener.log == [(number, "RAISED"), (number, "RAISED")]
    assert alarms.acknowledge(number) == ids.ALARM_ACTIVE
    alarms.gone(number, 5)
    assert alarms.acknowledge(number) == ids.OK


@pytest.mark.requirement("ALM-05", "INT-06")
@pytest.mark.parametrize("number", [ids.ALARM_STEP_LOSS, ids.ALARM_OVER_DELIVERY, ids.ALARM_CATHETER_OCCLUSION])
def test_what_comes_and_goes_by_itself_is_told_once(number):
    """Twin: step loss about its limit, or a rotor that creeps, would fill the log, and changes nothing."""
    alarms = manager()
    for moment in range(10):
        alarms.present(number, 2 * moment)
        alarms.gone(number, 2 * moment + 1)
    assert alarms._listener.log == [(number, "RAISED")]


@pytest.mark.requirement("DET-02", "ALM-02", "ALM-05")
def test_a_stall_that_is_over_holds_no_delivery_but_every_bolus_until_acknowledged():
    alarms = manager()
    alarms.present(ids.ALARM_MOTOR_STALL, 1)
    assert alarms.governing_action == ids.SUSPEND
    alarms.gone(ids.ALARM_MOTOR_STALL, 2)
    assert (alarms.governing_action, alarms.top_priority) == (ids.CONTINUE, ids.LOW)
    assert alarms.inhibits_bolus(ids.PATIENT_BOLUS)
    alarms.present(ids.ALARM_MOTOR_STALL, 3)
    assert (alarms.governing_action, alarms.top_priority) == (ids.SUSPEND, ids.HIGH)
    alarms.gone(ids.ALARM_MOTOR_STALL, 4)
    assert alarms.acknowledge(ids.ALARM_MOTOR_STALL) == ids.OK
    assert not alarms.inhibits_bolus(ids.PATIENT_BOLUS)
    assert [life for _number, life in alarms._listener.log] == [
        "RAISED",
        "RELEASED",
        "RAISED",
        "RELEASED",
        "ACKNOWLEDGED",
        "CLEARED",
    ]


@pytest.mark.requirement("ALM-02")
def test_order_is_priority_then_newest_first():
    alarms = manager()
    for moment, number in enumerate(
        (
            ids.ALARM_LOW_RESERVOIR,
            ids.ALARM_MOTOR_STALL,
            ids.ALARM_STEP_LOSS,
            ids.ALARM_SUPPLY_LOW,
            ids.ALARM_SUPPLY_CRITICAL,
        )
    ):
        alarms.present(number, moment)
    assert active(alarms) == [
        ids.ALARM_SUPPLY_CRITICAL,
        ids.ALARM_MOTOR_STALL,
        ids.ALARM_STEP_LOSS,
        ids.ALARM_SUPPLY_LOW,
        ids.ALARM_LOW_RESERVOIR,
    ]


@pytest.mark.requirement("ALM-05")
def test_a_latched_alarm_is_acknowledged_only_when_its_cause_is_gone():
    alarms = manager()
    alarms.present(ids.ALARM_CATHETER_OCCLUSION, 1)
    assert alarms.acknowledge(ids.ALARM_CATHETER_OCCLUSION) == ids.ALARM_ACTIVE
    alarms.gone(ids.ALARM_CATHETER_OCCLUSION, 2)
    assert alarms.is_active(ids.ALARM_CATHETER_OCCLUSION)
    assert alarms.acknowledge(ids.ALARM_CATHETER_OCCLUSION) == ids.OK
    assert alarms._listener.log == [
        (ids.ALARM_CATHETER_OCCLUSION, "RAISED"),
        (ids.ALARM_CATHETER_OCCLUSION, "ACKNOWLEDGED"),
        (ids.ALARM_CATHETER_OCCLUSION, "CLEARED"),
    ]


@pytest.mark.requirement("ALM-05")
@pytest.mark.parametrize("number", SELF_CLEARING)
def test_a_self_clearing_alarm_goes_with_its_cause_and_is_logged_once_each_way(number):
    alarms = manager()
    for moment in range(5):
        alarms.present(number, moment)
    for moment in range(5):
        alarms.gone(number, moment)
    assert alarms._listener.log == [(number, "RAISED"), (number, "CLEARED")]


@pytest.mark.parametrize("number", [0, LAST_ALARM + 1, 255])
def test_an_alarm_that_does_not_exist_cannot_be_acknowledged(number):
    assert manager().acknowledge(number) == ids.OUT_OF_RANGE


@pytest.mark.parametrize("number", NOTICES)
def test_a_notice_is_announced_each_time_and_never_becomes_active(number):
    alarms = manager()
    alarms.notify(number)
    alarms.present(number, 5)
    assert alarms._listener.log == [(number, "RAISED")] * 2
    assert alarms.count == 0


@pytest.mark.requirement("ALM-05")
def test_a_silence_is_logged_for_every_active_alarm():
    alarms = manager()
    alarms.present(ids.ALARM_LOW_RESERVOIR, 1)
    alarms.present(ids.ALARM_MOTOR_STALL, 2)
    alarms.silenced()
    assert alarms._listener.log[2:] == [
        (ids.ALARM_MOTOR_STALL, "SILENCED"),
        (ids.ALARM_LOW_RESERVOIR, "SILENCED"),
    ]


@pytest.mark.requirement("INT-04")
@settings(max_examples=100, deadline=None)
@given(CHANGES, st.integers(0, 2**30 - 100), st.integers(0, 9))
def test_the_journal_brings_back_order_age_and_causes_without_logging_them_again(changes, start_s, offset):
    before = manager()
    for moment, (change, number) in enumerate(changes):
        if change == "acknowledge":
            before.acknowledge(number)
        else:
            getattr(before, change)(number, start_s + moment)
    buffer = bytearray(offset + core.alarm_record.PACKED_MAX)
    size = core.alarm_record.pack_alarms(before, buffer, offset)
    after = manager()
    assert core.alarm_record.unpack_alarms(after, bytes(buffer[: offset + size]), offset) == ids.OK
    assert active(after) == active(before)
    for number in active(before):
        assert after.raised_s[number] == before.raised_s[number]
        assert after.has_cause(number) == before.has_cause(number)
    assert after.governing_action == before.governing_action
    assert after._listener.log == []


def test_every_alarm_at_once_fits_the_record():
    alarms = manager()
    for number in ALARMS:
        alarms.present(number, 2**30 - 1)
    assert core.alarm_record.pack_alarms(alarms, bytearray(core.alarm_record.PACKED_MAX), 0) <= 116


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(b"", id="no byte at all"),
        pytest.param(b"\x02\x02\x00\x00\x00\x00", id="fewer alarms than it says"),
        pytest.param(b"\x01\x00\x00\x00\x00\x00", id="no alarm 0"),
        pytest.param(b"\x01\x7f\x00\x00\x00\x00", id="a number past the catalogue"),
        pytest.param(bytes([1, ids.ALARM_POWER_LOST, 0, 0, 0, 0]), id="a notice"),
        pytest.param(b"\x01\x02\x00\x00\x00\x40", id="a time past small integers"),
        pytest.param(b"\x02\x02\x00\x00\x00\x00\x7f\x00\x00\x00\x00", id="one good and one bad"),
    ],
)
def test_a_record_that_cannot_be_ours_restores_nothing(record):
    alarms = manager()
    assert core.alarm_record.unpack_alarms(alarms, record, 0) == ids.OUT_OF_RANGE
    assert alarms.count == 0
