"""Virtual time: integer nanoseconds, and a clock that moves without an event only when nothing is due."""

import pytest

from emulator.env import WorldEnvironment


def test_time_moves_without_an_event_up_to_the_next_one_but_not_onto_it():
    env = WorldEnvironment()
    env.call_at(100, lambda: None)
    assert env.try_advance(99) and env.now == 99
    assert not env.try_advance(100) and env.now == 99


def test_time_does_not_move_past_the_end_of_a_run():
    env = WorldEnvironment()
    log = []
    env.call_at(10, lambda: log.append((env.try_advance(60), env.try_advance(49), env.now)))
    env.run(until=50)
    assert log == [(False, True, 49)]
    assert env.now == 50


def test_a_cancelled_call_neither_happens_nor_holds_time_up():
    env = WorldEnvironment()
    log = []
    env.call_at(10, lambda: log.append("cancelled")).cancel()
    assert env.try_advance(20) and env.now == 20
    env.run(until=30)
    assert log == []


def test_calls_of_the_same_time_happen_in_the_order_they_were_made():
    env = WorldEnvironment()
    log = []
    for name in "abc":
        env.call_at(5, lambda name=name: log.append(name))
    env.run(until=6)
    assert log == ["a", "b", "c"]


def test_time_never_moves_back():
    env = WorldEnvironment()
    assert env.try_advance(100) and env.try_advance(40)
    assert env.now == 100
    with pytest.raises(ValueError, match="already 100 ns"):
        env.call_at(99, lambda: None)


def test_whatever_is_scheduled_takes_back_the_time_in_which_a_device_may_move():
    env = WorldEnvironment()
    env.free_until_ns = 100
    env.call_at(120, lambda: None)
    assert env.free_until_ns == 100
    env.call_at(30, lambda: None)
    assert env.free_until_ns == 30
    env.timeout(6)
    assert env.free_until_ns == 6


def test_only_a_call_of_a_device_and_only_the_next_one_happens_without_a_run():
    env = WorldEnvironment()
    log = []
    env.call_at(10, lambda: log.append(env.now), is_of_device=True)
    env.call_at(20, lambda: log.append(env.now))
    env.call_at(30, lambda: log.append(env.now), is_of_device=True)
    assert (env.try_device_call(), env.try_device_call(), env.now, log) == (True, False, 10, [10])
    env.run(until=40)
    assert log == [10, 20, 30]


def test_both_names_of_the_time_say_the_same():
    env = WorldEnvironment()
    env.call_at(10, lambda: None)
    env.run(until=20)
    assert env.now == env.now_ns == 20
    env.now_ns = 30
    assert env.now == 30


@pytest.mark.parametrize("delay", [0.5, 1.0])
def test_a_time_that_is_no_whole_number_of_nanoseconds_is_refused(delay):
    env = WorldEnvironment()
    with pytest.raises(TypeError, match="integer nanoseconds"):
        env.timeout(delay)
    with pytest.raises(TypeError, match="integer nanoseconds"):
        env.run(until=delay)


def test_simpy_processes_run_as_ever():
    env = WorldEnvironment()
    log = []

    def walk():
        for _ in range(3):
            yield env.timeout(7)
            log.append(env.now)

    env.process(walk())
    env.run(until=100)
    assert log == [7, 14, 21]
