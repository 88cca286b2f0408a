"""The bolus that runs, and the clinician bolus that waits for it (THR-12).

A patient bolus suspends a running clinician bolus, whose plan stands still meanwhile and goes on with its
full rest. Every other combination is refused before it comes here. A halt ends both for good (THR-14).

A stroke belongs to the bolus that ran when it was commanded. The end of a bolus is told when its last stroke is
booked, so that the volume in the log is the one that was delivered (INT-06).
"""

from micropython import const

from firmware.core.bolus import PACKED_BYTES as BOLUS_BYTES
from firmware.core.bolus import Bolus
from protocols.ids import (
    LOG_BOLUS_COMPLETED,
    LOG_BOLUS_HALTED,
    LOG_BOLUS_RESUMED,
    LOG_BOLUS_STARTED,
    LOG_BOLUS_SUSPENDED,
    NO_BOLUS,
    PATIENT_BOLUS,
)

PACKED_BYTES = 2 * BOLUS_BYTES

_EVENTS = const(16)


class BolusEvents:
    """A short queue from the therapy to the event log: what happened to a bolus, in order.

    Made once, filled on the steady path, drained by the service after every advance. When it overflows, the
    newest is counted as lost: the first event of a sequence says more than the last.
    `count` wait. After pop() the event is in code (a LOG_BOLUS_ number of protocols.ids), kind and value.
    """

    def __init__(self):
        self.code = 0
        self.kind = 0
        self.value = 0
        self.lost = 0
        self._codes = [0] * _EVENTS
        self._kinds = [0] * _EVENTS
        self._values = [0] * _EVENTS
        self._first = 0
        self.count = 0

    def push(self, code, kind, value):
        if self.count == _EVENTS:
            self.lost += 1
            return
        index = (self._first + self.count) % _EVENTS
        self._codes[index] = code
        self._kinds[index] = kind
        self._values[index] = value
        self.count += 1

    def pop(self):
        """False when there is none; else the oldest is in code, kind, value."""
        if self.count == 0:
            return False
        self.code = self._codes[self._first]
        self.kind = self._kinds[self._first]
        self.value = self._values[self._first]
        self._first = (self._first + 1) % _EVENTS
        self.count -= 1
        return True


class Boluses:
    """resolution_pl: what the rotor angle cannot tell from nothing. A shortfall of that size is none: a bolus that
    was given whole is told as whole."""

    def __init__(self, resolution_pl=0):
        self._resolution_pl = resolution_pl
        self.patient = Bolus()
        self.other = Bolus()  # clinician, priming or bridge
        self.active = self.other
        self._is_idle = True  # none runs or waits
        self._striking = None  # whose stroke is under way
        self._ending_code = 0  # LOG_BOLUS_ number to be told of it when that stroke is booked
        self._ending_kind = NO_BOLUS
        self._ending_nl = 0  # its volume but for the shortfall
        self.events = BolusEvents()

    def begin(self, kind, volume_nl, duration_s, waiting_pl):
        """Start at once; waiting_pl is the demand that no stroke has carried yet."""
        self._log_end()
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

    def stroke_begun(self, volume_pl):
        """A stroke of that volume is commanded."""
        bolus = self.active
        if bolus.kind != NO_BOLUS:
            self._striking = bolus
            bolus.count_pl(volume_pl)

    def stroke_booked(self, volume_nl):
        """The stroke that was begun has displaced volume_nl."""
        bolus = self._striking
        if bolus is not None:
            bolus.count_pl(-1000 * volume_nl)
            self._log_end()
            self._striking = None

    def complete(self):
        """The active plan has come to its end; returns its kind. A suspended one goes on."""
        done = self.active
        kind = done.kind
        self._end(done, LOG_BOLUS_COMPLETED, done.volume_nl)
        self._rest()
        if kind == PATIENT_BOLUS and not self._ending_code:
            self._log_resumed()
        return kind

    def halt(self, waiting_pl):
        """End all boluses, running and waiting. True when a patient bolus was among it."""
        waiting_nl = waiting_pl // 1000 if waiting_pl > 0 else 0
        had_patient = self.patient.kind != NO_BOLUS
        if had_patient:
            self._end(self.patient, LOG_BOLUS_HALTED, self.patient.demanded_nl() - waiting_nl)
            waiting_nl = 0
        if self.other.kind != NO_BOLUS:
            self._end(self.other, LOG_BOLUS_HALTED, self.other.demanded_nl() - waiting_nl)
        self._rest()
        return had_patient

    def _end(self, bolus, code, volume_nl):
        """End the plan. volume_nl: what was delivered but for the shortfall, which a stroke under way still fills."""
        kind = bolus.kind
        bolus.end()
        if bolus is self._striking:
            self._ending_code = code
            self._ending_kind = kind
            self._ending_nl = volume_nl
        else:
            self._log(code, kind, volume_nl, bolus.shortfall_pl)

    def _log_end(self):
        code = self._ending_code
        if code:
            self._ending_code = 0
            self._log(code, self._ending_kind, self._ending_nl, self._striking.shortfall_pl)
            if code == LOG_BOLUS_COMPLETED and self._ending_kind == PATIENT_BOLUS:
                self._log_resumed()

    def _log(self, code, kind, volume_nl, shortfall_pl):
        if abs(shortfall_pl) > self._resolution_pl:
            volume_nl -= shortfall_pl // 1000
        self.events.push(code, kind, max(volume_nl, 0))

    def _log_resumed(self):
        if self.other.kind != NO_BOLUS:
            self.events.push(LOG_BOLUS_RESUMED, self.other.kind, self.other.delivered_nl(0))

    def remaining_nl(self):
        """What the running and the waiting plan will still demand."""
        return self.patient.remaining_nl() + self.other.remaining_nl()

    def signature(self):
        """A number that any single flipped bit changes (INT-08), of idle ones any in what makes them idle."""
        patient = self.patient
        other = self.other
        if self._ending_code:
            return patient.signature() ^ other.signature() ^ self._ending_nl ^ self._ending_kind ^ self._ending_code
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
