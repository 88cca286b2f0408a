"""A part that keeps SDA low because it missed the clocks of an interrupted transfer.

I2C specification UM10204, 3.1.16 "Bus clear": up to nine clock pulses free it.
"""

from emulator.nets import DigitalNet, Nets


class BusHold:
    """Holds SDA low until `clocks` falling edges of SCL were seen, or until it lets go by itself.

    clocks_seen counts those edges while held: evidence that the firmware tried to free the bus.
    """

    def __init__(self, nets: Nets) -> None:
        self._sda = nets.digital("I2C0_SDA")
        self._clocks_left = 0
        self.is_held = False
        self.holds = 0
        self.clocks_seen = 0
        nets.digital("I2C0_SCL").on_edge(self._clock)

    def hold(self, clocks: int, t_ns: int) -> None:
        """SDA goes low. clocks: pulses that free it, 0 = no number of pulses does."""
        self.is_held = True
        self.holds += 1
        self._clocks_left = clocks
        self._sda.hold(t_ns)

    def let_go(self, t_ns: int) -> None:
        """SDA goes high again; harmless when it is not held."""
        if self.is_held:
            self.is_held = False
            self._sda.let_go(t_ns)

    def _clock(self, net: DigitalNet, level: int, t_ns: int) -> None:
        if not self.is_held or level:
            return
        self.clocks_seen += 1
        if self._clocks_left:
            self._clocks_left -= 1
            if self._clocks_left == 0:
                self.let_go(t_ns)
