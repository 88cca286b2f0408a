"""Interrupts and waits: who ends what, when, and in which order."""

import pytest

from emulator.errors import NotModelled

MS_NS = 1_000_000

POLLING = """
    import io, select, sys, time
    import micropython
    from machine import Pin, Timer

    class Flag(io.IOBase):
        def __init__(self):
            self.is_up = False
        def ioctl(self, request, argument):
            return argument & select.POLLIN if request == 3 and self.is_up else 0
        def wake(self, source=None):
            self.is_up = True

    flag = Flag()
    poller = select.poll()
    poller.register(sys.stdin, select.POLLIN)
    poller.register(flag, select.POLLIN)

    def wait(timeout_ms):
        ready = [stream is flag for stream, events in poller.ipoll(timeout_ms)]
        flag.is_up = False
        print(time.ticks_ms(), ready)
"""


@pytest.mark.parametrize("hard", [True, False])
def test_a_poll_is_ended_by_a_pin_interrupt_that_raises_a_flag(make_device, hard):
    device = make_device(
        POLLING
        + f"""
    Pin(14, Pin.IN, Pin.PULL_UP).irq(handler=flag.wake, trigger=Pin.IRQ_FALLING, hard={hard})
    wait(4000)
    wait(4000)
    """
    )
    button = device.nets.digital("PATIENT_BUTTON")
    device.env.call_at(700 * MS_NS, lambda: button.drive(0, device.env.now))
    device.env.call_at(800 * MS_NS, lambda: button.drive(1, device.env.now))
    device.run_ms(6000)
    first, second = device.lines
    assert first == "700 [True]"
    assert second == "4700 []", "the rising edge was not asked for"


def test_a_poll_is_ended_by_a_received_byte(make_device):
    device = make_device(POLLING + "\n    wait(4000)\n    print(sys.stdin.buffer.read(2))\n    wait(100)")
    device.env.call_at(900 * MS_NS, lambda: device.stdin_feed(b"ab"))
    device.run_ms(6000)
    assert device.lines == ["900 [False]", "b'ab'", "1000 []"]


def test_a_byte_that_came_before_the_poll_ends_it_at_once(make_device):
    device = make_device(POLLING + "\n    time.sleep_ms(1000)\n    wait(4000)")
    device.env.call_at(900 * MS_NS, lambda: device.stdin_feed(b"a"))
    device.run_ms(6000)
    slept_ms, ready = device.lines[0].split(" ", 1)
    assert ready == "[False]" and int(slept_ms) < 1400


def test_a_handler_runs_at_its_time_during_a_sleep_which_keeps_its_length(make_device):
    device = make_device(
        """
        import time
        from machine import Pin
        seen = []
        Pin(14).irq(handler=lambda pin: seen.append(time.ticks_ms()), hard=True)
        start = time.ticks_ms()
        time.sleep_ms(2000)
        print(seen, time.ticks_diff(time.ticks_ms(), start))
        """
    )
    device.env.call_at(1000 * MS_NS, lambda: device.nets.digital("PATIENT_BUTTON").drive(1, device.env.now))
    device.run_ms(3000)
    assert device.lines == ["[1000] 2000"]


@pytest.mark.parametrize(
    ("call", "lasted_ms"),
    [("lightsleep(5000)", 1000), ("lightsleep()", 1000), ("idle()", 1)],
    ids=["light sleep with a limit", "light sleep without", "idle lasts a millisecond at most"],
)
def test_sleeping_states_of_the_chip_end_with_an_interrupt(make_device, call, lasted_ms):
    device = make_device(
        f"""
        import machine, time
        machine.Pin(14).irq(handler=lambda pin: None)
        time.sleep_ms(500 - time.ticks_ms())
        start = time.ticks_ms()
        machine.{call}
        print(time.ticks_diff(time.ticks_ms(), start))
        """
    )
    device.env.call_at(1500 * MS_NS, lambda: device.nets.digital("PATIENT_BUTTON").drive(1, device.env.now))
    device.run_ms(3000)
    assert device.lines == [str(lasted_ms)]


def test_a_hard_handler_runs_between_two_calls_of_a_busy_program(make_device):
    device = make_device(
        """
        import time
        from machine import Pin
        seen = []
        Pin(14).irq(handler=lambda pin: seen.append(time.ticks_ms()), trigger=Pin.IRQ_RISING, hard=True)
        while not seen:
            time.ticks_us()
        print(seen)
        """
    )
    device.env.call_at(500 * MS_NS, lambda: device.nets.digital("PATIENT_BUTTON").drive(1, device.env.now))
    device.run_ms(1000)
    assert device.lines == ["[500]"]


def test_interrupts_wait_while_they_are_disabled(make_device):
    device = make_device(
        """
        import machine, time
        seen = []
        machine.Pin(14).irq(handler=lambda pin: seen.append(1), hard=True)
        state = machine.disable_irq()
        time.sleep_ms(1000)
        before = len(seen)
        machine.enable_irq(state)
        time.ticks_ms()
        print(before, len(seen))
        """
    )
    device.env.call_at(500 * MS_NS, lambda: device.nets.digital("PATIENT_BUTTON").drive(1, device.env.now))
    device.run_ms(3000)
    assert device.lines == ["0 1"]


def test_soft_handlers_do_not_nest_and_hard_ones_come_first(make_device):
    device = make_device(
        """
        import time
        from machine import Pin, Timer
        log = []
        def soft(timer):
            log.append("soft begins")
            time.sleep_ms(300)
            log.append("soft ends")
        Timer(mode=Timer.ONE_SHOT, period=100, callback=soft)
        Timer(mode=Timer.ONE_SHOT, period=200, callback=lambda timer: log.append("second soft"))
        Timer(mode=Timer.ONE_SHOT, period=200, callback=lambda timer: log.append("hard"), hard=True)
        time.sleep_ms(1000)
        print(log)
        """
    )
    device.run_ms(2000)
    assert device.lines == ["['soft begins', 'hard', 'soft ends', 'second soft']"]


def test_an_exception_in_a_hard_handler_is_printed_and_disables_it(make_device):
    device = make_device(
        """
        import time
        from machine import Pin
        Pin(14).irq(handler=lambda pin: [][1], hard=True)
        time.sleep_ms(2000)
        print("main goes on")
        """
    )
    button = device.nets.digital("PATIENT_BUTTON")
    device.env.call_at(500 * MS_NS, lambda: button.drive(1, device.env.now))
    device.env.call_at(600 * MS_NS, lambda: button.drive(0, device.env.now))
    device.run_ms(3000)
    assert device.console.count("Uncaught exception in IRQ callback handler") == 1
    assert device.lines[-1] == "main goes on"


def test_the_ninth_scheduled_call_finds_the_queue_full(make_device):
    device = make_device(
        """
        import micropython
        def note(timer):
            for number in range(9):
                micropython.schedule(print, number)
        from machine import Timer
        Timer(mode=Timer.ONE_SHOT, period=10, callback=note)
        import time
        time.sleep_ms(500)
        """
    )
    device.run_ms(2000)
    assert "RuntimeError: schedule queue full" in device.console
    assert [line for line in device.lines if line.isdigit()] == list("01234567")


def test_a_periodic_timer_keeps_its_phase_and_stops(make_device):
    device = make_device(
        """
        import time
        from machine import Timer
        seen = []
        begin = time.ticks_us()
        def tick(timer):
            seen.append(time.ticks_diff(time.ticks_us(), begin) // 1000)
            if len(seen) == 4:
                timer.deinit()
        Timer().init(period=250, callback=tick, hard=True)
        time.sleep_ms(3000)
        print(seen)
        """
    )
    device.run_ms(5000)
    assert device.lines == ["[250, 500, 750, 1000]"]


def test_ctrl_c_stops_a_program_that_did_not_switch_it_off(make_device):
    device = make_device("import time\nwhile True: time.sleep(10)")
    device.run_ms(500)
    device.stdin_feed(b"\x03")
    device.run_ms(10)
    assert "KeyboardInterrupt" in device.crash and not device.is_running


def test_what_a_host_sends_before_the_device_is_there_is_lost(make_device):
    device = make_device("import time\nwhile True: time.sleep(10)")
    device.run_ms(10)  # the boot takes 26.5 ms
    device.stdin_feed(b"\x03")
    device.run_ms(900)
    assert device.crash is None and device.is_running


def test_ctrl_c_while_the_file_system_is_mounted_is_no_fault_of_the_host(make_device):
    device = make_device("import time\nwhile True: time.sleep(10)")
    device.run_ms(251)
    device.stdin_feed(b"\x03")
    device.run_ms(500)
    assert "KeyboardInterrupt" in device.crash


def test_ctrl_c_is_a_byte_like_any_other_when_switched_off(make_device):
    device = make_device(
        """
        import micropython, sys
        micropython.kbd_intr(-1)
        while True:
            print(sys.stdin.buffer.read(1))
        """
    )
    device.run_ms(500)
    device.stdin_feed(b"\x03\x00")
    device.run_ms(10)
    assert device.lines == ["b'\\x03'", "b'\\x00'"]


def test_interrupts_are_served_after_main_has_ended(make_device):
    device = make_device(
        """
        from machine import Pin, Timer
        lamp = Pin(16, Pin.OUT, value=1)
        Timer(mode=Timer.ONE_SHOT, period=1000, callback=lambda timer: lamp.value(0), hard=True)
        raise SystemError if False else ValueError
        """
    )
    device.run_ms(1000)
    assert device.crash is not None and device.nets.digital("GP16").level == 1
    device.run_ms(1000)
    assert device.nets.digital("GP16").level == 0


def test_what_is_due_at_the_moment_of_a_timer_happens_before_its_handler(make_device):
    device = make_device("""
        import time
        from machine import Timer
        Timer(period=500, mode=Timer.ONE_SHOT, callback=lambda timer: print("handler"), hard=True)
        time.sleep_ms(1000)
    """)
    device.run_ms(400)
    due_ns = next(t_ns for t_ns, _, _, event in device.env.queue if getattr(event, "is_of_device", False))
    seen = []
    device.env.call_at(due_ns, lambda: seen.append((device.env.now, device.lines)))
    device.run_ms(1500)
    assert (seen, device.lines) == ([(due_ns, [])], ["handler"])


def test_a_part_that_is_not_modelled_ends_the_run_from_a_timer_too(make_device):
    device = make_device("""
        import time
        from machine import Timer
        Timer(period=100, mode=Timer.ONE_SHOT, callback=lambda timer: None)
        try:
            time.sleep_ms(1000)
        except Exception:
            print("caught")
    """)
    device.run_ms(80)  # between the boot and the timer
    event = next(event for _, _, _, event in device.env.queue if getattr(event, "is_of_device", False))

    def refuse():
        raise NotModelled("this")

    event.action = refuse
    with pytest.raises(NotModelled, match="this"):
        device.run_ms(1000)
    assert device.lines == []
