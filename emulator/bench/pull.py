"""Parts that only pull: a contact to ground, an open drain. The level holds while nobody drives the net."""

from emulator.nets import DigitalNet


def pull(net: DigitalNet, level: int, t_ns: int) -> None:
    """The resistors and contacts on the net now make this level of it."""
    net.idle_level = level
    net.release(t_ns)
