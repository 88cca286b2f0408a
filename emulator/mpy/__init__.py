"""The real MicroPython in lockstep with the emulated world: `MpyMcu` takes the place of `Mcu`."""

from emulator.mpy.chip import Heap
from emulator.mpy.interpreter import InterpreterBroken, find_interpreter, interpreter_version
from emulator.mpy.mcu import MpyMcu

__all__ = ["Heap", "InterpreterBroken", "MpyMcu", "find_interpreter", "interpreter_version"]
