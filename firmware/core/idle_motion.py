"""Motion without command (DET-04, INT-09): the rotor leaves the angle at which the last stroke left it.

Compared with the resting angle and not with the last look, so that a slow creep adds up. The verdict is
taken at once, so hand it an angle that rotor_sensor_watch trusts, and take it again while a burst runs never.
Delay: that of the look, at any programmed rate: a driver that steps by itself at r microsteps per second
shows after 12 / r s, at the next look. More than half a revolution between two looks may be seen as
backwards: the verdict is then IDLE_TURNED_BACK, which stops the pump as well.
"""

from micropython import const

from firmware.core.rotor import COUNTS_PER_REV, turned_counts

IDLE_STILL = const(0)
IDLE_TURNED = const(1)  # forward: OVER_DELIVERY, the driver is disabled
IDLE_TURNED_BACK = const(2)

# 15 counts, 220 nL with the default tube: under one stroke, above the noise of two readings and above the
# half full step (10 counts) by which a rotor may settle when its current goes.
LIMIT_COUNTS = const(15)


class IdleMotion:
    """`rest` after every stroke, booked or failed; `look` between strokes and before the next one."""

    def __init__(self):
        self._angle = 0

    def rest(self, angle):
        """The rotor stands at `angle` and nothing is commanded any more."""
        self._angle = angle

    def look(self, angle):
        """IDLE_STILL, IDLE_TURNED or IDLE_TURNED_BACK."""
        if (angle - self._angle + LIMIT_COUNTS) % COUNTS_PER_REV <= 2 * LIMIT_COUNTS:
            return IDLE_STILL
        return IDLE_TURNED if turned_counts(self._angle, angle) > 0 else IDLE_TURNED_BACK
