"""The bytes of the link: USB on the emulated Pico, a UART by hand and end to end."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from emulator.env import WorldEnvironment
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.mcu.source_edits import read_source
from emulator.nets import Nets
from emulator.world import World
from hil.errors import LinkTimeout
from hil.pump.client import Client
from hil.targets.base import BOOT_NS
from hil.targets.sim import SimTarget
from protocols import frame, ids
from tests.uart_end import UART_CONFIG, plug_into_uart

REPOSITORY = Path(__file__).resolve().parents[2]
DRIVERS = {
    f"/firmware/drivers/{name}.py": read_source(REPOSITORY, f"firmware/drivers/{name}.py")
    for name in ("link", "waiter")
}


class NoPins:
    PINS: dict[int, str] = {}
    ADC: dict[int, str] = {}


ECHO = b"""
import sys
from micropython import kbd_intr
from firmware.drivers.link import UsbLink
from firmware.drivers.waiter import Waiter
kbd_intr(-1)
waiter = Waiter(sys.stdin)
link = UsbLink(sys.stdin, sys.stdout, waiter)
buffer = bytearray(100)
while True:
    woken = waiter.wait(1000)
    count = 0
    while link.is_ready():
        taken = link.receive(buffer, 100)
        count += taken
        if taken:
            link.write(buffer, taken)
    if woken:
        print("", count, link.is_ready())
"""


@pytest.fixture
def usb():
    env = WorldEnvironment()
    flash = Flash(image=FlashImage.build({"/main.py": ECHO, **DRIVERS}))
    device = Mcu(env, Nets(), NoPins(), flash)
    sent = bytearray()
    device.on_stdout(lambda data, t_ns: sent.extend(data))
    device.power_on()
    env.run(until=2_000_000_000)

    def send(data):
        sent.clear()
        device.stdin_feed(data)
        env.run(until=env.now + 500_000_000)
        assert device.crash is None, device.crash
        return bytes(sent)

    yield send
    device.power_off()


def test_every_byte_value_passes_the_usb_link_both_ways(usb):
    every = bytes(range(256))
    assert usb(every) == every + b" 256 False\r\n"


def test_a_usb_link_is_ready_until_it_has_been_read_empty(usb):
    assert usb(b"a") == b"a 1 False\r\n"
    assert usb(b"") == b""


def _import_link():
    stubs = {name: types.ModuleType(name) for name in ("micropython",)}
    setattr(stubs["micropython"], "const", lambda value: value)  # noqa: B010
    sys.modules.update(stubs)
    try:
        from firmware.drivers import link
    finally:
        for name in stubs:
            del sys.modules[name]
    return link


class Uart:
    """A machine.UART whose transmit buffer has room for `room` bytes."""

    def __init__(self, received=b"", room=1000):
        self.received = bytearray(received)
        self.room = room
        self.sent = b""

    def any(self):
        return len(self.received)

    def readinto(self, buffer, count):
        assert count <= len(self.received), "it would block"
        buffer[:count] = self.received[:count]
        del self.received[:count]
        return count

    def write(self, data):
        taken = bytes(data[: self.room])
        self.sent += taken
        self.room -= len(taken)
        return len(taken) or None


class Woken:
    """A firmware.drivers.waiter.Waiter that has seen input."""

    has_input = True


def test_a_uart_link_takes_what_waits_and_never_blocks():
    link = _import_link().UartLink(Uart(b"\x00\xffabc"), Woken())
    buffer = bytearray(4)
    assert link.is_ready()
    assert (link.receive(buffer, 3), buffer) == (3, b"\x00\xffa\x00")
    assert link.is_ready()
    assert (link.receive(buffer, 4), buffer) == (2, b"bca\x00")
    assert not link.is_ready()
    assert link.receive(buffer, 4) == 0


def test_a_frame_that_does_not_fit_the_transmit_buffer_is_dropped_and_said_to_be():
    uart = Uart(room=5)
    link = _import_link().UartLink(uart, Woken())
    assert link.write(bytearray(b"abcdef"), 3)
    assert not link.write(bytearray(b"defghi"), 6)
    assert uart.sent == b"abcde"
    assert not link.write(bytearray(b"x"), 1)  # None of the port: nothing was taken


@pytest.fixture
def uart_pump():
    world = World(flash=Flash(image=FlashImage.from_tree(REPOSITORY, {"/config.json": UART_CONFIG})))
    plug_into_uart(world)
    with SimTarget(world) as target:
        target.clock.run_until(target.clock.now_ns + BOOT_NS)
        yield target


@pytest.mark.requirement("LNK-01")
def test_by_configuration_the_pump_talks_over_its_uart(uart_pump):
    client = Client(uart_pump.serial, uart_pump.clock)
    assert client.status().mode == "STANDBY"
    assert client.config()["link_uart"] == 1
    client.set_clock(250_000_000)
    assert any(entry.code == "CLOCK_SET" for entry in client.log())


@pytest.mark.requirement("LNK-03")
def test_a_burst_beyond_the_receive_buffer_loses_frames_and_nothing_else(uart_pump):
    client = Client(uart_pump.serial, uart_pump.clock)
    client.hello()
    uart_pump.world.cable.write(frame.encode(ids.MSG_STATUS, 0) * 200)
    uart_pump.clock.run_until(uart_pump.clock.now_ns + 2_000_000_000)
    assert uart_pump.world.mcu.uart[0].overruns > 0
    uart_pump.serial.read(1 << 16)
    assert client.status().mode == "STANDBY"


def test_on_the_uart_the_usb_console_is_not_listened_to(uart_pump):
    uart_pump.world.mcu.stdin_feed(b"\x03" + frame.encode(ids.MSG_HELLO, 0, b"\x01\x00"))
    uart_pump.clock.run_until(uart_pump.clock.now_ns + 1_000_000_000)
    assert uart_pump.trouble() is None
    assert Client(uart_pump.serial, uart_pump.clock).status().boots == 1


def test_a_pump_on_the_uart_is_silent_on_usb():
    world = World(flash=Flash(image=FlashImage.from_tree(REPOSITORY, {"/config.json": UART_CONFIG})))
    with SimTarget(world) as target:
        target.clock.run_until(target.clock.now_ns + BOOT_NS)
        with pytest.raises(LinkTimeout):
            Client(target.serial, target.clock).hello()
