"""The emulated Raspberry Pi Pico: the API that firmware sees, and no physics.

`Mcu` is the device, `Flash` its memory, `FlashImage` makes the files in it, `load_modules` gives unit
tests single modules. FIDELITY.md says what is modelled and how well.
"""

from emulator.mcu.device import Mcu
from emulator.mcu.flash import Flash
from emulator.mcu.image import FlashImage
from emulator.mcu.loader import ImageLoader, load_modules

__all__ = ["Flash", "FlashImage", "ImageLoader", "Mcu", "load_modules"]
