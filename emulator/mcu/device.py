"""The Pico on its board: the parts that outlive a reset, and the switches of the bench."""

import random
from collections.abc import Callable
from types import ModuleType

from emulator.env import WorldEnvironment
from emulator.errors import DeviceReset, PowerCut
from emulator.mcu.chip import POWER_ON_RESET, WATCHDOG_RESET, Chip
from emulator.mcu.flash import Flash
from emulator.mcu.gpio import Wiring
from emulator.mcu.guard import DEFAULT_LIMIT_S, DeadlockGuard
from emulator.mcu.i2c import I2cBus
from emulator.mcu.shims import catalogue
from emulator.mcu.uart import UartPort
from emulator.mcu.usb import UsbSerial
from emulator.nets import Nets

PowerListener = Callable[[str, int], None]


class Mcu:
    """One emulated Pico. Off until `power_on`; firmware comes from `flash`.

    `ticks_start_ms` is where ticks_ms() begins at each start. `deadlock_s` is the processor time of the
    host after which a device that lets no virtual time pass raises Deadlock out of `env.run`.
    A bench calls `power_off` when it is done, so that the firmware's stack is freed.
    """

    def __init__(
        self,
        env: WorldEnvironment,
        nets: Nets,
        wiring: Wiring,
        flash: Flash,
        seed: int = 0,
        name: str = "pump",
        ticks_start_ms: int = 0,
        deadlock_s: float = DEFAULT_LIMIT_S,
    ) -> None:
        self.env = env
        self.nets = nets
        self.wiring = wiring
        self.flash = flash
        self.name = name
        self.ticks_start_ms = ticks_start_ms
        self.random = random.Random(f"{name} {seed}")
        self.unique_id = self.random.randbytes(8)
        self.usb = UsbSerial(env)
        self.i2c = (I2cBus(0), I2cBus(1))
        self.uart = (UartPort(0), UartPort(1))
        self.guard = DeadlockGuard(env, deadlock_s)
        self.console_parts: list[str] = []
        self.resets: list[tuple[int, int]] = []
        self._chip: Chip | None = None
        self._power_listeners: tuple[PowerListener, ...] = ()

    # ---- power

    def power_on(self) -> None:
        """Connect the supply; nothing happens when it is connected."""
        if self._chip is None:
            self._boot(POWER_ON_RESET)
            self._tell("on")

    def power_off(self) -> None:
        """Cut the supply now, wherever the firmware is; flash keeps what was written."""
        if self._chip is not None:
            chip, self._chip = self._chip, None
            chip.switch_off(PowerCut(f"at {self.env.now} ns"))
            self._tell("off")

    def reset(self, cause: int = POWER_ON_RESET) -> None:
        """Restart the chip (RUN pin by default); without effect while it is off."""
        if self._chip is not None:
            chip, self._chip = self._chip, None
            chip.switch_off(DeviceReset(f"cause {cause}"))
            self.resets.append((self.env.now, cause))
            self._boot(cause)
            self._tell("reset")

    def bite(self) -> None:
        """The watchdog has reached its deadline."""
        self.reset(WATCHDOG_RESET)

    def on_power(self, listener: PowerListener) -> None:
        """`listener(event, t_ns)`, event one of on, off, reset."""
        self._power_listeners += (listener,)

    @property
    def is_powered(self) -> bool:
        return self._chip is not None

    @property
    def is_running(self) -> bool:
        """Firmware executes or will: powered, main.py has not ended, the processor is not hung."""
        chip = self._chip
        return chip is not None and not chip.cpu.is_idle and not chip.cpu.is_frozen

    @property
    def reset_cause(self) -> int:
        """Of the running power-on; 0 while off."""
        return 0 if self._chip is None else self._chip.reset_cause

    # ---- faults of the processor

    def freeze(self) -> None:
        """The processor hangs: no instruction, no handler; time, PIO and the watchdog go on."""
        if self._chip is not None:
            self._chip.cpu.freeze()

    def thaw(self) -> None:
        """The processor goes on where it hung."""
        if self._chip is not None:
            self._chip.cpu.thaw()

    @property
    def frozen(self) -> bool:
        return self._chip is not None and self._chip.cpu.is_frozen

    # ---- serial and console

    def stdin_feed(self, data: bytes) -> None:
        """Bytes from the host over USB, at the present virtual time."""
        self.usb.feed(data)

    @property
    def stdin_room(self) -> int:
        """How many bytes of the host find room now."""
        return self.usb.room

    def on_stdout(self, listener: Callable[[bytes, int], None]) -> None:
        """`listener(data, t_ns)`: everything the device writes to USB, protocol and text alike."""
        self.usb.on_output(listener)

    @property
    def console(self) -> str:
        """What print() and the REPL wrote, over all restarts."""
        return "".join(self.console_parts)

    @property
    def crash(self) -> str | None:
        """The traceback that ended main.py in this power-on."""
        return None if self._chip is None else self._chip.crash

    @property
    def modules(self) -> dict[str, ModuleType]:
        """What the running firmware has imported, by name; empty while off. For faults in RAM."""
        return {} if self._chip is None else self._chip.loader.modules

    def _boot(self, cause: int) -> None:
        self._chip = self._make_chip(cause)
        self._chip.start()

    def _make_chip(self, cause: int) -> Chip:
        chip = Chip(self, cause)
        catalogue.install(chip)
        return chip

    def _tell(self, event: str) -> None:
        for listener in self._power_listeners:
            listener(event, self.env.now)
