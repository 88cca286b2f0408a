"""How time passes in a device, and what happens when it does not."""

import threading
import time

import pytest

from emulator.errors import Deadlock

DAY_MS = 86_400_000


def test_a_busy_wait_on_ticks_ends(run_device):
    device = run_device(
        """
        import time
        start = time.ticks_ms()
        turns = 0
        while time.ticks_diff(time.ticks_ms(), start) < 50:
            turns += 1
        print(turns > 100, time.ticks_diff(time.ticks_ms(), start))
        """
    )
    assert device.lines == ["True 50"]


@pytest.mark.parametrize(
    "loop",
    ["x = 0\nwhile x >= 0: x += 1", "try:\n    x = 0\n    while x >= 0: x += 1\nexcept: pass"],
    ids=["counting loop", "loop under a broad except"],
)
def test_a_device_that_never_lets_time_pass_is_a_deadlock(make_device, loop):
    device = make_device(loop, deadlock_s=0.2)
    with pytest.raises(Deadlock, match="no virtual time passed"):
        device.run_ms(10_000)


@pytest.mark.parametrize(
    "loop",
    [
        "while not done: pass",
        "while True:\n    if done: break",
        "turns = 0\nwhile not done: turns += 1",
        "def is_done(): return done\nwhile not is_done(): pass",
    ],
)
def test_a_loop_that_waits_for_a_handler_is_no_deadlock(run_device, loop):
    source = (
        "from machine import Timer\nimport time\ndone = False\n"
        "def note(timer):\n    global done\n    done = True\n"
        "Timer(mode=Timer.ONE_SHOT, period=100, callback=note)\n"
    )
    device = run_device(f"{source}{loop}\nprint(time.ticks_ms())", deadlock_s=0.5)
    assert 126 <= int(device.lines[0]) <= 132  # 26.5 ms of boot, the program, 100 ms


def test_an_endless_loop_hangs_until_the_watchdog_bites(make_device):
    device = make_device("from machine import WDT\nWDT(timeout=1000)\nwhile True: pass", deadlock_s=0.2)
    device.run_ms(3_000)
    assert [cause for _t, cause in device.resets] == [3, 3]


def test_a_host_that_is_slow_between_runs_is_no_deadlock(make_device):
    device = make_device("import time\nwhile True: time.sleep_ms(10)", deadlock_s=0.05)
    for _ in range(3):
        device.run_ms(100)
        end_s = time.process_time() + 0.15
        while time.process_time() < end_s:
            pass
    assert device.is_running


def test_the_guard_does_not_outlive_the_run_by_much(make_device):
    device = make_device("import time\nwhile True: time.sleep_ms(10)", deadlock_s=0.05)
    before = set(threading.enumerate())
    device.run_ms(1000)
    (guard,) = set(threading.enumerate()) - before
    guard.join(timeout=10)
    assert not guard.is_alive()
    device.run_ms(1000)
    assert set(threading.enumerate()) - before, "a new run is guarded again"


def test_a_part_that_waits_without_using_the_processor_is_no_deadlock(make_device):
    device = make_device("import machine\nmachine.Pin(16, machine.Pin.OUT, value=1)\nprint('on')", deadlock_s=0.05)
    device.nets.digital("GP16").on_edge(lambda *_edge: time.sleep(0.3))
    device.run_ms(1000)
    assert device.lines == ["on"]


@pytest.mark.parametrize("call", ["sleep(2)", "sleep_ms(2000)", "sleep_us(2000000)"])
def test_a_sleep_has_its_length(run_device, call):
    device = run_device(
        f"import time\nt = time.ticks_ms()\ntime.{call}\nprint(time.ticks_diff(time.ticks_ms(), t))",
        seconds=3,
    )
    assert device.lines == ["2000"]


def test_ticks_wrap_at_thirty_bits(run_device):
    device = run_device(
        """
        import time
        before = time.ticks_ms()
        time.sleep_ms(5000)
        after = time.ticks_ms()
        print(before > 1073736000, after < 1000, time.ticks_diff(after, before))
        """,
        seconds=6,
        ticks_start_ms=(1 << 30) - 5000,
    )
    assert device.lines == ["True True 5000"]


def test_ticks_begin_anew_at_a_reset(make_device):
    device = make_device("import time\nprint(time.ticks_ms())\nwhile True: time.sleep(1)")
    device.run_ms(5000)
    device.reset()
    device.run_ms(5000)
    first, second = device.lines
    assert first == second and int(first) < 1000


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("time.ticks_diff(3, (1 << 30) - 2)", "5"),
        ("time.ticks_diff((1 << 30) - 2, 3)", "-5"),
        ("time.ticks_add((1 << 30) - 2, 5)", "3"),
        ("time.gmtime(0)", "(1970, 1, 1, 0, 0, 0, 3, 1)"),
        ("time.mktime((2020, 1, 1, 0, 0, 0, 0, 0))", "1577836800"),
        ("time.localtime()[:3]", "(2021, 1, 1)"),
    ],
)
def test_time_calculates_as_on_the_board(run_device, expression, value):
    assert run_device(f"import time\nprint({expression})").lines == [value]


def test_a_delta_of_half_the_ring_overflows(make_device):
    device = make_device("import time\ntime.ticks_add(0, 1 << 29)")
    device.run_ms(1000)
    assert "OverflowError: ticks interval overflow" in device.crash


def test_a_month_of_long_waits_takes_no_wall_time_to_speak_of(make_device):
    device = make_device("import time\nwhile True: time.sleep_ms(4194)")
    device.run_ms(1000)
    start_s = time.process_time()
    device.run_ms(30 * DAY_MS)
    # 618 000 sleeps; far from a measurement, but a switch or an event per sleep would show.
    assert time.process_time() - start_s < 10
