"""Small firmwares tell the same story, to the nanosecond, in CPython with shims and in MicroPython."""

from __future__ import annotations

import pytest

from emulator.mcu import Mcu
from emulator.mpy import MpyMcu
from tests.emulator.mcu.step_source import DECORATED

STORIES = {
    "ticks and sleeps": """
        import time
        for _ in range(5):
            print(time.ticks_us())
            time.sleep_ms(7)
        print(time.ticks_diff(3, 2**30 - 2), time.ticks_add(2**30 - 1, 2))
        """,
    "pins and their edges": """
        import time
        from machine import Pin
        out, seen = Pin(16, Pin.OUT, value=0), Pin(16)
        for level in (1, 0, 1):
            out.value(level)
            print(time.ticks_us(), seen.value())
        """,
    "a hard interrupt ends a poll": """
        import io, select, time
        from machine import Pin, Timer
        class Flag(io.IOBase):
            def __init__(self):
                self.up = False
            def ioctl(self, request, argument):
                return argument & select.POLLIN if self.up else 0
        flag = Flag()
        def raise_it(_source):
            flag.up = True
        timer = Timer()
        timer.init(mode=Timer.ONE_SHOT, period=300, callback=raise_it, hard=True)
        poll = select.poll()
        poll.register(flag, select.POLLIN)
        print(time.ticks_us(), len(list(poll.ipoll(1000))), time.ticks_us())
        flag.up = False
        print(time.ticks_us(), len(list(poll.ipoll(1000))), time.ticks_us())
        """,
    "a periodic timer keeps its phase": """
        import time
        from machine import Timer
        times = []
        timer = Timer(period=100, mode=Timer.PERIODIC, callback=lambda t: times.append(time.ticks_us()))
        time.sleep_ms(450)
        timer.deinit()
        time.sleep_ms(300)
        print(times)
        """,
    "bursts of the step program": f"""
        import rp2, time
        from machine import Pin
        {DECORATED.strip().replace(chr(10), chr(10) + "        ")}
        times = []
        machine = rp2.StateMachine(0, step_program, freq=1_000_000, set_base=Pin(2))
        machine.irq(lambda m: times.append(time.ticks_us()), hard=False)
        machine.active(1)
        for count in (1, 16, 200):
            machine.put(count - 1)
            machine.put(309)
            time.sleep_ms(200)
        print(times, machine.tx_fifo())
        """,
    "the watchdog bites": """
        import machine, time
        print(machine.reset_cause(), time.ticks_us())
        if machine.reset_cause() == machine.PWRON_RESET:
            dog = machine.WDT(timeout=500)
            for _ in range(3):
                time.sleep_ms(400)
                dog.feed()
                print(time.ticks_us())
            time.sleep(5)
            print("not reached")
        """,
    "a part that does not answer": """
        import time
        from machine import I2C, Pin
        bus = I2C(0, scl=Pin(9), sda=Pin(8))
        try:
            bus.readfrom_mem(0x36, 0, 1)
        except OSError as error:
            print(error.errno, time.ticks_us(), bus.scan())
        """,
    "wrong arguments": """
        from machine import I2C, Pin
        for make in (lambda: I2C(0, scl=Pin(8), sda=Pin(9)), lambda: Pin(99)):
            try:
                make().init(Pin.IN)
            except ValueError as error:
                print(error)
        """,
}


@pytest.mark.parametrize("name", STORIES)
def test_both_interpreters_tell_the_same_story(make_device, name):
    told = []
    for kind in (Mcu, MpyMcu):
        device = make_device(kind, STORIES[name])
        edges: list[tuple[int, int]] = []
        for net in ("STEP", "ALARM_LAMP"):
            device.nets.digital(net).on_edge(lambda _net, level, t_ns, edges=edges: edges.append((t_ns, level)))
        device.power_on()
        device.env.run(until=3 * 10**9)
        told.append((device.console, edges))
    assert told[0][0].count("\n") > 1
    assert told[0] == told[1]


def test_two_runs_of_the_interpreter_are_the_same(make_device):
    source = """
        import os, time
        print(os.urandom(4), time.ticks_us())
        with open("/x", "w") as file:
            file.write("y" * 3000)
        print(time.ticks_us())
        """
    told = []
    for _ in range(2):
        device = make_device(MpyMcu, source)
        device.power_on()
        device.env.run(until=10**9)
        told.append((device.console, bytes(device.flash.image)))
    assert told[0] == told[1]


def test_a_hard_handler_that_allocates_is_refused_as_on_the_board(run):
    device = run(
        """
        import time
        from machine import Timer
        kept = []
        Timer(period=50, mode=Timer.ONE_SHOT, callback=lambda t: kept.append(bytearray(100)), hard=True)
        time.sleep_ms(100)
        print(kept)
        """
    )
    assert "Uncaught exception in IRQ callback handler" in device.console
    assert "MemoryError" in device.console
    assert "[]" in device.console.splitlines()


def test_ctrl_c_is_an_exception_until_it_is_taken_off(run):
    device = run(
        """
        import micropython, time
        try:
            time.sleep(2)
        except KeyboardInterrupt:
            print("interrupted")
        micropython.kbd_intr(-1)
        time.sleep(2)
        print("undisturbed")
        """
    )
    device.stdin_feed(b"\x03")
    device.env.run(until=2 * 10**9)
    device.stdin_feed(b"\x03")
    device.env.run(until=5 * 10**9)
    assert device.console.splitlines()[:2] == ["interrupted", "undisturbed"]


def test_flash_written_here_reads_back_on_target_sim(make_device):
    writer = make_device(MpyMcu, "import os\nos.mkdir('/d')\nwith open('/d/f', 'w') as f: f.write('kept' * 500)")
    writer.power_on()
    writer.env.run(until=10**9)
    reader = make_device(Mcu, "", flash=writer.flash)
    assert reader.flash.read_file("/d/f") == b"kept" * 500
