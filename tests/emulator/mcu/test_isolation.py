"""Devices share nothing: modules, flash, pins and time of one are not those of another."""

import sys

import pytest

from emulator.env import WorldEnvironment
from emulator.errors import HostFault, NotModelled

COUNTER = """
    import time
    import state
    while True:
        state.count += STEP
        print(state.count)
        time.sleep_ms(100)
"""


def test_two_devices_in_one_process_do_not_see_each_other(make_device):
    env = WorldEnvironment()
    state = {"/state.py": "count = 0"}
    ones = make_device(COUNTER.replace("STEP", "1"), files=state, env=env)
    tens = make_device(COUNTER.replace("STEP", "10"), files=state, env=env)
    before = set(sys.modules)
    env.run(until=600_000_000)
    assert ones.lines[:3] == ["1", "2", "3"]
    assert tens.lines[:3] == ["10", "20", "30"]
    assert set(sys.modules) == before


def test_two_devices_each_drive_their_own_pins(make_device):
    blink = "import machine\nmachine.Pin(16, machine.Pin.OUT, value={})\nwhile True: machine.idle()"
    high, low = make_device(blink.format(1)), make_device(blink.format(0))
    for device in (high, low):
        device.run_ms(300)
    assert (high.nets.digital("GP16").level, low.nets.digital("GP16").level) == (1, 0)


def test_a_reset_loses_module_state_and_keeps_flash(make_device):
    device = make_device(
        """
        import machine, state
        state.count += 1
        try:
            with open("/boots") as file:
                boots = int(file.read()) + 1
        except OSError as error:
            assert error.errno == 2 and error.args == (2,)
            boots = 1
        with open("/boots", "w") as file:
            file.write(str(boots))
        print(state.count, boots, machine.reset_cause())
        if boots < 3:
            machine.reset()
        """,
        files={"/state.py": "count = 0"},
    )
    device.run_ms(5000)
    assert device.lines == ["1 1 1", "1 2 3", "1 3 3"]
    assert device.flash.read_file("/boots") == b"3"
    assert [cause for _t, cause in device.resets] == [3, 3]


def test_power_off_and_on_is_a_power_on_reset(make_device):
    device = make_device("import machine\nprint(machine.reset_cause())\nwhile True: machine.idle()")
    log = []
    device.on_power(lambda event, t_ns: log.append((event, t_ns)))
    device.run_ms(400)
    device.power_off()
    device.power_off()
    device.run_ms(400)
    device.power_on()
    device.run_ms(400)
    assert device.lines == ["1", "1"]
    assert log == [("off", 400_000_000), ("on", 800_000_000)]


@pytest.mark.parametrize("name", ["dataclasses", "typing", "enum", "logging", "emulator", "firmware_missing"])
def test_firmware_that_imports_what_the_board_has_not_fails_as_there(make_device, name):
    device = make_device(f"import {name}")
    device.run_ms(1000)
    assert device.crash == (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 1, in <module>\n'
        f"ImportError: no module named '{name}'\n"
    )
    assert not device.is_running and device.is_powered


@pytest.mark.parametrize("name", ["TimeoutError", "FileNotFoundError", "format", "breakpoint"])
def test_built_in_names_that_the_board_has_not_are_name_errors(make_device, name):
    device = make_device(f"print({name})")
    device.run_ms(1000)
    assert f"NameError: name '{name}' is not defined" in device.crash


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import machine\nmachine.SPI(0)", "machine.SPI"),
        ("from machine import mem32", "machine.mem32"),
        ("import machine\nhasattr(machine, 'deepsleep')", "machine.deepsleep"),
        ("import rp2\nrp2.DMA()", "rp2.DMA"),
        ("import random", "module random"),
        ("import micropython\nmicropython.mem_info()", "micropython.mem_info"),
        ("from machine import ADC\nADC(2).read_u16()", r"machine.ADC\(2\)"),
    ],
)
def test_unmodelled_hardware_ends_the_simulation_even_under_a_broad_except(make_device, source, name):
    lines = source.split("\n")
    caught = "try:\n" + "".join(f"    {line}\n" for line in lines) + "except Exception:\n    print('caught')"
    device = make_device(caught)
    with pytest.raises(NotModelled, match=f"{name} "):
        device.run_ms(1000)
    assert "caught" not in device.console


def test_names_that_no_board_has_are_attribute_errors(make_device):
    device = make_device("import machine\nmachine.Motor")
    device.run_ms(1000)
    assert "AttributeError: 'module' object has no attribute 'Motor'" in device.crash


def test_a_bench_part_that_raises_is_not_taken_for_a_firmware_crash(make_device):
    device = make_device("import machine\nmachine.Pin(16, machine.Pin.OUT, value=1)")

    def broken_part(_net, level, _t_ns):
        if level:
            raise ZeroDivisionError("plant")

    device.nets.digital("GP16").on_edge(broken_part)
    with pytest.raises(HostFault, match="ZeroDivisionError: plant"):
        device.run_ms(1000)


def test_an_uncaught_exception_ends_main_and_leaves_the_traceback(make_device):
    device = make_device(
        "import part\npart.fail()\nprint('not reached')",
        files={"/part.py": "def fail():\n    raise ValueError(7)"},
    )
    device.run_ms(1000)
    assert device.crash == (
        "Traceback (most recent call last):\n"
        '  File "main.py", line 2, in <module>\n'
        '  File "part.py", line 2, in fail\n'
        "ValueError: 7\n"
    )
    assert device.console.endswith(">>> ")


def test_memory_of_the_running_firmware_can_be_looked_at(make_device):
    device = make_device("import state\nimport time\nwhile True: time.sleep(1)", files={"/state.py": "count = 5"})
    device.run_ms(500)
    assert device.modules["state"].count == 5
    device.power_off()
    assert device.modules == {}
