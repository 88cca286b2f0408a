"""The requests of the interpreter to the chip: time, USB, flash. Peripherals are in peripheral_calls.py.

One method per operation of device/wire.py, with up to five integers and a payload; it returns an
integer or bytes. The work is done by the shims of emulator/mcu, so that target sim and target mpy cannot
drift apart.
"""

import struct
from typing import Any

from emulator.env import FOREVER_NS
from emulator.errors import NotModelled
from emulator.mcu import costs
from emulator.mcu.chip import Chip


class SystemCalls:
    """Of one power-on. `shims` are the module objects that firmware would import on target sim."""

    def __init__(self, chip: Chip, shims: dict[str, Any]) -> None:
        self._chip = chip
        self._cpu = chip.cpu
        self._machine = shims["machine"]
        self._time = shims["time"]
        self._stdin = shims["sys"].stdin.buffer
        self._stdout = shims["sys"].stdout.buffer
        self._kbd_intr = shims["micropython"].kbd_intr
        self._urandom = shims["os"].urandom
        self._flash = shims["rp2"].Flash()
        self._masks: list[bool] = []

    def begin(self, *_nothing: Any) -> bytes:
        chip = self._chip
        rates = (costs.COMPILE_NS_PER_BYTE, costs.LOAD_NS_PER_BYTE, costs.LOAD_MPY_NS_PER_BYTE)
        words = (chip.clock.origin_ns, costs.CALL_NS, *rates, chip.reset_cause)
        return struct.pack("<6q", *words) + chip.unique_id

    def charge(self, cost_ns: int, *_nothing: Any) -> int:
        self._cpu.charge(cost_ns)
        return 0

    def say(self, *words: Any) -> int:
        text = words[-1].decode()
        self._chip.say(text)
        self._cpu.charge(costs.USB_CALL_NS + len(text) * costs.USB_BYTE_NS)
        return 0

    def unmodelled(self, *words: Any) -> int:
        self._chip.fail(NotModelled(words[-1].decode()))

    # ---- time

    def rtc_ns(self, *_nothing: Any) -> int:
        return self._time.time_ns()

    def sleep(self, duration_ns: int, *_nothing: Any) -> int:
        self._time.sleep_us(duration_ns // 1_000)
        return 0

    def wait(self, until_ns: int, *_nothing: Any) -> int:
        """1 when something ended the wait early."""
        return int(self._cpu.wait(min(until_ns, FOREVER_NS)))

    def idle(self, *_nothing: Any) -> int:
        self._machine.idle()
        return 0

    def lightsleep(self, time_ms: int, *_nothing: Any) -> int:
        self._machine.lightsleep(time_ms)
        return 0

    def mask(self, is_masked: int, *_nothing: Any) -> int:
        return int(self._cpu.mask(bool(is_masked)))

    def watchdog_start(self, watchdog_id: int, timeout_ms: int, *_nothing: Any) -> int:
        self._machine.WDT(watchdog_id, timeout_ms)
        return 0

    def reset(self, *_nothing: Any) -> int:
        self._machine.reset()
        return 0

    # ---- USB

    def stdin_take(self, count: int, *_nothing: Any) -> bytes:
        return self._stdin.read(count)

    def stdout_write(self, *words: Any) -> int:
        return self._stdout.write(words[-1])

    def kbd_intr(self, character: int, *_nothing: Any) -> int:
        self._kbd_intr(character)
        return 0

    def interruptible(self, character: int, *_nothing: Any) -> int:
        """As kbd_intr, by the runtime itself: takes no time."""
        self._chip.usb.set_interrupt_character(character)
        return 0

    def urandom(self, count: int, *_nothing: Any) -> bytes:
        return self._urandom(count)

    # ---- flash

    def flash_ioctl(self, operation: int, argument: int, *_nothing: Any) -> int:
        return self._flash.ioctl(operation, argument) or 0

    def flash_read(self, block: int, offset: int, count: int, *_nothing: Any) -> bytes:
        """Takes no time, as when target sim reads a file."""
        return bytes(self._chip.flash.read(block, offset, count))

    def flash_write(self, block: int, offset: int, *words: Any) -> int:
        self._flash.writeblocks(block, words[-1], None if offset < 0 else offset)
        return 0
