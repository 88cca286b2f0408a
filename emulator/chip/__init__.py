"""The same bench around an emulated RP2040 that runs a real MicroPython image (PyPI rp2040py).

`ChipMcu` takes the place of `emulator.mcu.Mcu` in a World: firmware then is interpreted by MicroPython
itself, machine code and all, and what its pins do reaches the same nets, parts and plant. FIDELITY.md says
what is modelled, what rp2040py cannot do, and what is corrected here.
"""

from emulator.chip.device import ChipMcu
from emulator.chip.flash import ChipFlash
from emulator.chip.processor import Processor

__all__ = ["ChipFlash", "ChipMcu", "Processor"]
