"""Nothing that a firmware does ends the host's process or leaves the device: it crashes as on the board, or ends as
NotModelled.
"""

from __future__ import annotations

import gc

import pytest

from emulator.errors import NotModelled

RAISED = {
    "a base exception of its own": ("class Odd(BaseException): pass\nraise Odd('x')", "Odd: x"),
    "GeneratorExit": ("raise GeneratorExit", "GeneratorExit"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "endless recursion": ("def f(n): return f(n + 1)\nf(0)", "RuntimeError: maximum recursion depth exceeded"),
    "recursion through repr": ("a = []\nfor _ in range(5000): a = [a]\nrepr(a)", "RuntimeError"),
    "recursion through iterators": ("x = [1]\nfor _ in range(5000): x = map(abs, x)\nlist(x)", "RuntimeError"),
    "a text that is nested deeply": ("eval('(' * 500 + '1' + ')' * 500)", "Error"),
    "a text with a zero byte": ("exec('a = 1\\x00')", "SyntaxError"),
    "more memory than there is": ("b = bytearray(1 << 30)", "MemoryError"),
    "a list longer than memory": ("b = [0] * (1 << 28)", "MemoryError"),
}


@pytest.mark.parametrize("name", RAISED)
def test_what_main_raises_is_its_crash(make_device, name):
    source, text = RAISED[name]
    device = make_device(source)
    device.run_ms(2000)
    assert text in device.crash.splitlines()[-1] and not device.is_running
    assert device.console.endswith(">>> ")


@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("raised", ["GeneratorExit", "SystemExit", "BaseException('x')"])
def test_what_a_handler_raises_is_told_and_the_program_goes_on(make_device, hard, raised):
    device = make_device(
        f"""
        from machine import Timer
        import time
        def fail(timer):
            raise {raised}
        Timer(mode=Timer.ONE_SHOT, period=10, callback=fail, hard={hard})
        time.sleep_ms(100)
        print("on")
        """
    )
    device.run_ms(1000)
    assert device.crash is None and device.lines[-1] == "on"
    assert raised.split("(")[0] in device.console


@pytest.mark.parametrize("clause", ["except:", "except BaseException:", "except Exception:"])
def test_a_firmware_that_catches_everything_can_be_switched_off(make_device, clause):
    device = make_device(f"import time\nwhile True:\n    try:\n        time.sleep(1)\n    {clause}\n        pass")
    device.run_ms(1500)
    device.power_off()
    assert not device.is_powered


def test_a_finally_that_goes_on_can_be_switched_off(make_device):
    device = make_device("import time\nwhile True:\n    try:\n        time.sleep(1)\n    finally:\n        continue")
    device.run_ms(1500)
    device.power_off()
    assert not device.is_powered


@pytest.mark.parametrize("clause", ["except:", "except Exception:"])
def test_not_modelled_is_not_caught(make_device, clause):
    device = make_device(f"import machine\ntry:\n    machine.SPI(0)\n{clause}\n    print('caught')")
    with pytest.raises(NotModelled, match="machine.SPI"):
        device.run_ms(1000)


FILES = {
    "two files that nobody closed": "for _ in range(3): print(open('/given').read())",
    "a file that an error left open": """
        def load():
            file = open('/given')
            raise ValueError
        for _ in range(3):
            try: load()
            except ValueError: pass
        """,
    "a reader that is written to": "file = open('/given'); print(file.write('x')); file.close()",
    "a writer that is read": "file = open('/new', 'w'); file.write('abc'); print(file.read()); file.close()",
    "a file that was removed": "import os as o\nfile = open('/given', 'a'); o.remove('/given'); file.write('x')",
    "bytes to stdout": "import sys\nsys.stdout.write(b'\\xff\\xfe')",
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_used_in_any_way(run_device, name):
    device = run_device(FILES[name], files={"/given": "abc"})
    device.power_off()
    gc.collect()


def test_a_dropped_file_keeps_what_it_was_told_until_it_is_collected(run_device):
    device = run_device(
        """
        import gc, os
        open("/note", "w").write("kept")
        print(os.stat("/note")[6])
        gc.collect()
        print(os.stat("/note")[6])
        """
    )
    assert device.lines == ["0", "4"]


PROMPT = {
    "a module that is not modelled": (b"import asyncio", b"NotModelled: module asyncio"),
    "a peripheral that is not modelled": (b"import machine; machine.SPI(0)", b"NotModelled: machine.SPI"),
    "an exception of another kind": (b"raise BaseException", b"BaseException"),
    "the file system's own module": (b"import os, vfs\nprint(vfs.mount())", b"NotModelled: module vfs"),
    "recursion": (b"def f(): f()\nf()", b"RuntimeError"),
}


@pytest.mark.parametrize("name", PROMPT)
def test_what_is_raised_at_the_prompt_stays_at_the_prompt(run_device, name):
    source, text = PROMPT[name]
    device = run_device("")
    sent = bytearray()
    device.on_stdout(lambda data, t_ns: sent.extend(data))
    device.stdin_feed(b"\x01")
    device.run_ms(100)
    device.stdin_feed(source + b"\x04")
    device.run_ms(500)
    assert text in sent and sent.endswith(b"\x04>")
    device.stdin_feed(b"print(6 * 7)\x04")
    device.run_ms(500)
    assert b"OK42\r\n" in sent


def test_an_exit_at_the_prompt_is_a_soft_reset(run_device):
    device = run_device("")
    sent = bytearray()
    device.on_stdout(lambda data, t_ns: sent.extend(data))
    device.stdin_feed(b"\x01x = 1\x04")
    device.run_ms(100)
    device.stdin_feed(b"import sys; sys.exit()\x04")
    device.run_ms(200)
    assert b"soft reboot" in sent
    device.stdin_feed(b"print(x)\x04")
    device.run_ms(200)
    assert b"NameError" in sent
