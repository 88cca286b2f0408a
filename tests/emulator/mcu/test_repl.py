"""After main.py the prompt is there: what mpremote and `pumpbench ctl keys` speak with."""

from __future__ import annotations

import pytest

RAW = b"raw REPL; CTRL-B to exit\r\n>"


@pytest.fixture
def at_prompt(run_device):
    """`at_prompt(source)`: the device after its main.py, and what it sends from then on."""

    def make(source="", **options):
        device = run_device(source, **options)
        sent = bytearray()
        device.on_stdout(lambda data, t_ns: sent.extend(data))

        def type_(data):
            sent.clear()
            device.stdin_feed(data)
            device.run_ms(500)
            return bytes(sent)

        return device, type_

    return make


def test_code_is_executed_and_its_output_sent(at_prompt):
    _, type_ = at_prompt()
    assert type_(b"\r\x01").endswith(RAW)
    assert type_(b"x = 6\nprint(x * 7)\x04") == b"OK42\r\n\x04\x04>"
    assert type_(b"print(x)\x04") == b"OK6\r\n\x04\x04>"


def test_an_error_comes_as_a_traceback_and_the_prompt_stays(at_prompt):
    device, type_ = at_prompt()
    type_(b"\x01")
    answer = type_(b"open('/nothing')\x04")
    assert answer.startswith(b"OK\x04Traceback") and answer.endswith(b"OSError: [Errno 2] ENOENT\r\n\x04>")
    assert type_(b"a b\x04").count(b"SyntaxError") == 1
    assert device.crash is None


def test_files_are_written_and_read(at_prompt):
    device, type_ = at_prompt()
    type_(b"\x01")
    type_(b"with open('/note', 'wb') as file:\n    file.write(b'kept')\x04")
    assert device.flash.read_file("/note") == b"kept"


def test_a_soft_reset_forgets_everything_and_leaves_main_out(at_prompt):
    device, type_ = at_prompt("print('main')")
    type_(b"\x01x = 1\x04")
    assert b"soft reboot\r\n" in type_(b"\x04")
    assert b"NameError" in type_(b"print(x)\x04")
    assert device.console.count("main\n") == 1


def test_raw_paste_is_declined_and_ctrl_c_forgets_the_line(at_prompt):
    _, type_ = at_prompt()
    type_(b"\x01")
    assert type_(b"\x05A\x01") == b"R\x00"
    type_(b"print(1")
    type_(b"\x03")
    assert type_(b"print(2)\x04") == b"OK2\r\n\x04\x04>"


def test_a_reset_from_the_prompt_runs_main_again(at_prompt):
    device, type_ = at_prompt("print('main')")
    type_(b"\x01import machine\nmachine.reset()\x04")
    device.run_ms(1000)
    assert device.console.count("main\n") == 2


def test_a_line_at_the_friendly_prompt_is_told_where_to_go(at_prompt):
    _, type_ = at_prompt()
    assert b"mpremote" in type_(b"print(1)\r")
    assert type_(b"\r") == b"\r\n>>> "
    assert b"MicroPython" in type_(b"\x02")
