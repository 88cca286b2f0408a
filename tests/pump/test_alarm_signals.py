"""Buzzer and lamp on their nets, against the pulse tables (ALM-03)."""

from __future__ import annotations

import pytest

from tests.pump.causes import CAUSES, Cause
from tests.pump.sounding import TABLES, bursts, complaints, lamp, sound

ANY_ALARM = [pytest.param(cause, id=name) for name, cause in CAUSES.items()]
SHOWN_S = 61.0


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize("cause", ANY_ALARM)
def test_an_alarm_sounds_by_the_table_of_its_priority(pump, cause: Cause):
    rig = pump()
    rig.run_for(100.0)
    since_s = rig.now_s
    cause.bring(rig)
    raised_s = rig.now_s
    rig.run_for(SHOWN_S)
    heard = bursts(sound(rig, since_s, rig.now_s))
    # A supply that sags to critical passes the low level: what was heard before belongs to that alarm.
    own = [burst for burst in heard if burst[0][0] / 1e3 > raised_s - 1.0]
    assert own and own[0][0][0] / 1e3 == pytest.approx(raised_s, abs=1.0)
    assert [complaints(burst, cause.priority) for burst in own[:-1] or own] == [[]] * max(1, len(own) - 1)
    lowest_ms, highest_ms = TABLES[cause.priority].burst_ms
    for before, after in zip(own, own[1:], strict=False):
        assert lowest_ms <= after[0][0] - before[-1][1] <= highest_ms


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize("cause", ANY_ALARM)
def test_the_lamp_flashes_by_the_table_of_its_priority(pump, cause: Cause):
    rig = pump()
    rig.run_for(100.0)
    cause.bring(rig)
    rig.run_for(2.0)
    from_s = rig.now_s
    rig.run_for(SHOWN_S)
    edges = lamp(rig, from_s, rig.now_s)
    hertz = TABLES[cause.priority].lamp_hz
    if hertz is None:
        assert edges == [] and rig.level("ALARM_LAMP") == 1
        return
    rises = [t_ms for t_ms, level in edges if level]
    falls = [t_ms for t_ms, level in edges if not level and t_ms > rises[0]]
    for begin_ms, fall_ms, next_ms in zip(rises, falls, rises[1:], strict=False):
        assert hertz[0] <= 1_000.0 / (next_ms - begin_ms) <= hertz[1]
        assert 0.2 <= (fall_ms - begin_ms) / (next_ms - begin_ms) <= 0.6


@pytest.mark.requirement("ALM-03")
def test_without_an_alarm_there_is_neither_sound_nor_light(pump):
    """Twin."""
    rig = pump()
    rig.run_for(7_200.0)
    assert rig.alarms == []
    assert sound(rig, 0.0, rig.now_s) == []
    assert lamp(rig, 0.0, rig.now_s) == []


@pytest.mark.requirement("ALM-03")
def test_the_most_urgent_alarm_is_heard_and_the_lesser_one_again_after_it(pump):
    rig = pump()
    CAUSES["BUTTON_STUCK"].bring(rig)
    CAUSES["CLOCK_FAULT"].bring(rig)
    rig.run_for(30.0)
    stall = CAUSES["MOTOR_STALL"].bring(rig)
    urgent_s = rig.now_s
    rig.run_for(20.0)
    assert len(bursts(sound(rig, urgent_s - 2.0, rig.now_s))[0]) == TABLES["HIGH"].pulses
    stall.clear()
    rig.run_for(700.0)
    rig.client.acknowledge("MOTOR_STALL")
    rig.run_for(1.0)
    assert rig.active() == {"BUTTON_STUCK", "CLOCK_FAULT"}
    after_s = rig.now_s
    rig.run_for(120.0)
    heard = bursts(sound(rig, after_s, rig.now_s))
    assert [complaints(burst, "MEDIUM") for burst in heard[1:-1]] == [[]] * (len(heard) - 2)
    assert len(heard) > 3


@pytest.mark.requirement("ALM-03", "LNK-03")
@pytest.mark.parametrize("name", ["MOTOR_STALL", "CLOCK_FAULT"])
def test_pulses_keep_their_lengths_while_the_log_is_written(pump, name):
    """Every command makes a log entry, and an entry is a flash operation of some 50 ms."""
    rig = pump()
    rig.run_for(10.0)
    from_s = rig.now_s
    CAUSES[name].bring(rig)
    for step in range(300):
        rig.client.exchange("BOLUS_CANCEL")
        rig.run_for(0.1 + 0.01 * (step % 7))
    heard = bursts(sound(rig, from_s, rig.now_s))
    assert len(heard) >= 2
    assert [complaints(burst, CAUSES[name].priority) for burst in heard[:-1]] == [[]] * (len(heard) - 1)
