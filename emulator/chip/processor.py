"""One RP2040 with a MicroPython image in its flash, run step by step in its own time.

rp2040py's own runner is asynchronous and paced by the host; here nothing happens between two calls. Private
names of rp2040py are used, which is why its version is pinned (pyproject.toml, extra `chip`).
"""

from collections.abc import Callable
from math import inf
from pathlib import Path
from time import perf_counter

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.peripherals._ssi import RPSSI
from rp2040py.reset_cause import ResetCause
from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from emulator.chip.corrections import silence_watchdog
from emulator.chip.i2c_block import I2cBlock
from emulator.chip.pio_pacer import PioPacer

# RPI_PICO: the last 1408 KiB of 2 MiB (ports/rp2/boards/RPI_PICO/mpconfigboard.h of MicroPython).
FILESYSTEM_START = 0xA0000
FILESYSTEM_BLOCKS = 352
BLOCK_BYTES = 4096

_SSI_PAGE = 0x18000
_ROUNDING_NS = 0.5  # of a clock that counts in floating point

# What made the chip start, as `on_restart` is told.
BY_WATCHDOG, BY_REQUEST = 1, 2


class Processor:
    """Runs only inside `run_until`. `on_restart(cause)` is told of resets that the chip made by itself.

    wall_s: host seconds spent in it so far.
    """

    def __init__(self, image: Path) -> None:
        self.rp2040 = RP2040()
        self.rp2040.logger = ConsoleLogger(LogLevel.ERROR)
        self.rp2040.set_core1_enabled(False)  # nothing on this bench uses it
        self._simulator = Simulator(rp2040=self.rp2040)
        self.clock = self.rp2040.clock
        self.pacers = [PioPacer(self.rp2040, index) for index in range(2)]
        # Blocks in Python in place of those in C++, which nothing can be hung on from outside.
        self.i2c = [I2cBlock(self.rp2040, number) for number in range(2)]
        self.ssi = self.rp2040.ssi = self.rp2040.peripherals[_SSI_PAGE] = RPSSI(self.rp2040, "SSI")
        self.rp2040.load_bootrom(BOOTROM_B1)  # erases the flash, so it comes before the image
        load_uf2(image, self.rp2040)
        self.filesystem = memoryview(self.rp2040.flash)[FILESYSTEM_START:][: FILESYSTEM_BLOCKS * BLOCK_BYTES]
        self.on_restart: Callable[[int], None] = lambda cause: None
        self.rp2040.watchdog.on_watchdog_trigger = self._watchdog
        self.is_frozen = False
        self.wall_s = 0.0
        self._limit_alarm = self.clock.create_alarm(self._interrupt)
        self._standing_until_ns = 0.0
        self._is_stopped = False
        self._deadline_s = inf
        self._too_late: Callable[[], None] = lambda: None

    # ---- time

    @property
    def now_ns(self) -> int:
        # Rounded as in `run_until`, or a chip that ends a fraction before its limit never comes to it.
        return int(self.clock.nanos + _ROUNDING_NS)

    def run_until(self, t_ns: int) -> None:
        """Run to `t_ns` of its own clock, at most one instruction further, or until `stop`."""
        begin_s = perf_counter()
        self._is_stopped = False
        while not self._is_stopped and self.clock.nanos + _ROUNDING_NS < t_ns:
            stands_ns = self._standing_until_ns if not self.is_frozen else float(t_ns)
            if self.clock.nanos + _ROUNDING_NS < stands_ns:
                self._stand(min(float(t_ns), stands_ns))
            else:
                self._execute(t_ns)
        self.wall_s += perf_counter() - begin_s

    def expect_within(self, wall_s: float, too_late: Callable[[], None] = lambda: None) -> None:
        """Call `too_late`, which may raise, when the processor still runs after so much wall time; inf calls it off.
        For an image that is no program: then a millisecond of the chip may take minutes.
        """
        self._deadline_s = perf_counter() + wall_s
        self._too_late = too_late

    def stop(self) -> None:
        """From any hook: `run_until` returns at this moment."""
        self._is_stopped = True
        self._simulator.stopped = True

    def call_in(self, delay_ns: float, action: Callable[[], None]) -> None:
        """Call `action` once on the chip's own time line."""
        self.clock.create_alarm(action).schedule(delay_ns)

    def stand_still(self, duration_ns: float) -> None:
        """From a hook: the core executes nothing for a while; clocks, PIO, timers and watchdog go on."""
        self._standing_until_ns = self.clock.nanos + duration_ns
        self._simulator.stopped = True

    def _execute(self, t_ns: int) -> None:
        self._simulator.stopped = False
        self._limit_alarm.schedule(t_ns - self.clock.nanos)
        while not self._simulator.stopped:
            self._simulator._execute_batch()
            if perf_counter() > self._deadline_s:
                self._deadline_s = inf
                self._too_late()
        self._limit_alarm.cancel()

    def _stand(self, until_ns: float) -> None:
        self._simulator.stopped = False
        self._limit_alarm.schedule(until_ns - self.clock.nanos)
        while not self._simulator.stopped:
            self.clock.tick(self.clock.nanos_to_next_alarm)
        self._limit_alarm.cancel()

    def _interrupt(self) -> None:
        self._simulator.stopped = True

    # ---- power and reset

    def power_up(self) -> None:
        """From no supply: RAM empty, all registers at their start, flash kept."""
        self.rp2040.sram[:] = bytes(len(self.rp2040.sram))
        self._restart(ResetCause.POWER_ON)

    def pull_run_low(self) -> None:
        """The RUN pin, pressed and let go."""
        self._restart(ResetCause.RUN_PIN)

    def _restart(self, cause: ResetCause) -> None:
        self.rp2040.enter_reset(cause=cause)
        self._settle_reset()
        self.rp2040.leave_reset()

    def _watchdog(self) -> None:
        cause = BY_WATCHDOG if self.rp2040.watchdog._reason == 1 else BY_REQUEST
        self.rp2040.enter_reset(cause=ResetCause.WATCHDOG)
        self._settle_reset()
        self.rp2040.leave_reset()
        self.on_restart(cause)

    def _settle_reset(self) -> None:
        silence_watchdog(self.rp2040.watchdog)
        self.is_frozen = False
        self._standing_until_ns = 0.0

    # ---- pins

    def set_input(self, number: int, level: int) -> None:
        """The level that the outside puts on a pin."""
        for pacer in self.pacers:
            pacer.catch_up()
        self.rp2040.gpio[number].set_input_value(bool(level))
        for pacer in self.pacers:
            pacer.arm()
