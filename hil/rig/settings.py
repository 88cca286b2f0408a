"""Settings of the rig's plant, by the numbers of protocols/rig.py."""

from protocols import rig as p

_PL_PER_NL = 1_000


class Settings:
    """dead_man_s: see Rig. `set` answers False for a number that there is not, or a value that cannot be."""

    def __init__(self, plant):
        self.dead_man_s = 30
        self._plant = plant
        self._clock_days = 0
        self._methods = {
            p.SET_VOLUME_PER_REV_NL: self._volume_per_rev,
            p.SET_COMPLIANCE_NL_PER_KPA: self._compliance,
            p.SET_DECAY_US: self._decay,
            p.SET_PATIENT_PA: plant.fluid.line.set_patient,
            p.SET_RESERVOIR_NL: self._reservoir,
            p.SET_CAPACITY_NL: self._capacity,
            p.SET_CONCENTRATION: self._concentration,
            p.SET_SUPPLY_MV: self._supply,
            p.SET_CLOCK_DAYS: self._days,
            p.SET_CLOCK_SECONDS: self._seconds,
            p.SET_DEAD_MAN_S: self._dead_man,
            p.SET_ROTOR_PHASE: plant.motor.mount,
            p.SET_MAGNET_OFFSET: self._magnet_offset,
            p.SET_BACK_PRESSURE_PPM: self._back_pressure,
            p.SET_POSTURE_PA: self._posture,
            p.SET_POSTURE_MS: self._posture_period,
        }

    def set(self, number, value):
        method = self._methods.get(number)
        may_be_negative = number in (p.SET_PATIENT_PA, p.SET_CLOCK_DAYS, p.SET_ROTOR_PHASE)
        if method is None or (value < 0 and not may_be_negative):
            return False
        if not value and number in (p.SET_VOLUME_PER_REV_NL, p.SET_COMPLIANCE_NL_PER_KPA, p.SET_DECAY_US):
            return False
        method(value)
        return True

    def _volume_per_rev(self, value):
        self._plant.fluid.volume_per_rev_nl = value

    def _compliance(self, value):
        line = self._plant.fluid.line
        line.free_us = line.free_us * value // line.wall_pl_per_pa
        line.wall_pl_per_pa = value
        line.refresh()

    def _decay(self, value):
        self._plant.fluid.line.free_us = value
        self._plant.fluid.line.refresh()

    def _reservoir(self, value):
        self._plant.fluid.reservoir_pl = value * _PL_PER_NL

    def _capacity(self, value):
        self._plant.fluid.capacity_pl = value * _PL_PER_NL

    def _concentration(self, value):
        self._plant.fluid.concentration_ug_per_ml = value

    def _supply(self, value):
        self._plant.supply.nominal_mv = value
        self._plant.supply.settle()

    def _days(self, value):
        self._clock_days = value

    def _seconds(self, value):
        clock = self._plant.clock

        def act():
            clock.set(self._clock_days, value)

        self._plant.quiet(act)

    def _dead_man(self, value):
        self.dead_man_s = value

    def _magnet_offset(self, value):
        self._plant.sensor.offset_counts = value

    def _posture(self, value):
        self._plant.patient.set(value, self._plant.patient.period_us)

    def _posture_period(self, value):
        self._plant.patient.set(self._plant.patient.posture_pa, value * 1_000)

    def _back_pressure(self, value):
        self._plant.fluid.back_pressure_ppm_per_kpa = value
