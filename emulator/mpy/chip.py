"""One power-on with the real interpreter as its processor: the greenlet of the firmware serves its calls.

The interpreter runs only while the host waits for its next request, so the two never race. A handler of
firmware that is due while a call is served is run by the interpreter before the call is answered, at the
very moment at which target sim would run it.
"""

import os
import sysconfig
import traceback
from array import array
from collections.abc import Callable
from typing import Any, NamedTuple

from emulator.errors import DeviceKeyboardInterrupt, EmulatorError, HostFault, Unwind
from emulator.mcu.chip import BANNER, Chip, Pico
from emulator.mcu.interrupts import IrqSource
from emulator.mcu.shims.catalogue import install
from emulator.mpy.device import wire
from emulator.mpy.interpreter import Interpreter, InterpreterBroken
from emulator.mpy.peripheral_calls import Calls

_EMULATOR_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_HARMLESS_FOLDERS = (
    _EMULATOR_FOLDER + "mcu" + os.sep,
    _EMULATOR_FOLDER + "mpy" + os.sep,
    *(os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "purelib", "platlib")),
)
_DONE, _ENDED = wire.number_of("done"), wire.number_of("ended")
_ERROR_TYPES = (ValueError, TypeError, OverflowError, RuntimeError)


class HandlerFailed(Exception):
    """An interrupt handler of firmware raised; the text is the interpreter's own traceback."""


class Heap(NamedTuple):
    """Bytes after a collection, in the interpreter's 64 bit words; our own modules are in `used`."""

    used: int
    free: int


class MpyChip(Chip):
    """The models of one power-on, asked over a pipe. `start_interpreter()` is called when the firmware begins."""

    def __init__(self, mcu: Pico, reset_cause: int, start_interpreter: Callable[[], Interpreter]) -> None:
        super().__init__(mcu, reset_cause)
        self._start_interpreter = start_interpreter
        self._interpreter: Interpreter | None = None
        self._handlers: dict[int, Callable[[Any], None]] = {}
        # The modules are those of sim, for the interpreter's calls and for the prompt after it.
        calls = Calls(self, install(self), self._handler)
        self._calls = [getattr(calls, name, None) for name in wire.OPERATIONS]

    # ---- for calls

    def _handler(self, slot: int) -> Callable[[Any], None]:
        """A function that makes the interpreter run its handler `slot`."""
        found = self._handlers.get(slot)
        if found is None:
            found = self._handlers[slot] = lambda _argument: self._run_handler(slot)
        return found

    # ---- for the bench

    def heap(self) -> Heap | None:
        """Collects garbage in the interpreter; None while no firmware runs. Not from inside the device."""
        if self._interpreter is None or self.cpu.is_executing:
            return None
        self._reply(wire.PROBE)
        words, _ = self._interpreter.request()
        return Heap(words[3], words[4])

    @property
    def calls_served(self) -> int:
        return 0 if self._interpreter is None else self._interpreter.calls

    @property
    def process_id(self) -> int | None:
        return None if self._interpreter is None else self._interpreter.process_id

    # ---- instead of the loader of target sim

    def switch_off(self, doom: Unwind) -> None:
        super().switch_off(doom)
        if self._interpreter is not None:
            self._interpreter.end()

    def describe(self, error: BaseException) -> str:
        return str(error) if isinstance(error, HandlerFailed) else super().describe(error)

    def _run_firmware(self) -> None:
        self.usb.power_up(self.cpu.signal, self.cpu.interrupt_keyboard)
        self._interpreter = self._start_interpreter()
        complaint = self._serve(_ENDED)
        if complaint:
            self.crash = complaint.decode()
            self.say(self.crash)
        self.guarded(self.files.mount)  # the interpreter had a mount of its own; the prompt is the emulator's
        self.say(BANNER)

    def _report_handler_error(self, source: IrqSource | None, error: Exception) -> None:
        if not isinstance(error, (EmulatorError, HandlerFailed)):
            raise HostFault(f"{type(error).__name__}: {error}") from error
        super()._report_handler_error(source, error)

    def _is_host_fault(self, trace: Any) -> bool:
        """True when the innermost code, libraries aside, is neither a shim nor ours."""
        for frame in reversed(traceback.extract_tb(trace)):
            filename = os.path.realpath(frame.filename)
            if filename.startswith((_HARMLESS_FOLDERS[0], _HARMLESS_FOLDERS[1])):
                return False
            if not filename.startswith(_HARMLESS_FOLDERS) and os.path.exists(filename):
                return True
        return False

    # ---- serving

    def _run_handler(self, slot: int) -> None:
        self._reply(wire.HANDLER, slot)
        complaint = self._serve(_DONE)
        if complaint:
            raise HandlerFailed(complaint.decode())

    def _serve(self, last: int) -> bytes:
        """Answer requests until operation `last`, which gets no answer; returns its payload."""
        interpreter = self._interpreter
        assert interpreter is not None
        while True:
            words, payload = interpreter.request()
            self._catch_up(words[1], words[2])
            operation = words[0]
            if operation == last:
                return payload
            if not 0 <= operation < len(self._calls) or self._calls[operation] is None:
                raise InterpreterBroken(f"the interpreter asked for operation {operation}, which there is not")
            self._answer(self._calls[operation], words, payload)

    def _answer(self, call: Callable[..., int | bytes], words: array, payload: bytes) -> None:
        try:
            result = call(words[3], words[4], words[5], words[6], words[7], payload)
        except (OSError, *_ERROR_TYPES) as error:
            self.cpu.check()
            if self._is_host_fault(error.__traceback__):
                raise HostFault(f"{type(error).__name__}: {error}") from error
            if isinstance(error, OSError):
                self._reply(wire.OS_ERROR, error.errno or 0)
                return
            kind = next(index for index, known in enumerate(_ERROR_TYPES) if isinstance(error, known))
            self._reply(wire.ERROR, kind, str(error).encode())
        except DeviceKeyboardInterrupt:
            self._reply(wire.KEYBOARD)
        else:
            if isinstance(result, bytes):
                self._reply(wire.RESULT, 0, result)
            else:
                self._reply(wire.RESULT, result)

    def _catch_up(self, now_ns: int, fed_ns: int) -> None:
        """Take over the time that the device has let pass by itself; we have told it that it may."""
        if fed_ns:
            self._go_to(fed_ns)
            self.cpu.feed()
        self._go_to(now_ns)

    def _go_to(self, t_ns: int) -> None:
        if t_ns > self.env.now and not self.env.try_advance(t_ns):
            raise InterpreterBroken(f"the interpreter is at {t_ns} ns, past something due before that")

    def _reply(self, kind: int, value: int = 0, payload: bytes = b"") -> None:
        assert self._interpreter is not None
        words = (kind, value, self.env.now, self.cpu.quiet_until_ns, len(self.usb.received), len(payload))
        self._interpreter.reply(array("q", words), payload)
