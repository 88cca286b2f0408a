"""Parts that only pull down: a contact to ground, an open drain. A resistor makes the other level."""

from emulator.nets import DigitalNet


def pull(net: DigitalNet, level: int, t_ns: int) -> None:
    """Level 0 holds the net low; level 1 lets it go."""
    if level:
        net.release(t_ns)
    else:
        net.drive(0, t_ns)
