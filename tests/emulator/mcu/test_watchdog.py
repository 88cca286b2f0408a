"""The watchdog bites exactly at its deadline, whatever the device does or fails to do."""

import pytest

MS_NS = 1_000_000

START = "from machine import WDT\nimport time, select\nwdt = WDT(timeout=5000)\nprint('started')\n"


def bite_ms(device, limit_ms=20_000):
    """Time from the start of the watchdog to the reset, in ms."""
    started = []
    device.on_stdout(lambda data, t_ns: started.append(t_ns))
    device.run_ms(limit_ms)
    assert device.resets, "no bite"
    t_ns, cause = device.resets[0]
    assert cause == 3
    return (t_ns - started[0]) / MS_NS


@pytest.mark.requirement("INT-03")
@pytest.mark.parametrize(
    "hang",
    [
        pytest.param("time.sleep(100)", id="in a sleep"),
        pytest.param("select.poll().poll(-1)", id="in an endless poll"),
        pytest.param("while True: time.ticks_ms()", id="in a busy loop"),
        pytest.param("raise ValueError", id="after a crash"),
        pytest.param("", id="after the end of main"),
    ],
)
def test_a_firmware_that_stops_feeding_is_reset_at_the_deadline(make_device, hang):
    # Console output and the start of the watchdog are less than 0.1 ms apart.
    assert bite_ms(make_device(START + hang)) == pytest.approx(5000, abs=0.1)


@pytest.mark.requirement("INT-03")
def test_a_hung_processor_is_reset_at_the_deadline(make_device):
    device = make_device(START + "while True:\n    wdt.feed()\n    time.sleep_ms(1000)")
    device.env.call_at(3_500 * MS_NS, device.freeze)
    device.run_ms(9_000)
    (t_ns, cause) = device.resets[0]
    # Started some 30 ms after power-on, fed every second since.
    assert cause == 3 and 8_026 * MS_NS < t_ns < 8_046 * MS_NS
    assert not device.frozen and device.reset_cause == 3


def test_a_hang_that_passes_in_time_is_no_reset(make_device):
    device = make_device(START + "while True:\n    wdt.feed()\n    time.sleep_ms(1000)\n    print('turn')")
    device.env.call_at(2_000 * MS_NS, device.freeze)
    device.env.call_at(5_000 * MS_NS, device.thaw)
    device.run_ms(4_000)
    turns_before = len(device.lines)
    device.run_ms(4_000)
    assert not device.resets and len(device.lines) > turns_before


def test_a_firmware_that_feeds_lives(make_device):
    device = make_device(START + "while True:\n    time.sleep_ms(4999)\n    wdt.feed()")
    device.run_ms(3_600_000)
    assert device.resets == []


def test_pins_float_while_the_chip_restarts(make_device):
    device = make_device(START + "from machine import Pin\nPin(16, Pin.OUT, value=1)\ntime.sleep(100)")
    edges = []
    device.nets.digital("GP16").on_edge(lambda _net, level, t_ns: edges.append((level, t_ns)))
    device.run_ms(6_000)
    reset_ns = device.resets[0][0]
    assert edges[1] == (0, reset_ns)


@pytest.mark.parametrize("timeout", [-1, 8389, 100_000])
def test_a_period_that_the_chip_cannot_do_is_refused(make_device, timeout):
    device = make_device(f"from machine import WDT\nWDT(timeout={timeout})")
    device.run_ms(1000)
    assert "ValueError: timeout exceeds 8388" in device.crash
