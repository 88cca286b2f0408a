"""The prompt of the board after main.py has ended: the raw REPL of MicroPython, which tools speak.

Modelled: Ctrl-A raw mode, Ctrl-B friendly mode, Ctrl-C, in raw mode Ctrl-D to execute or, on nothing, for a
soft reset without main.py, and the answer to a host that offers raw paste: not supported. A line typed at
the friendly prompt is answered with a note about that. Source: "The MicroPython Interactive Interpreter
Mode" of the reference, and shared/runtime/pyexec.c.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any, Protocol

from emulator.env import FOREVER_NS
from emulator.errors import AtPrompt, EmulatorError
from emulator.mcu import costs
from emulator.mcu.cpu import Cpu
from emulator.mcu.guard import DeviceStuck
from emulator.mcu.loader import ImageLoader
from emulator.mcu.timers import AlarmTimer
from emulator.mcu.usb import UsbSerial

BANNER = 'MicroPython v1.28.0; Raspberry Pi Pico with RP2040\nType "help()" for more information.\n>>> '
_RAW_BANNER = b"raw REPL; CTRL-B to exit\r\n>"
_CTRL_A, _CTRL_B, _CTRL_C, _CTRL_D, _CTRL_E = 1, 2, 3, 4, 5
_NO_RAW_PASTE = b"R\x00"
_PROMPT = b"\r\n>>> "
_FRIENDLY_ANSWER = b"\r\nthe emulated board has the raw REPL only (Ctrl-A, mpremote)" + _PROMPT


class PromptHost(Protocol):
    """The parts of a power-on that the prompt uses."""

    cpu: Cpu
    loader: ImageLoader
    timers: list[AlarmTimer]
    usb: UsbSerial

    def account_for(self, error: BaseException) -> str: ...

    def run_program(self, run: Callable[..., None], *arguments: Any) -> None: ...


class Repl:
    """Serves the USB serial for ever; Ctrl-C comes as DeviceKeyboardInterrupt, then `serve` is called anew."""

    def __init__(self, chip: PromptHost) -> None:
        self._chip = chip
        self._is_raw = False
        self._line = bytearray()
        self._main = ModuleType("__main__")

    def serve(self) -> None:
        """Take what the host types, until power off."""
        while True:
            self._take(self._read_byte())

    def interrupted(self) -> None:
        """Ctrl-C while nothing runs: the line so far is forgotten."""
        self._line.clear()
        if not self._is_raw:
            self._send(_PROMPT)

    def _read_byte(self) -> int:
        chip = self._chip
        while not chip.usb.received:
            chip.cpu.wait(FOREVER_NS)
        chip.cpu.charge(costs.CALL_NS)
        return chip.usb.take(1)[0]

    def _send(self, data: bytes) -> None:
        chip = self._chip
        chip.usb.send(data, chip.cpu.charge(costs.USB_CALL_NS + len(data) * costs.USB_BYTE_NS))

    def _take(self, byte: int) -> None:
        if byte == _CTRL_A:
            self._is_raw = True
            self._line.clear()
            self._send(_RAW_BANNER)
        elif byte == _CTRL_B:
            self._is_raw = False
            self._line.clear()
            self._send(BANNER.replace("\n", "\r\n").encode())
        elif byte == _CTRL_C:
            self.interrupted()
        elif self._is_raw:
            self._take_raw(byte)
        elif byte in b"\r\n":
            self._send(_FRIENDLY_ANSWER if self._line.strip() else _PROMPT)
            self._line.clear()
        else:
            self._line.append(byte)

    def _take_raw(self, byte: int) -> None:
        if byte == _CTRL_E and not self._line:
            self._read_byte()  # "A", then Ctrl-A: the rest of the offer
            self._read_byte()
            self._send(_NO_RAW_PASTE)
        elif byte == _CTRL_D and not self._line:
            self._send(b"OK\r\n")
            self._reset_softly()
        elif byte == _CTRL_D:
            source = bytes(self._line)
            self._line.clear()
            self._execute(source)
        else:
            self._line.append(byte)

    def _execute(self, source: bytes) -> None:
        """Run it as the board does: OK, its output, Ctrl-D, its traceback, Ctrl-D and the prompt."""
        chip = self._chip
        self._send(b"OK")
        chip.loader.modules["__main__"] = self._main
        text = ""
        chip.cpu.is_at_prompt = True
        try:
            chip.run_program(chip.loader.execute, self._main, "<stdin>", source)
        except SystemExit:
            self._send(b"\x04\x04")
            self._reset_softly()
            return
        except AtPrompt as stop:
            text = f"{type(stop.error).__name__}: {stop.error}\n"
        except DeviceStuck as stuck:
            chip.cpu.check()
            text = f"Deadlock: {stuck}\n"
        except EmulatorError as error:
            text = f"{type(error).__name__}: {error}\n"
        except BaseException as error:
            text = chip.account_for(error)
        finally:
            chip.cpu.is_at_prompt = False
        self._send(b"\x04" + text.replace("\n", "\r\n").encode() + b"\x04>")

    def _reset_softly(self) -> None:
        """A fresh interpreter: modules and timers are gone, main.py stays out of raw mode. The watchdog and
        the outputs of the chip go on.
        """
        chip = self._chip
        for timer in chip.timers:
            timer.stop()
        chip.timers.clear()
        chip.loader.modules.clear()
        self._main = ModuleType("__main__")
        self._send(b"MPY: soft reboot\r\n" + _RAW_BANNER)
