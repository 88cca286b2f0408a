"""The bolus that runs, and the clinician bolus that waits for it (THR-12).

A patient bolus suspends a running clinician bolus, whose plan stands still meanwhile and goes on with its
full rest. Every other combination is refused before it comes here. A halt ends both for good (THR-14).
"""

from firmware.core.bolus import Bolus
from firmware.core.bolus_events import BolusEvents
from protocols.ids import (
    LOG_BOLUS_COMPLETED,
    LOG_BOLUS_HALTED,
    LOG_BOLUS_RESUMED,
    LOG_BOLUS_STARTED,
    LOG_BOLUS_SUSPENDED,
    NO_BOLUS,
    PATIENT_BOLUS,
)


class Boluses:
    def __init__(self):
        self.patient = Bolus()
        self.other = Bolus()  # clinician, priming or bridge
        self.active = self.other
        self._is_idle = True  # none runs or waits
        self.events = BolusEvents()

    def begin(self, kind, volume_nl, duration_s, waiting_pl):
        """Start at once; waiting_pl is the demand that no stroke has carried yet."""
        if kind == PATIENT_BOLUS:
            if self.other.kind != NO_BOLUS:
                suspended = self.other
                self.events.push(LOG_BOLUS_SUSPENDED, suspended.kind, suspended.delivered_nl(waiting_pl))
            self.active = self.patient
        else:
            self.active = self.other
        self._is_idle = False
        self.active.begin(kind, volume_nl, duration_s)
        self.events.push(LOG_BOLUS_STARTED, kind, volume_nl)

    def complete(self):
        """The active plan has come to its end; returns its kind. A suspended one goes on."""
        done = self.active
        kind = done.kind
        self.events.push(LOG_BOLUS_COMPLETED, kind, done.volume_nl - done.shortfall_pl // 1000)
        done.end()
        self._rest()
        if kind == PATIENT_BOLUS and self.other.kind != NO_BOLUS:
            self.events.push(LOG_BOLUS_RESUMED, self.other.kind, self.other.delivered_nl(0))
        return kind

    def halt(self, waiting_pl):
        """End whatever runs or waits. True when a patient bolus was among it."""
        had_patient = self.patient.kind != NO_BOLUS
        if had_patient:
            self.events.push(LOG_BOLUS_HALTED, PATIENT_BOLUS, self.patient.delivered_nl(waiting_pl))
            self.patient.end()
            waiting_pl = 0
        if self.other.kind != NO_BOLUS:
            self.events.push(LOG_BOLUS_HALTED, self.other.kind, self.other.delivered_nl(waiting_pl))
            self.other.end()
        self._rest()
        return had_patient

    def remaining_nl(self):
        """What the running and the waiting plan will still demand."""
        return self.patient.remaining_nl() + self.other.remaining_nl()

    def signature(self):
        """A number that any single flipped bit changes (INT-08), of idle ones any in what makes them idle."""
        patient = self.patient
        other = self.other
        if self._is_idle:
            return patient.kind ^ patient.rate_nl_per_h ^ other.kind ^ other.rate_nl_per_h
        return patient.signature() ^ other.signature()

    def _rest(self):
        """No patient bolus runs."""
        self.active = self.other
        self._is_idle = self.other.kind == NO_BOLUS

    def pack_into(self, buf, offset):
        return self.other.pack_into(buf, self.patient.pack_into(buf, offset))

    def unpack_from(self, buf, offset):
        """Boot only."""
        offset = self.other.unpack_from(buf, self.patient.unpack_from(buf, offset))
        self._rest()
        if self.patient.kind != NO_BOLUS:
            self.active = self.patient
            self._is_idle = False
        return offset
