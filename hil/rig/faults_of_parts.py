"""Faults of the sensors, the clock, the supply and the buttons."""

from hil.rig.angle_sensor import NOT_STUCK
from hil.rig.fault import Fault

_NOTICEABLE_MS = 1


class RotorDead(Fault):
    """Evidence is that it is off the bus: a target that is not there cannot count who asked."""

    def start(self):
        self._was_there = not self.plant.sensor.is_dead
        self.plant.sensor.disconnect()

    def stop(self):
        self.plant.sensor.connect()

    def evidence(self):
        return self._was_there and self.plant.sensor.is_dead


class RotorStuck(Fault):
    """a: the angle, or none for the present one."""

    def start(self):
        sensor = self.plant.sensor
        self._before = sensor.stuck_reads
        if self.is_given(self.a):
            sensor.stuck_counts = self.a
        else:

            def hold():
                sensor.stuck_counts = sensor.true_counts()

            self.plant.quiet(hold)

    def stop(self):
        self.plant.sensor.stuck_counts = NOT_STUCK

    def evidence(self):
        return self.plant.sensor.stuck_reads > self._before


class RotorNoisy(Fault):
    """a: standard deviation in counts."""

    def start(self):
        self._before = self.plant.sensor.noisy_reads
        self.plant.sensor.sigma_counts = self.a

    def stop(self):
        self.plant.sensor.sigma_counts = 0

    def evidence(self):
        return self.plant.sensor.noisy_reads > self._before


class MagnetLost(Fault):
    def start(self):
        self._before = self.plant.sensor.magnetless_reads
        self.plant.sensor.show_magnet(False)

    def stop(self):
        self.plant.sensor.show_magnet(True)

    def evidence(self):
        return self.plant.sensor.magnetless_reads > self._before


class _Pressure(Fault):
    """Base: evidence is a voltage that came out different."""

    def start(self):
        self._before = self.plant.disturbed

    def evidence(self):
        return self.plant.disturbed > self._before


class PressureStuck(_Pressure):
    """a: Pa that it shows, or none for the present pressure."""

    def start(self):
        super().start()
        self.plant.stick_pressure(self.a if self.is_given(self.a) else self.plant.fluid.line.pressure_pa)

    def stop(self):
        self.plant.stick_pressure(None)


class PressureOffset(_Pressure):
    """a: Pa on top of the true pressure."""

    def start(self):
        super().start()
        self.plant.offset_pa = self.a
        self.plant.show_pressure()

    def stop(self):
        self.plant.offset_pa = 0
        self.plant.show_pressure()


class _Clock(Fault):
    """Base: evidence is an error against a perfect clock."""

    def start(self):
        self._before_ms = self.plant.clock.error_ms

    def evidence(self):
        return abs(self.plant.clock.error_ms - self._before_ms) >= _NOTICEABLE_MS


class ClockStop(_Clock):
    def start(self):
        super().start()
        self.plant.quiet(self.plant.clock.stop)

    def stop(self):
        self.plant.quiet(self.plant.clock.resume)


class ClockJump(Fault):
    """a: seconds ahead. Setting the clock makes it right, clearing does not."""

    def start(self):
        self.plant.quiet(self._jump)

    def _jump(self):
        self.plant.clock.jump(self.a)

    def evidence(self):
        return self.a != 0


class ClockDrift(_Clock):
    """a: ppm gained."""

    def start(self):
        super().start()
        self.plant.clock.pace_ppm = self.a

    def stop(self):
        self.plant.clock.pace_ppm = 0


class ClockLost(Fault):
    """OSF is set; it is for the pump to clear."""

    def start(self):
        self.plant.quiet(self.plant.clock.lose)
        self._was_lost = self.plant.clock.is_lost

    def evidence(self):
        return self._was_lost


class Sag(Fault):
    """a: mV of the battery, at most."""

    def start(self):
        self._before_mv = self.plant.supply.mv
        self.plant.supply.pull_down(self, self.a)
        self._seen = self.evidence()

    def stop(self):
        self.plant.supply.release(self)

    def evidence(self):
        return self.plant.supply.mv < self._before_mv


class Cut(Fault):
    """The supply is gone at once."""

    def start(self):
        before = self.plant.supply.losses
        self.plant.supply.pull_down(self, 0)
        self._seen = self.plant.supply.losses > before

    def stop(self):
        self.plant.supply.release(self)

    def evidence(self):
        return False


class Stuck(Fault):
    """a: 0 patient, 1 silence."""

    def start(self):
        self.plant.buttons[self.a].stick(True)

    def stop(self):
        self.plant.buttons[self.a].stick(False)

    def evidence(self):
        button = self.plant.buttons[self.a]
        return button.is_stuck and not button.is_pressed


class Bounce(Fault):
    """a: 0 patient, 1 silence; b: bounces of each change."""

    def start(self):
        self._before = self.plant.buttons[self.a].bounce_edges
        self.plant.buttons[self.a].bounces = self.b

    def stop(self):
        self.plant.buttons[self.a].bounces = 0

    def evidence(self):
        return self.plant.buttons[self.a].bounce_edges > self._before


KINDS = (
    ("sensor.rotor_dead", RotorDead),
    ("sensor.rotor_stuck", RotorStuck),
    ("sensor.rotor_noisy", RotorNoisy),
    ("sensor.rotor_magnet_lost", MagnetLost),
    ("sensor.pressure_stuck", PressureStuck),
    ("sensor.pressure_offset", PressureOffset),
    ("clock.stop", ClockStop),
    ("clock.jump", ClockJump),
    ("clock.drift", ClockDrift),
    ("clock.osf", ClockLost),
    ("supply.sag", Sag),
    ("supply.dip", Sag),
    ("supply.cut", Cut),
    ("button.stuck", Stuck),
    ("button.bounce", Bounce),
)
