"""Which modules the device can import, beyond its own files."""

from types import ModuleType
from typing import TYPE_CHECKING

from emulator.mcu.shims.files import make_os
from emulator.mcu.shims.machine_shim import make_machine
from emulator.mcu.shims.plain import plain_modules
from emulator.mcu.shims.rp2_shim import make_rp2
from emulator.mcu.shims.streams import make_io, make_select
from emulator.mcu.shims.system import make_gc, make_micropython, make_sys
from emulator.mcu.shims.time_shim import make_time

if TYPE_CHECKING:
    from emulator.mcu.chip import Chip

# On the board, and not here: importing one raises NotModelled instead of ImportError.
_UNMODELLED = """
    _thread asyncio cmath cryptolib deflate dht framebuf heapq lwip neopixel onewire platform random re
    requests ssl tls uctypes vfs
"""
UNMODELLED_MODULES = frozenset(_UNMODELLED.split())


def shim_modules(chip: "Chip") -> dict[str, ModuleType]:
    """One set of module objects, bound to one power-on."""
    modules = plain_modules()
    modules.update(
        gc=make_gc(),
        io=make_io(chip),
        machine=make_machine(chip),
        micropython=make_micropython(chip),
        os=make_os(chip),
        rp2=make_rp2(chip),
        select=make_select(chip),
        sys=make_sys(chip),
        time=make_time(chip),
    )
    return modules
