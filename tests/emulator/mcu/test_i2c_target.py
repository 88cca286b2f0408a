"""A device that is a part on another one's bus, and PIO that counts edges: what a rig lives on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.nets import Nets

REPOSITORY = Path(__file__).resolve().parents[3]
MS = 1_000_000
_WIRING: Any = SimpleNamespace(PINS={2: "STEP", 3: "DIR", 8: "I2C0_SDA", 9: "I2C0_SCL", 15: "BUZZER"}, ADC={})
_TARGET = """
from machine import I2CTarget, Pin
memory = bytearray(range(16))
seen = []
target = I2CTarget(0, 0x36, mem=memory, scl=Pin(9), sda=Pin(8))
"""
_CONTROLLER = """
import time
from machine import I2C, Pin
bus = I2C(0, scl=Pin(9), sda=Pin(8), freq=400_000)
time.sleep_ms(50)
"""


class Pair:
    """Two devices on shared nets and one bus; what the first one prints."""

    def __init__(self, controller: str, target: str) -> None:
        self.env, self.nets = WorldEnvironment(), Nets()
        self.controller = self._device(controller, "controller")
        self.target = self._device(target, "target")
        self.target.i2c = (self.controller.i2c[0], self.controller.i2c[0])
        for device in (self.target, self.controller):
            device.power_on()

    def _device(self, program: str, name: str) -> Mcu:
        flash = Flash(image=FlashImage.build({"/main.py": program.encode()}))
        return Mcu(self.env, self.nets, _WIRING, flash, name=name)

    def run_for(self, ms: int) -> None:
        self.env.run(self.env.now + ms * MS)

    def said(self, ms: int = 400) -> list[str]:
        self.run_for(ms)
        return self.controller.console.partition("MicroPython v")[0].splitlines()

    def close(self) -> None:
        for device in (self.controller, self.target):
            device.power_off()


@pytest.fixture
def pair():
    made: list[Pair] = []

    def make(controller: str, target: str = "") -> Pair:
        made.append(Pair(_CONTROLLER + controller, _TARGET + target))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_memory_of_a_target_is_read_and_written_by_register(pair):
    said = pair(
        "print(bus.readfrom_mem(0x36, 5, 3))\nbus.writeto_mem(0x36, 14, b'xyz')\nprint(bus.readfrom_mem(0x36, 14, 4))\n"
    ).said()
    assert said == [repr(b"\x05\x06\x07"), repr(b"xyz\x01")], "it goes on at the beginning, as the port's does"


def test_a_hard_handler_sets_the_answer_at_the_address_of_a_read_and_hears_its_end(pair):
    both = pair(
        "print(list(bus.readfrom_mem(0x36, 2, 2)))\nprint(list(bus.readfrom_mem(0x36, 2, 2)))\n"
        "bus.writeto_mem(0x36, 9, b'a')\n",
        """
def told(target):
    flags = target.irq().flags()
    if flags & I2CTarget.IRQ_ADDR_MATCH_READ:
        memory[2] += 1
        memory[3] = memory[2] + 100
    else:
        memory[0] = target.memaddr
target.irq(told, I2CTarget.IRQ_ADDR_MATCH_READ | I2CTarget.IRQ_END_WRITE, hard=True)
import time
time.sleep_ms(300)
print(memory[0])
""",
    )
    assert both.said() == ["[3, 103]", "[4, 104]"]
    assert both.target.console.splitlines()[0] == "9"


def test_a_target_that_has_interrupts_off_holds_the_clock(pair):
    both = pair(
        "begin = time.ticks_us()\nbus.readfrom_mem(0x36, 0, 1)\nprint(time.ticks_us() - begin > 20_000)\n",
        """
import time, machine
target.irq(lambda t: None, I2CTarget.IRQ_ADDR_MATCH_READ, hard=True)
time.sleep_ms(40)
state = machine.disable_irq()
time.sleep_ms(60)
machine.enable_irq(state)
""",
    )
    assert both.said() == ["True"]


@pytest.mark.parametrize("end", ["target.deinit()", "power"])
def test_a_target_that_is_gone_is_not_acknowledged(pair, end):
    both = pair(
        "time.sleep_ms(100)\n"
        "try:\n    bus.readfrom_mem(0x36, 0, 1)\nexcept OSError as error:\n    print(error.errno)\n",
        "" if end == "power" else end,
    )
    both.run_for(60)
    if end == "power":
        both.target.power_off()
    assert both.said() == ["5"]


_COUNTER = (
    (REPOSITORY / "hil/rig/edge_counter.py").read_text(encoding="utf-8")
    + """
import time
from machine import Pin
counter = EdgeCounter(0, Pin(2), Pin(3))
"""
)


def test_edges_are_counted_apart_by_the_level_of_a_second_line(pair):
    both = pair(
        """
step, direction = Pin(2, Pin.OUT, value=0), Pin(3, Pin.OUT, value=1)
for level, count in ((1, 5), (0, 3), (1, 2)):
    direction.value(level)
    for _ in range(count):
        step.value(1)
        step.value(0)
""",
        _COUNTER + "time.sleep_ms(200)\ncounter.read()\nprint(counter.high, counter.low)\n",
    )
    both.run_for(400)
    assert both.target.console.splitlines()[0] == "7 3"


def test_periods_of_a_tone_are_counted_and_wake_an_input_once(pair):
    both = pair(
        "from machine import PWM\n"
        "tone = PWM(Pin(15), freq=400, duty_u16=32_768)\ntime.sleep_ms(50)\ntone.duty_u16(0)\n",
        _COUNTER.replace("Pin(2), Pin(3)", "Pin(15), Pin(15)")
        + "seen = []\nPin(15, Pin.IN).irq(lambda pin: seen.append(1), Pin.IRQ_RISING)\n"
        + "time.sleep_ms(200)\ncounter.read()\nprint(counter.high + counter.low, len(seen))\n",
    )
    both.run_for(400)
    periods, wakes = both.target.console.splitlines()[0].split()
    assert 20 <= int(periods) <= 22
    assert wakes == "1"
