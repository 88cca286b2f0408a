"""Which phase of the driver's indexer fits the rotor where it stands (DET-02, INT-04).

The driver counts every step, whether the rotor follows or not and with current or without, and stands at its home
phase after power-on. Four full steps are one electrical cycle. With current at a foreign phase the rotor is drawn to
the nearest pole, up to two full steps either way. So the pair (phase, angle) of the last stroke that the rotor
followed is kept, also through a power cut; friction's lag between field and rotor is in the pair for free.

The phase follows the angle only when this has moved beyond noise: in normal running noise never enters, so that it
cannot add up. The cycle divides the revolution, so an angle is good for a phase however often the rotor went round.
"""

from micropython import const

from firmware.core.rotor import COUNTS_PER_REV, turned_counts

_CYCLES_PER_REV = const(50)  # of a motor with 200 full steps; one with 400 has twice as many, and is served as well
STILL_COUNTS = const(6)  # what two readings of a rotor at rest may differ by (rotor_sensor_watch)


class RotorPhase:
    """`microsteps_per_rev`: a multiple of 200.

    `indexer`: microsteps from home, 0 to `cycle` - 1, as far as the pump knows. `is_known`: there is a pair.
    `is_confirmed`: a stroke since power-on, or since a doubt, has shown that it is right.
    """

    def __init__(self, microsteps_per_rev):
        self._microsteps_per_rev = microsteps_per_rev
        self.cycle = microsteps_per_rev // _CYCLES_PER_REV
        self.indexer = 0
        self.phase = 0
        self._angle = 0
        self.is_known = False
        self.is_confirmed = False

    def signature(self):
        """The calibration, for the test of what must not change (INT-08)."""
        return self._microsteps_per_rev ^ self.cycle

    def count(self, microsteps):
        """So many steps, 0 or more, went to the driver."""
        self.indexer = (self.indexer + microsteps) % self.cycle

    def steps_to(self, phase):
        """Steps forward to a phase, 0 to `cycle` - 1; without current they turn nothing."""
        return (phase - self.indexer) % self.cycle

    def at(self, angle):
        """The phase that fits a rotor at this angle."""
        turned = turned_counts(self._angle, angle)
        if -STILL_COUNTS <= turned <= STILL_COUNTS:
            return self.phase
        return (self.phase + (turned * self._microsteps_per_rev + COUNTS_PER_REV // 2) // COUNTS_PER_REV) % self.cycle

    def foretold(self, phase, angle):
        """The pair that is kept tells this phase for this angle, within a quarter of a full step."""
        cycle = self.cycle
        leeway = cycle // 16
        return self.is_known and (phase - self.at(angle) + leeway) % cycle <= 2 * leeway

    def rests(self, phase, angle, is_confirmed):
        """At this phase the rotor has come to rest at this angle."""
        self.phase = phase
        self._angle = angle
        self.is_known = True
        self.is_confirmed = is_confirmed

    def unseen(self, angle):
        """The phase was kept up while there was no angle; the rotor now reads this one."""
        self._angle = angle
        self.is_confirmed = False

    def doubt(self):
        """The next stroke is looked at, and given tolerance."""
        self.is_confirmed = False

    def restore(self, phase, angle, is_known):
        """At boot, from the journal: the driver stands at home, whether it lost its power or was parked there."""
        self.indexer = 0
        self.phase = phase % self.cycle
        self._angle = angle
        self.is_known = is_known
        self.is_confirmed = False
