"""An interpreter that ends, hangs or is not there is a broken bench with its output, never a hung test."""

from __future__ import annotations

import os
import signal
import time

import pytest

from emulator.errors import NotModelled
from emulator.mpy import InterpreterBroken, MpyMcu
from hil.errors import BenchBroken
from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.targets import mpy
from tests.conformance.rig import scenario


def test_an_interpreter_that_is_killed_is_told_with_its_signal(run):
    device = run("import time\nwhile True: time.sleep_ms(100)")
    os.kill(device.process_id, signal.SIGKILL)
    with pytest.raises(InterpreterBroken, match="ended with signal 9; its output"):
        device.env.run(until=device.env.now + 10**9)


def test_an_interpreter_that_breaks_down_shows_what_it_printed(make_device):
    """Its heap is too small for the modules that it needs before any firmware."""
    device = make_device(MpyMcu, "pass")
    device.heap_bytes = 20_000
    device.power_on()
    with pytest.raises(InterpreterBroken, match="MemoryError"):
        device.env.run(until=10**9)


def test_a_loop_without_a_call_is_a_hang_of_the_interpreter(make_device):
    device = make_device(MpyMcu, "while True: pass")
    device.hang_limit_s = 0.5
    device.power_on()
    with pytest.raises(InterpreterBroken, match="hangs: no call in"):
        device.env.run(until=10**9)


def test_a_stopped_process_is_a_hang_too(make_device):
    """It uses no processor time at all: wall time ends the wait."""
    device = make_device(MpyMcu, "import time\nwhile True: time.sleep_ms(100)")
    device.hang_limit_s = 0.25
    device.power_on()
    device.env.run(until=10**9)
    os.kill(device.process_id, signal.SIGSTOP)
    started_s = time.monotonic()
    with pytest.raises(InterpreterBroken, match="hangs"):
        device.env.run(until=2 * 10**9)
    assert time.monotonic() - started_s < 10.0


def test_a_run_with_a_broken_interpreter_is_an_infrastructure_verdict(monkeypatch):
    def broken():
        raise InterpreterBroken("the MicroPython interpreter ended with signal 11; its output: (none)")

    monkeypatch.setattr(MpyMcu, "start_interpreter", lambda self: broken())
    result, _ = run_scenario(scenario(), "mpy", Options())
    assert result.verdict == "infra"
    assert "signal 11" in result.message


def test_a_missing_interpreter_says_how_to_get_one(monkeypatch):
    monkeypatch.setattr("emulator.mpy.interpreter.shutil.which", lambda *arguments, **named: None)
    with pytest.raises(BenchBroken, match="pip install pumpbench"):
        mpy.MpyTarget.of_scenario(scenario())


def test_power_off_leaves_no_process_behind(run):
    device = run("import time\nwhile True: time.sleep_ms(100)")
    process_id = device.process_id
    device.power_off()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


@pytest.mark.parametrize(
    ("name", "source"), [(r"machine\.SPI", "machine.SPI"), (r"machine\.UART\.irq", "machine.UART(0).irq(None)")]
)
def test_hardware_that_is_not_modelled_is_named(run, name, source):
    with pytest.raises(NotModelled, match=name):
        run(f"import machine\n{source}")


def test_an_error_that_ends_the_firmware_keeps_its_traceback(run):
    device = run("def f():\n    return [][1]\nf()\n")
    assert device.crash.splitlines()[-3:] == [
        '  File "main.py", line 3, in <module>',
        '  File "main.py", line 2, in f',
        "IndexError: list index out of range",
    ]
    assert not device.is_running


def test_what_changes_in_the_flash_between_two_reads_is_read(make_device):
    """The device keeps what it has read: not beyond the moment in which anybody else may write."""
    device = make_device(
        MpyMcu,
        """
        import rp2, time
        flash = rp2.Flash()
        buffer = bytearray(1)
        while True:
            flash.readblocks(300, buffer, 8)
            flash.readblocks(301, buffer, 8)
            flash.readblocks(300, buffer, 8)
            print(buffer[0])
            flash.writeblocks(300, b"\\x0f", 8)
            flash.readblocks(300, buffer, 8)
            print(buffer[0])
            time.sleep_ms(1000)
        """,
    )
    device.power_on()
    device.env.run(until=device.env.now + 10**9)
    device.flash.flip_bit(300, 8, 0)
    device.env.run(until=device.env.now + 10**9)
    assert device.console.split()[:3] == ["255", "15", "14"]
