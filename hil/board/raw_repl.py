"""MicroPython's raw REPL from the host: run code on a board whose application does not run.

Source: "The MicroPython Interactive Interpreter Mode" of its reference. What mpremote does is more; this is
what provisioning needs.
"""

from __future__ import annotations

from hil.errors import BenchBroken, PumpbenchError
from hil.pump.exchange import READ_TIMEOUT_S, Clock, Stream

_CTRL_A, _CTRL_B, _CTRL_C, _CTRL_D = b"\x01", b"\x02", b"\x03", b"\x04"
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_ENTER_TIMEOUT_S = 2.0
_RUN_TIMEOUT_S = 10.0


class DeviceError(PumpbenchError):
    """The board answered with a traceback."""


class RawRepl:
    """A context manager: entering finds the prompt, leaving gives it back as it was."""

    def __init__(self, line: Stream, clock: Clock) -> None:
        self._line = line
        self._clock = clock
        line.timeout = READ_TIMEOUT_S

    def __enter__(self) -> RawRepl:
        self._line.write(b"\r" + _CTRL_C + _CTRL_C)
        self._read_until(b">>> ", 0.5, is_needed=False)
        self._line.write(b"\r" + _CTRL_A)
        self._read_until(_RAW_BANNER, _ENTER_TIMEOUT_S)
        return self

    def __exit__(self, *_error: object) -> None:
        self._line.write(b"\r" + _CTRL_B)

    def run(self, code: str) -> str:
        """What the code printed. DeviceError with the traceback when it raised."""
        self._line.write(code.encode() + _CTRL_D)
        self._read_until(b"OK", _ENTER_TIMEOUT_S)
        output = self._read_until(_CTRL_D, _RUN_TIMEOUT_S)[:-1]
        trace = self._read_until(_CTRL_D + b">", _ENTER_TIMEOUT_S)[:-2]
        if trace:
            raise DeviceError(f"the board says: {trace.decode(errors='replace').strip()}")
        return output.decode(errors="replace").replace("\r\n", "\n")

    def tell(self, code: str) -> None:
        """Run code that ends the conversation, such as a reset."""
        self._line.write(code.encode() + _CTRL_D)
        self._read_until(b"OK", _ENTER_TIMEOUT_S)

    def _read_until(self, end: bytes, timeout_s: float, is_needed: bool = True) -> bytes:
        seen = b""
        deadline_s = self._clock.now_s() + timeout_s
        while not seen.endswith(end) and self._clock.now_s() < deadline_s:
            seen += self._line.read(1)
        if is_needed and not seen.endswith(end):
            raise BenchBroken(
                f"no Python prompt on this line: expected {end!r}, seen {seen[-60:]!r}; hold the silence button"
                " while the pump is switched on and press the patient button when the lamp lights, then the application"
                " does not start and the prompt answers"
            )
        return seen
