"""Faults of motor and driver: the rotor does not do what the edges say."""

from hil.rig.fault import Fault
from hil.rig.noise import Noise

_BACKWARD, _FORWARD = 0, 1
_US_PER_MS = 1_000


class _Held(Fault):
    """Base of all stalls: evidence is edges that a rotor with current did not follow."""

    def hold(self, is_held):
        motor = self.plant.motor

        def act():
            self.plant.drive.update()
            motor.is_held = is_held
            motor.settle()

        self.plant.quiet(act)

    def start(self):
        self._before = self.plant.fluid.missed
        self.hold(True)

    def stop(self):
        self.hold(False)

    def evidence(self):
        return self.plant.fluid.missed > self._before


class Stall(_Held):
    pass


class StallIntermittent(_Held):
    """Free and held spans, from half to one and a half of their mean each (a: ms between, b: ms long)."""

    def start(self):
        self._before = self.plant.fluid.missed
        self._noise = Noise(self.a ^ self.b)
        self._is_held = False
        self.due_us = self.began_us + self._span_us(self.a)

    def _span_us(self, mean_ms):
        return self._noise.between(mean_ms // 2, mean_ms + mean_ms // 2) * _US_PER_MS

    def due(self, now_us):
        self._is_held = not self._is_held
        self.hold(self._is_held)
        self.due_us = now_us + self._span_us(self.b if self._is_held else self.a)


class MagneticField(_Held):
    """a: ms that the rotor still stands when the field has gone."""

    def start(self):
        self.lag_us = self.a * _US_PER_MS
        super().start()


class Slip(Fault):
    """The rotor drops into another pole pair (a: ms between, b: direction, c: cycles)."""

    def start(self):
        self._before = self.plant.motor.slipped
        self._noise = Noise(self.a)
        self._plan(self.began_us)

    def _plan(self, now_us):
        self.due_us = now_us + self._noise.between(self.a // 2, self.a + self.a // 2) * _US_PER_MS

    def due(self, now_us):
        if self.b == _BACKWARD or (self.b != _FORWARD and self._noise.word() & 1):
            self.plant.motor.slips_due = -self.c
        else:
            self.plant.motor.slips_due = self.c
        self._plan(now_us)

    def stop(self):
        self.plant.motor.slips_due = 0

    def evidence(self):
        return self.plant.motor.slipped > self._before


class Coupling(Fault):
    """The head stays behind the shaft by a share of each turn (a: ppm)."""

    def start(self):
        self._before = self.plant.fluid.travel
        self.plant.fluid.coupling_ppm = 1_000_000 - self.a

    def stop(self):
        self.plant.fluid.coupling_ppm = 1_000_000

    def evidence(self):
        return self.a > 0 and self.plant.fluid.travel > self._before


class Reverse(Fault):
    """The field is the mirror image of what the indexer says."""

    def mirror(self, is_mirrored):
        motor = self.plant.motor

        def act():
            self.plant.drive.update()
            motor.is_mirrored = is_mirrored
            motor.settle()

        self.plant.quiet(act)

    def start(self):
        self._before = self.plant.motor.mirrored_edges
        self.mirror(True)

    def stop(self):
        self.mirror(False)

    def evidence(self):
        return self.plant.motor.mirrored_edges > self._before


class Runaway(Fault):
    """Steps that nobody commanded while there is current (a: nL/h)."""

    def start(self):
        self._before = self.plant.fluid.uncommanded
        self.plant.runaway_nl_per_h = self.a

    def stop(self):
        self.plant.runaway_nl_per_h = 0

    def evidence(self):
        return self.plant.fluid.uncommanded > self._before


class EnableStuck(Fault):
    """Current flows whatever EN says."""

    def stick(self, is_stuck):
        motor = self.plant.motor

        def act():
            self.plant.drive.update()
            motor.is_enable_stuck = is_stuck
            motor.set_enabled(self.plant.drive.is_enabled)

        self.plant.quiet(act)

    def start(self):
        self._before = self.plant.motor.defied
        self.stick(True)

    def stop(self):
        self.stick(False)

    def evidence(self):
        return self.plant.motor.defied > self._before


KINDS = (
    ("motor.stall", Stall),
    ("motor.stall_intermittent", StallIntermittent),
    ("motor.magnetic_field", MagneticField),
    ("motor.slip", Slip),
    ("motor.coupling", Coupling),
    ("motor.reverse", Reverse),
    ("motor.runaway", Runaway),
    ("driver.enable_stuck", EnableStuck),
)
