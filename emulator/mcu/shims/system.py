"""`sys`, `micropython` and `gc`."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from emulator.mcu import costs
from emulator.mcu.chip import Chip
from emulator.mcu.loader import SEARCH_PATH
from emulator.mcu.shims.arguments import integer
from emulator.mcu.shims.files import MACHINE
from emulator.mcu.shims.plain import AttrTuple, module_of
from emulator.mcu.shims.streams import StdioBuffer, TextIOWrapper, UsbInput, print_to

_VERSION = (1, 28, 0, "")
_MPY_VERSION = 0x1306  # .mpy 6.3 for armv6m
_WORD_MAX = 0x7FFF_FFFF
# The heap is not modelled: this is what target chip has free at the prompt.
FREE_HEAP_BYTES = 236 * 1024


def make_sys(chip: Chip) -> ModuleType:
    source = UsbInput(chip)
    stdin = TextIOWrapper(chip, 0, source, StdioBuffer(chip, source))
    stdout = TextIOWrapper(chip, 1, None, StdioBuffer(chip))

    def print_exception(error: BaseException, file: Any = stdout, /) -> None:
        print_to(file, [chip.describe(error)])

    def leave(*code: object) -> NoReturn:
        raise SystemExit(*code)

    module = module_of(
        "sys",
        {
            "argv": [],
            "byteorder": "little",
            "exit": leave,
            "implementation": AttrTuple(
                name="micropython", version=_VERSION, _machine=MACHINE, _mpy=_MPY_VERSION, _build="RPI_PICO"
            ),
            "maxsize": _WORD_MAX,
            "modules": chip.loader.modules,
            "path": list(SEARCH_PATH),
            "platform": "rp2",
            "print_exception": print_exception,
            "ps1": ">>> ",
            "ps2": "... ",
            "stderr": stdout,
            "stdin": stdin,
            "stdout": stdout,
            "version": "3.4.0; MicroPython v1.28.0 on 2026-04-06",
            "version_info": (3, 4, 0),
        },
        settable="path ps1 ps2",
    )
    chip.loader.search_path = lambda: module.path
    return module


def make_micropython(chip: Chip) -> ModuleType:
    level = 0

    def opt_level(*value: int) -> int | None:
        nonlocal level
        if not value:
            return level
        level = integer(value[0])
        if level:
            chip.unmodelled("micropython.opt_level: assertions are always compiled")()
        return None

    def schedule(handler: Callable[[Any], object], argument: Any, /) -> None:
        if not chip.cpu.schedule(handler, argument):
            raise RuntimeError("schedule queue full")

    def kbd_intr(character: int, /) -> None:
        character = integer(character)
        chip.cpu.charge(costs.CALL_NS)
        chip.usb.set_interrupt_character(character)

    def same(value: Any, /) -> Any:
        return value

    return module_of(
        "micropython",
        {
            "alloc_emergency_exception_buf": lambda size, /: None,
            "const": same,
            "kbd_intr": kbd_intr,
            "opt_level": opt_level,
            "schedule": schedule,
        },
    )


def make_gc(chip: Chip) -> ModuleType:
    """Collection is the host's business, but for files that were dropped; the figures of the heap are constants."""
    is_enabled = True

    def collect() -> None:
        chip.guarded(chip.files.collect)

    def enable() -> None:
        nonlocal is_enabled
        is_enabled = True

    def disable() -> None:
        nonlocal is_enabled
        is_enabled = False

    def threshold(*amount: int) -> int | None:
        if not amount:
            return -1
        integer(amount[0])
        return None

    return module_of(
        "gc",
        {
            "collect": collect,
            "disable": disable,
            "enable": enable,
            "isenabled": lambda: is_enabled,
            "mem_alloc": lambda: 0,
            "mem_free": lambda: FREE_HEAP_BYTES,
            "threshold": threshold,
        },
    )
