"""The built-in modules of the device: which there are, and what of them is not modelled."""

from functools import partial
from types import ModuleType
from typing import NoReturn

from emulator.errors import NotModelled
from emulator.mcu.chip import Chip
from emulator.mcu.shims.files import make_os, open_file
from emulator.mcu.shims.machine_shim import make_machine
from emulator.mcu.shims.plain import plain_modules
from emulator.mcu.shims.rp2_shim import make_rp2
from emulator.mcu.shims.streams import make_io, make_select
from emulator.mcu.shims.system import make_gc, make_micropython, make_sys
from emulator.mcu.shims.time_shim import make_time

# On the board, and not here: importing or using one raises NotModelled, even inside hasattr.
_MODULE_GAPS = """
    _thread asyncio cmath cryptolib deflate dht framebuf heapq lwip neopixel onewire platform random re
    requests ssl tls uctypes vfs
"""
_MACHINE_GAPS = """
    I2CTarget I2S SPI Signal SoftI2C SoftSPI USBDevice bitstream bootloader deepsleep dht_readinto mem16
    mem32 mem8 soft_reset time_pulse_us
"""
_RP2_GAPS = "DMA PIOASMEmit bootsel_button country"


def install(chip: Chip) -> None:
    """Give the firmware of one power-on its built-in modules, and `open`."""

    gaps = frozenset(_MODULE_GAPS.split())

    def raise_if_unmodelled(name: str) -> None:
        if name in gaps:
            chip.fail(NotModelled(f"module {name}"))

    chip.loader.use_built_in(shim_modules(chip), raise_if_unmodelled)
    chip.loader.builtins["open"] = partial(open_file, chip)


def shim_modules(chip: Chip) -> dict[str, ModuleType]:
    """One set of module objects, bound to one power-on."""
    modules = plain_modules()
    modules.update(
        gc=make_gc(),
        io=make_io(chip),
        machine=_with_gaps(chip, make_machine(chip), _MACHINE_GAPS),
        micropython=make_micropython(chip),
        os=make_os(chip),
        rp2=_with_gaps(chip, make_rp2(chip), _RP2_GAPS),
        select=make_select(chip),
        sys=make_sys(chip),
        time=make_time(chip),
    )
    return modules


def _with_gaps(chip: Chip, module: ModuleType, gaps: str) -> ModuleType:
    """`module`, in which using one of the names in `gaps` raises NotModelled."""
    known = frozenset(gaps.split())

    def missing(name: str) -> NoReturn:
        if name in known:
            chip.fail(NotModelled(f"{module.__name__}.{name}"))
        raise AttributeError(f"'module' object has no attribute '{name}'")

    module.__dict__["__getattr__"] = missing
    return module
