"""Devices for tests: a few lines of firmware as /main.py on the reference wiring, without a bench."""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent

import pytest

from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.nets import Nets

SECOND_NS = 1_000_000_000
MS_NS = 1_000_000


@dataclass
class ReferencePins:
    """The pins that these tests use."""

    PINS: dict[int, str] = field(
        default_factory=lambda: {2: "STEP", 8: "I2C0_SDA", 9: "I2C0_SCL", 14: "PATIENT_BUTTON", 15: "BUZZER"}
    )
    ADC: dict[int, str] = field(default_factory=lambda: {0: "PRESSURE", 1: "SUPPLY"})


class Device(Mcu):
    """A Mcu that knows how long to run. `lines` is what print() wrote, without the REPL's banner."""

    def run_ms(self, milliseconds: float) -> None:
        self.env.run(until=self.env.now + int(milliseconds * MS_NS))

    @property
    def lines(self) -> list[str]:
        return self.console.split("MicroPython v")[0].splitlines()


@pytest.fixture
def make_device():
    """`make_device(source, files=..., **options)`: a device that is on, and is switched off later."""
    devices: list[Device] = []

    def make(source="", files=None, env=None, flash=None, nets=None, is_on=True, **options):
        if flash is None:
            texts = {"/main.py": source} | (files or {})
            flash = Flash(image=FlashImage.build({path: dedent(t).encode() for path, t in texts.items()}))
        device = Device(env or WorldEnvironment(), nets or Nets(), ReferencePins(), flash, **options)
        devices.append(device)
        if is_on:
            device.power_on()
        return device

    yield make
    for device in devices:
        device.power_off()


@pytest.fixture
def run_device(make_device):
    """`run_device(source, seconds=2)`: the device after that time; it must not have crashed."""

    def run(source="", seconds=2, **options):
        device = make_device(source, **options)
        device.run_ms(seconds * 1000)
        assert device.crash is None, device.crash
        return device

    return run
