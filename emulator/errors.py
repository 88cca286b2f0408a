"""The errors of the emulator.

    EmulatorError            the host's side: leaves `env.run`, never seen by firmware
      NotModelled            firmware used hardware that is not modelled (docs/architecture.md)
      Deadlock               firmware keeps the processor and lets no virtual time pass
      HostFault              a bench part raised while firmware was calling it
    Unwind                   inside the device only: takes the firmware off its processor
      PowerCut               the supply is gone
      DeviceReset            machine.reset(), the watchdog, or the bench pulled RUN low

`Unwind` is not an `Exception`, so a firmware's `except Exception` cannot survive a power cut.
"""

import errno
from typing import Any


class EmulatorError(Exception):
    """Base of everything that ends a simulation because the emulator cannot go on truthfully."""


class NotModelled(EmulatorError):
    """`name` is the call as firmware wrote it, e.g. "machine.SPI"; the scope is in FIDELITY.md."""

    def __init__(self, name: str, hint: str = "") -> None:
        self.name = name
        super().__init__(f"{name} is not modelled{': ' + hint if hint else ''} (emulator/mcu/FIDELITY.md)")


class Deadlock(EmulatorError):
    """The device used processor time of the host without a nanosecond of virtual time."""


class HostFault(EmulatorError):
    """A bench or plant object raised inside a device's call; `__cause__` is what it raised."""


class Unwind(BaseException):
    """Base of the exceptions that end a device's program from inside."""


class PowerCut(Unwind):
    """The device has lost its supply."""


class DeviceReset(Unwind):
    """The device restarts; flash stays, RAM does not."""


class HostStop(Unwind):
    """The host ends the device because of an EmulatorError; the firmware has not caused it."""


class AtPrompt(Unwind):
    """What was typed at the prompt went beyond the models: it ends, the prompt and the device stay."""

    def __init__(self, error: EmulatorError) -> None:
        super().__init__(str(error))
        self.error = error


class DeviceOSError(OSError):
    """OSError as MicroPython has it: `args` is (errno,) and `errno` is its first argument."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.errno = args[0] if args else None

    def __str__(self) -> str:
        """With the name of the number, as py/objexcept.c prints it: mpremote reads it."""
        if not isinstance(self.errno, int):
            return str(self.errno) if len(self.args) == 1 else super().__str__()
        name = errno.errorcode.get(self.errno)
        if not name:
            return str(self.errno) if len(self.args) == 1 else str(self.args)
        return ": ".join([f"[Errno {self.errno}] {name}", *map(str, self.args[1:])])


class DeviceKeyboardInterrupt(KeyboardInterrupt):
    """Ctrl-C on the device's USB serial; the host's own Ctrl-C is a plain KeyboardInterrupt."""


# Firmware sees these two under the names they have on the board.
DeviceOSError.__name__ = DeviceOSError.__qualname__ = "OSError"
DeviceKeyboardInterrupt.__name__ = DeviceKeyboardInterrupt.__qualname__ = "KeyboardInterrupt"
