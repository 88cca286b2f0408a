"""Two emulated chips on one I2C bus: MicroPython's I2CTarget answers MicroPython's I2C, interrupts and all."""

from __future__ import annotations

import pytest

from emulator.env import WorldEnvironment
from emulator.mcu import FlashImage
from emulator.nets import Nets

MS = 1_000_000


class _NoPins:
    PINS: dict[int, str] = {}
    ADC: dict[int, str] = {}


_TARGET = """
from machine import I2CTarget, Pin
angle = bytearray(range(64))
clock = bytearray(b"abcdefghijklmnopqrstuvwxyz")
at_36 = I2CTarget(0, addr=0x36, mem=angle, scl=Pin(9), sda=Pin(8))
at_68 = I2CTarget(1, addr=0x68, mem=clock, scl=Pin(11), sda=Pin(10))
"""
_CONTROLLER = """
import time
from machine import I2C, Pin
bus = I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000, timeout=50_000)
time.sleep_ms(300)
"""


class TwoChips:
    """A controller's I2C0 on a wire with both controllers of another chip, which plays 0x36 and 0x68."""

    def __init__(self, image, controller: str, target: str = "") -> None:
        from emulator.chip.i2c_wire import I2cWire, TargetEnd

        self.env = WorldEnvironment()
        self.controller = self._chip(image, _CONTROLLER + controller)
        self.target = self._chip(image, _TARGET + target)
        I2cWire(self.controller, 0, [TargetEnd(self.target, 0), TargetEnd(self.target, 1)])
        self.target.power_on()
        self.controller.power_on()

    def _chip(self, image, program: str):
        from emulator.chip import ChipFlash, ChipMcu, Processor

        processor = Processor(image.path)
        flash = ChipFlash(processor, FlashImage.build({"/main.py": program.encode()}))
        return ChipMcu(self.env, Nets(), _NoPins(), flash, processor)

    def run_for(self, ms: int) -> str:
        """What the controller has said by then, line by line, before its prompt."""
        self.env.run(self.env.now + ms * MS)
        return self.controller.console.partition("MicroPython v")[0]


def test_registers_are_read_and_written_at_two_addresses(image):
    said = TwoChips(
        image,
        """
print(bus.readfrom_mem(0x36, 5, 3))
print(bus.readfrom_mem(0x68, 2, 15))
bus.writeto_mem(0x36, 20, b'1234567')
print(bus.readfrom_mem(0x36, 19, 9))
""",
    ).run_for(600)
    assert said.splitlines() == [
        repr(b"\x05\x06\x07"),
        repr(b"cdefghijklmnopq"),
        repr(b"\x131234567\x1b"),
    ]


def test_nobody_at_an_address_is_eio_at_once_and_the_bus_goes_on(image):
    said = TwoChips(
        image,
        """
begin = time.ticks_us()
try:
    bus.readfrom_mem(0x22, 5, 3)
except OSError as error:
    print(error.errno, time.ticks_diff(time.ticks_us(), begin) < 1_000)
print(bus.readfrom_mem(0x36, 1, 2))
""",
    ).run_for(600)
    assert said.splitlines() == ["5 True", repr(b"\x01\x02")]


def test_no_byte_is_lost_in_fast_transfers_one_after_another(image):
    said = TwoChips(
        image,
        """
for value in range(200):
    bus.writeto_mem(0x68, value % 26, bytes((value,)))
    if bus.readfrom_mem(0x68, value % 26, 1)[0] != value:
        print('lost', value)
print(bus.readfrom_mem(0x68, 0, 26) == bytes(value + 26 * ((199 - value) // 26) for value in range(26)))
""",
    ).run_for(800)
    assert said.splitlines() == ["True"]


def test_hard_interrupts_of_a_target_come_and_its_answer_may_be_made_in_one(image):
    """The angle is set while the clock is held after the address: high and low byte belong together."""
    chips = TwoChips(
        image,
        """
for turn in range(3):
    print(list(bus.readfrom_mem(0x36, 12, 2)))
bus.writeto_mem(0x36, 40, b'x')
""",
        """
counts = bytearray(3)
def told(target):
    flags = target.irq().flags()
    if flags & I2CTarget.IRQ_ADDR_MATCH_READ:
        counts[0] += 1
        angle[12] = counts[0]
        angle[13] = 100 + counts[0]
    if flags & I2CTarget.IRQ_END_READ:
        counts[1] += 1
    if flags & I2CTarget.IRQ_END_WRITE:
        counts[2] += 1
at_36.irq(told, I2CTarget.IRQ_ADDR_MATCH_READ | I2CTarget.IRQ_END_READ | I2CTarget.IRQ_END_WRITE, hard=True)
import time
time.sleep_ms(500)
print(list(counts))
""",
    )
    assert chips.run_for(700).splitlines() == ["[1, 101]", "[2, 102]", "[3, 103]"]
    counts = chips.target.console.partition("MicroPython v")[0].splitlines()[-1]
    assert counts == "[3, 3, 1]", "a register number alone is no write of memory"


def test_a_target_without_power_is_absent_and_answers_when_it_is_back(image):
    chips = TwoChips(
        image,
        """
for _ in range(4):
    try:
        print(list(bus.readfrom_mem(0x36, 7, 1)))
    except OSError as error:
        print(error.errno)
    time.sleep_ms(400)
""",
    )
    chips.run_for(500)
    chips.target.power_off()
    chips.run_for(300)
    chips.target.power_on()
    assert chips.run_for(1_000).splitlines() == ["[7]", "5", "[7]", "[7]"]


def test_a_target_that_hangs_holds_the_clock_until_the_controllers_patience_is_over(image):
    chips = TwoChips(
        image,
        """
for _ in range(2):
    begin = time.ticks_us()
    try:
        print(list(bus.readfrom_mem(0x36, 7, 1)))
    except OSError as error:
        print(error.errno, 40_000 < time.ticks_diff(time.ticks_us(), begin) < 70_000)
    time.sleep_ms(300)
""",
    )
    chips.run_for(200)
    chips.target.freeze()
    chips.run_for(250)
    chips.target.thaw()
    said = chips.run_for(600).splitlines()
    assert said == ["110 True", "[7]"]


@pytest.mark.parametrize("lead_ms", [0, 3])
def test_chips_that_started_apart_share_the_bus(image, lead_ms):
    chips = TwoChips(image, "print(bus.readfrom_mem(0x68, 0, 4))")
    chips.controller.power_off()
    chips.run_for(50 + lead_ms)
    chips.controller.power_on()
    assert chips.run_for(500).splitlines() == [repr(b"abcd")]
