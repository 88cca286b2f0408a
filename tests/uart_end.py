"""A pump that talks over its UART: the same cable, plugged into the other connector."""

from __future__ import annotations

import sys

from emulator.bench.cable import Cable
from emulator.mcu import Mcu
from emulator.world import World

UART_CONFIG = b'{"link_uart": 1}'


class UartEnd:
    """The connector of UART0 as the device's end of the cable: nobody lets the sender wait."""

    stdin_room = sys.maxsize

    def __init__(self, mcu: Mcu) -> None:
        self.stdin_feed = mcu.uart[0].feed
        self.on_stdout = mcu.uart[0].on_output


def plug_into_uart(world: World) -> None:
    """Before a target is made of the world."""
    world.cable = Cable(world.env, UartEnd(world.mcu))
