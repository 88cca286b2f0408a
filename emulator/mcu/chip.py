"""One power-on of the RP2040 with its firmware: made at power-on or reset, thrown away at the next.

What outlives it (flash, cables, parts on the buses) belongs to the `Pico` it is in, an Mcu. Shims reach all
models here.
"""

import os
import sysconfig
import traceback
from collections.abc import Callable
from random import Random
from types import TracebackType
from typing import Any, NoReturn, Protocol, TypeVar

from greenlet import GreenletExit

from emulator.env import FOREVER_NS, WorldEnvironment
from emulator.errors import (
    DeviceKeyboardInterrupt,
    DeviceOSError,
    EmulatorError,
    HostFault,
    NotModelled,
    Unwind,
)
from emulator.mcu import costs
from emulator.mcu.analog import Converter
from emulator.mcu.clock import DeviceClock
from emulator.mcu.cpu import Cpu
from emulator.mcu.dialect_calls import is_of_host
from emulator.mcu.filesystem import Filesystem
from emulator.mcu.flash import Flash
from emulator.mcu.flash_access import DeviceAccess
from emulator.mcu.gpio import GpioBank, Wiring
from emulator.mcu.guard import DeadlockGuard
from emulator.mcu.i2c import I2cBus
from emulator.mcu.i2c_target import TargetPort
from emulator.mcu.interrupts import IrqSource
from emulator.mcu.loader import ImageLoader
from emulator.mcu.pio import StateMachine
from emulator.mcu.repl import BANNER, Repl
from emulator.mcu.timers import AlarmTimer
from emulator.mcu.uart import UartPort
from emulator.mcu.usb import CTRL_C, TRANSMIT_TIMEOUT_NS, UsbSerial
from emulator.nets import Nets

STATE_MACHINES = 8
INSTALLED = ("firmware/", "protocols/", "hil/")  # what `pumpbench flash` links and compiles

# reset_cause of the rp2 port; machine.reset() is a watchdog reset there.
POWER_ON_RESET = 1
WATCHDOG_RESET = 3

_OWN_FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY_FOLDERS = tuple(
    os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "purelib", "platlib")
)
_Result = TypeVar("_Result")
# Classes of CPython's that the board has under the name of their base.
_BOARD_NAMES = {
    "ModuleNotFoundError": "ImportError",
    "RecursionError": "RuntimeError",
    "UnboundLocalError": "NameError",
    "UnicodeDecodeError": "UnicodeError",
    "UnicodeEncodeError": "UnicodeError",
}


class Pico(Protocol):
    """What outlives a power-on, and the switches that end one."""

    env: WorldEnvironment
    nets: Nets
    wiring: Wiring
    flash: Flash
    usb: UsbSerial
    i2c: tuple[I2cBus, I2cBus]
    uart: tuple[UartPort, UartPort]
    guard: DeadlockGuard
    random: Random
    unique_id: bytes
    ticks_start_ms: int
    console_parts: list[str]

    def bite(self) -> None: ...

    def reset(self, cause: int = ...) -> None: ...

    def power_off(self) -> None: ...


class Chip:
    """The models of one power-on. `reset_cause` is what machine.reset_cause() says."""

    def __init__(self, mcu: Pico, reset_cause: int) -> None:
        self.reset_cause = reset_cause
        self.env = mcu.env
        self.nets = mcu.nets
        self.wiring = mcu.wiring
        self.flash = mcu.flash
        self.usb = mcu.usb
        self.i2c_buses = mcu.i2c
        self.uart_ports = mcu.uart
        self.random = mcu.random
        self.unique_id = mcu.unique_id
        self.reset_device = mcu.reset
        self.power_off = mcu.power_off
        self.crash: str | None = None
        self.working_folder = ""
        self._console = mcu.console_parts
        self.clock = DeviceClock(self.env, mcu.ticks_start_ms)
        self.repl = Repl(self)
        self.cpu = Cpu(self.env, self._run_firmware, self.repl, mcu.bite, self._report_handler_error, mcu.guard)
        self.gpio = GpioBank(self.env, self.nets, self.wiring, self.cpu.interrupt)
        self.converter = Converter(self.nets, self.wiring.ADC)
        self.state_machines = [StateMachine(self.env, self.cpu.interrupt) for _ in range(STATE_MACHINES)]
        self.timers: list[AlarmTimer] = []
        self.i2c_targets: list[TargetPort] = []
        self.files = Filesystem(
            DeviceAccess(self.flash, self.cpu, self.power_off),
            self.flash.blocks,
            self.flash.block_size,
            is_alive=lambda: self.cpu.doom is None,
        )
        self.loader = ImageLoader(self._read_source, self._is_folder, self._charge_compile, fail=self.fail)

    def start(self) -> None:
        """Boot: main.py begins after the boot time."""
        self.cpu.start_at(self.env.now + costs.BOOT_NS)

    def switch_off(self, doom: Unwind) -> None:
        """Everything stops now: processor, PIO, timers, outputs."""
        self.cpu.kill(doom)
        for machine in self.state_machines:
            machine.stop()
        for timer in self.timers:
            timer.stop()
        for port in self.uart_ports:
            port.close()
        for target in self.i2c_targets:
            target.close()
        self.usb.power_down()
        self.gpio.switch_off()

    # ---- for shims

    def fail(self, error: EmulatorError) -> NoReturn:
        """End the simulation from inside the device: firmware cannot catch it."""
        raise self.cpu.fail(error)

    def unmodelled(self, name: str) -> Callable[..., NoReturn]:
        """A function that raises NotModelled for `name`."""

        def call(*_arguments: Any, **_named: Any) -> NoReturn:
            self.fail(NotModelled(name))

        return call

    def guarded(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call into the file system; a power cut on the way is raised as such, not as an I/O error."""
        try:
            return function(*arguments)
        finally:
            self.cpu.check()

    def path_of(self, path: Any) -> str:
        """The full path of a path that firmware gave. TypeError for what is neither text nor bytes."""
        if isinstance(path, bytes):
            path = path.decode()
        if not isinstance(path, str):
            raise TypeError(f"can't convert {type(path).__name__} to str")
        return path if path.startswith("/") else f"{self.working_folder}/{path}"

    def say(self, text: str) -> None:
        """Console text: kept, and sent over USB with CR LF."""
        self.say_bytes(text.encode("utf-8", "surrogateescape"))

    def say_bytes(self, data: bytes) -> None:
        """As `say`. A host that does not read costs half a second for each piece between the ends of lines."""
        self._console.append(data.decode("utf-8", "replace"))
        if self.usb.has_room:
            self.transmit(data.replace(b"\n", b"\r\n"))
            return
        for line in data.splitlines(keepends=True):
            text = line.removesuffix(b"\n")
            for piece in (text, b"\r\n" if text != line else b""):
                if piece:
                    self.transmit(piece)

    def transmit(self, data: bytes) -> int:
        """Bytes to the host. Waits for room, half a second at a time; returns how many found some."""
        sent = self.usb.send(data, self.env.now)
        end_ns = self.env.now + TRANSMIT_TIMEOUT_NS
        while sent < len(data) and self.env.now < end_ns:
            self.cpu.wait(end_ns)
            more = self.usb.send(data[sent:], self.env.now)
            if more:
                sent += more
                end_ns = self.env.now + TRANSMIT_TIMEOUT_NS
        return sent

    def describe(self, error: BaseException) -> str:
        """A traceback as the board prints it: firmware's own frames only."""
        lines = ["Traceback (most recent call last):"]
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename in self.loader.filenames:
                lines.append(f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}')
        text = str(error)
        name = _BOARD_NAMES.get(type(error).__name__, type(error).__name__)
        lines.append(f"{name}: {text}" if text else name)
        return "\n".join(lines) + "\n"

    def interject(self, source: IrqSource) -> None:
        """Run a hard handler at once, inside the wait of another device for it. Its time is not counted."""
        now_ns = self.env.now_ns
        self.cpu.mask(True)
        self.env.free_until_ns = FOREVER_NS
        try:
            if source.handler is not None:
                source.handler(source.argument)
        except BaseException as error:
            if isinstance(error, (Unwind, GreenletExit, KeyboardInterrupt)):
                raise
            source.handler = None  # as in Cpu
            self._report_handler_error(source, error)
        finally:
            self.env.now_ns = now_ns
            self.cpu.mask(False)

    # ---- inside

    def _run_firmware(self) -> None:
        # Until the runtime is up no host sees a USB device, and what it sends is lost.
        self.usb.power_up(self.cpu.signal, self.cpu.interrupt_keyboard)
        try:
            self.files.mount()
        except DeviceOSError:
            self.cpu.check()
            self.guarded(self.files.format)  # as _boot.py of the port does with a blank chip
            self.guarded(self.files.mount)
        for path in ("/boot.py", "/main.py"):
            try:
                self.run_program(self.loader.run_main, path)
            except SystemExit:
                raise NotModelled("soft reset (SystemExit from main.py)") from None
            except BaseException as error:
                self.crash = self.account_for(error)
                self.say(self.crash)
                break
        self.say(BANNER)

    def run_program(self, run: Callable[..., None], *arguments: Any) -> None:
        """Ctrl-C interrupts a program while it runs, and neither its compilation nor the prompt (pyexec.c)."""
        try:
            run(*arguments, before=lambda: self.usb.set_interrupt_character(CTRL_C))
        finally:
            self.usb.set_interrupt_character(-1)

    def account_for(self, error: BaseException) -> str:
        """The traceback of an exception that the firmware raised. Any other exception is raised again."""
        self.cpu.check()
        if is_of_host(error):
            raise error
        is_ctrl_c = isinstance(error, DeviceKeyboardInterrupt)
        if not is_ctrl_c and self._is_host_fault(error.__traceback__):
            raise HostFault(f"{type(error).__name__}: {error}") from error
        return self.describe(error)

    def _is_host_fault(self, trace: TracebackType | None) -> bool:
        """True when the innermost code, libraries and shims aside, is a bench part and not firmware."""
        for frame in reversed(traceback.extract_tb(trace)):
            if frame.filename in self.loader.filenames:
                return False
            filename = os.path.realpath(frame.filename)
            if not filename.startswith((_OWN_FOLDER, *_LIBRARY_FOLDERS)) and os.path.exists(filename):
                return True
        return False

    def _report_handler_error(self, source: IrqSource | None, error: BaseException) -> None:
        if is_of_host(error):
            raise error
        if self._is_host_fault(error.__traceback__):
            raise HostFault(f"{type(error).__name__}: {error}") from error
        if source is not None:
            self.say("Uncaught exception in IRQ callback handler\n")
        self.say(self.describe(error))

    def _read_source(self, path: str) -> bytes | None:
        try:
            return self.guarded(self.files.read_file, self.path_of(path))
        except DeviceOSError:
            self.cpu.check()
            return None  # not there, or a folder

    def _is_folder(self, path: str) -> bool:
        return self.files.is_folder(self.path_of(path))

    def _charge_compile(self, path: str, byte_count: int) -> None:
        """A board has the firmware's modules compiled: `pumpbench flash` installs them so."""
        is_installed = path.lstrip("/").startswith(INSTALLED)
        self.cpu.charge(byte_count * (costs.LOAD_NS_PER_BYTE if is_installed else costs.COMPILE_NS_PER_BYTE))
