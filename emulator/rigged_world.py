"""A pump and the rig that plays its plant: two devices on shared nets, in one virtual time.

The emulated bench stays on the pump's STEP, DIR and EN, so that the rig's truth can be held against the plant's.
What the pump reads (angle, clock, pressure, supply, buttons) and its power come from the rig.
"""

from collections.abc import Callable
from typing import Any

from emulator.bench import rig_wiring, wiring
from emulator.bench.cable import Cable
from emulator.mcu.analog import REFERENCE_MV
from emulator.mcu.gpio import Wiring
from emulator.nets import DigitalNet
from emulator.trace import Trace
from emulator.world import World

_FULL_DUTY = 65_535


class RiggedWorld:
    """`make_rig(world, wiring)` makes the rig's processor. cable: the rig's own line to its host.

    The rig has its own supply: `power_on` gives it. The pump's is the rig's to give.
    """

    def __init__(self, world: World, make_rig: Callable[[World, Wiring], Any]) -> None:
        self.world = world
        self.env = world.env
        self.trace = Trace()  # of the rig's own line
        bus = world.mcu.i2c[0]
        for address in (wiring.AS5600_ADDRESS, wiring.DS3231_ADDRESS):
            bus.detach(address)
        for tone, voltage in rig_wiring.FILTERED.items():
            world.nets.analog(voltage).source = _filtered(world.nets.digital(tone))
        self.mcu = make_rig(world, rig_wiring)  # type: ignore[arg-type]  # a module with both tables
        self.cable = Cable(world.env, self.mcu)
        world.nets.digital(rig_wiring.POWER).on_edge(self._power_switched)

    def power_on(self) -> None:
        """Connect the rig's supply; harmless when it is."""
        self.mcu.power_on()

    def power_off(self) -> None:
        """Cut the rig's supply: its outputs float, and the load switch opens."""
        self.mcu.power_off()

    def _power_switched(self, _net: DigitalNet, level: int, t_ns: int) -> None:
        switch = self.world.power_on if level else self.world.power_off
        self.world.env.call_at(self.world.env.now, switch)


def _filtered(tone: DigitalNet) -> Callable[[int], int]:
    """The mean of a square wave; that the filter takes some milliseconds is left out."""

    def millivolts(_t_ns: int) -> int:
        return tone.tone_duty_u16 * REFERENCE_MV // _FULL_DUTY

    return millivolts
