"""The patient: only the pressure at the catheter's tip, lower while he lies than while he sits."""


class Patient:
    """posture_pa: higher while sitting. period_us: half of it lying, then half of it sitting; 0 is always lying."""

    def __init__(self, line):
        self.posture_pa = 0
        self.period_us = 0
        self._line = line
        self._added_pa = 0

    def set(self, posture_pa, period_us):
        """From now on; `move` follows."""
        self._add(0)
        self.posture_pa = posture_pa
        self.period_us = period_us

    def move(self, now_us):
        """Lie down or sit up when it is time to."""
        if self.period_us:
            is_sitting = now_us % self.period_us >= self.period_us // 2
            self._add(self.posture_pa if is_sitting else 0)

    def _add(self, pressure_pa):
        if pressure_pa != self._added_pa:
            self._line.set_patient(self._line.patient_pa + pressure_pa - self._added_pa)
            self._added_pa = pressure_pa
