"""`sys`, `micropython` and `gc`."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, NoReturn

from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.shims.files import MACHINE
from emulator.mcu.shims.plain import module_of
from emulator.mcu.shims.streams import Stdin, Stdout, UsbInput

_VERSION = (1, 28, 0, "")
_MPY_VERSION = 0x1306  # .mpy 6.3 for armv6m
_WORD_MAX = 0x7FFF_FFFF
# The heap is not modelled: this is what target chip has free at the prompt.
FREE_HEAP_BYTES = 236 * 1024


def make_sys(chip: Chip) -> ModuleType:
    stdout = Stdout(chip)

    def print_exception(error: BaseException, file: Any = stdout) -> None:
        file.write(chip.describe(error))

    def leave(code: object = None) -> NoReturn:
        raise SystemExit(code)

    return module_of(
        "sys",
        {
            "argv": [],
            "byteorder": "little",
            "exit": leave,
            "implementation": SimpleNamespace(
                name="micropython", version=_VERSION, _machine=MACHINE, _mpy=_MPY_VERSION
            ),
            "maxsize": _WORD_MAX,
            "modules": chip.loader.modules,
            "path": chip.loader.search_path,
            "platform": "rp2",
            "print_exception": print_exception,
            "stderr": stdout,
            "stdin": Stdin(UsbInput(chip)),
            "stdout": stdout,
            "version": "3.4.0; MicroPython v1.28.0",
            "version_info": (3, 4, 0),
        },
    )


def make_micropython(chip: Chip) -> ModuleType:
    def schedule(handler: Callable[[Any], object], argument: Any) -> None:
        if not chip.cpu.schedule(handler, argument):
            raise RuntimeError("schedule queue full")

    def kbd_intr(character: int) -> None:
        chip.cpu.charge(costs.CALL_NS)
        chip.usb.set_interrupt_character(character)

    def same(value: Any) -> Any:
        return value

    return module_of(
        "micropython",
        {
            "alloc_emergency_exception_buf": lambda size: None,
            "asm_thumb": chip.unmodelled("micropython.asm_thumb"),
            "const": same,
            "heap_lock": chip.unmodelled("micropython.heap_lock"),
            "heap_unlock": chip.unmodelled("micropython.heap_unlock"),
            "kbd_intr": kbd_intr,
            "mem_info": chip.unmodelled("micropython.mem_info"),
            "native": same,
            "opt_level": lambda level=0: 0,
            "schedule": schedule,
            "viper": chip.unmodelled("micropython.viper"),
        },
    )


def make_gc() -> ModuleType:
    """Collection is the host's business; the figures of the heap are constants."""
    return module_of(
        "gc",
        {
            "collect": lambda: None,
            "disable": lambda: None,
            "enable": lambda: None,
            "isenabled": lambda: True,
            "mem_alloc": lambda: 0,
            "mem_free": lambda: FREE_HEAP_BYTES,
            "threshold": lambda amount=-1: -1,
        },
    )
