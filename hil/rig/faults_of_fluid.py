"""Faults of head, line, catheter, patient and reservoir: the rotor turns, the drug goes elsewhere or nowhere."""

from hil.rig.fault import Fault

_PPM = 1_000_000
_US_PER_MS = 1_000
_CLOSING_US = 100_000  # between two steps of a line that closes
_COUGH_US = 1_000_000
_OPENING = 200  # conductance of the open end over that of the catheter, as in emulator/faults/fluid.py


class LeakBack(Fault):
    """a: ppm of each stroke that flows back."""

    def start(self):
        self._before = self.plant.fluid.travel
        self.plant.fluid.kept_ppm = _PPM - self.a

    def stop(self):
        self.plant.fluid.kept_ppm = _PPM

    def evidence(self):
        return self.a > 0 and self.plant.fluid.travel > self._before


class Wear(Fault):
    """a: ppm of the fresh stroke volume lost in 1000 revolutions."""

    def start(self):
        self.plant.fluid.worn_since = self.plant.fluid.travel
        self.plant.fluid.wear_ppm_per_1000_rev = self.a

    def stop(self):
        self.plant.fluid.wear_ppm_per_1000_rev = 0

    def evidence(self):
        return self.plant.fluid.fresh_ppm < _PPM


class Air(Fault):
    """a: nL of gas in the line."""

    def start(self):
        self._before = self.plant.fluid.line.compliance_pl_per_pa
        self.plant.fluid.line.give_way(self.a)

    def stop(self):
        self.plant.fluid.line.give_way(0)

    def evidence(self):
        return self.plant.fluid.line.compliance_pl_per_pa > self._before


class _Flowing(Fault):
    """Base: evidence is volume through the changed line."""

    def start(self):
        self._displaced = self.plant.fluid.displaced_pl
        self._leaked = self.plant.fluid.leaked_pl

    def stop(self):
        self.plant.fluid.line.let_through(self, 1, 1)
        self.plant.fluid.lose(self, 0)

    def evidence(self):
        return self.plant.fluid.leaked_pl > self._leaked


class Occlusion(_Flowing):
    """a: time constant of closing, b: ms closed, c: ms open, in turn. Evidence: volume into a closed line."""

    def start(self):
        super().start()
        self._onset_us = self.a * _US_PER_MS
        self._is_closed = False
        self._close(self.began_us)

    def _close(self, now_us):
        self._is_closed = True
        self._since_us = now_us
        self._openness_ppm = _PPM if self._onset_us else 0
        self._stepped_us = now_us
        self._displaced = self.plant.fluid.displaced_pl
        self._narrow(now_us)

    def _narrow(self, now_us):
        if self._onset_us:
            # An implicit step: never below nothing, whatever the loop's pace.
            passed_us = now_us - self._stepped_us
            self._openness_ppm = self._openness_ppm * self._onset_us // (self._onset_us + passed_us)
        self._stepped_us = now_us
        self.plant.fluid.line.let_through(self, self._openness_ppm, _PPM)
        self.due_us = now_us + _CLOSING_US if self._openness_ppm else None
        if self.is_given(self.b):
            end_us = self._since_us + self.b * _US_PER_MS
            self.due_us = end_us if self.due_us is None or end_us < self.due_us else self.due_us

    def due(self, now_us):
        if not self._is_closed:
            self._close(now_us)
        elif self.is_given(self.b) and now_us >= self._since_us + self.b * _US_PER_MS:
            self.has_acted()
            self._is_closed = False
            self.plant.fluid.line.let_through(self, 1, 1)
            self.due_us = now_us + self.c * _US_PER_MS if self.is_given(self.c) else None
        else:
            self._narrow(now_us)

    def evidence(self):
        is_narrow = self._is_closed and self._openness_ppm < _PPM // 10
        return is_narrow and self.plant.fluid.displaced_pl > self._displaced


class Kink(_Flowing):
    """a: a thousand times the factor of the resistance."""

    def start(self):
        super().start()
        self.plant.fluid.line.let_through(self, 1_000, self.a)

    def evidence(self):
        return self.a > 1_000 and self.plant.fluid.displaced_pl > self._displaced


class Disconnection(_Flowing):
    """The line opens near the pump, and a ppm of the outflow miss the CSF."""

    def start(self):
        super().start()
        self.plant.fluid.line.let_through(self, _OPENING, 1)
        self.plant.fluid.lose(self, self.a)


class Microleak(_Flowing):
    """A second outlet, which takes a ppm of the outflow."""

    def start(self):
        super().start()
        self.plant.fluid.line.let_through(self, _PPM, _PPM - self.a)
        self.plant.fluid.lose(self, self.a)


class Migration(_Flowing):
    """The tip has moved: a ppm of the outflow miss the CSF."""

    def start(self):
        super().start()
        self.plant.fluid.lose(self, self.a)


class Posture(Fault):
    """a Pa higher for the first half of each period of b ms."""

    def start(self):
        self._is_up = False
        self._moved = False
        self.due(self.began_us)

    def due(self, now_us):
        self._is_up = not self._is_up
        self._move(self.a if self._is_up else -self.a)
        self.due_us = now_us + self.b * _US_PER_MS // 2

    def _move(self, change_pa):
        line = self.plant.fluid.line
        line.set_patient(line.patient_pa + change_pa)
        self._moved = self._moved or change_pa != 0

    def stop(self):
        if self._is_up:
            self._move(-self.a)

    def evidence(self):
        return self._moved


class Cough(Posture):
    """a Pa for a second in each period of b ms."""

    def due(self, now_us):
        self._is_up = not self._is_up
        self._move(self.a if self._is_up else -self.a)
        self.due_us = now_us + (_COUGH_US if self._is_up else self.b * _US_PER_MS - _COUGH_US)


class EmptyEarly(Fault):
    """a nL of the reservoir are not there."""

    def start(self):
        self._out_nl = self.plant.fluid.withdraw(self.a)

    def evidence(self):
        return self._out_nl > 0


KINDS = (
    ("head.leak_back", LeakBack),
    ("head.wear", Wear),
    ("line.air", Air),
    ("catheter.occlusion", Occlusion),
    ("catheter.kink", Kink),
    ("catheter.disconnection", Disconnection),
    ("catheter.microleak", Microleak),
    ("catheter.migration", Migration),
    ("patient.posture", Posture),
    ("patient.cough", Cough),
    ("reservoir.empty_early", EmptyEarly),
)
