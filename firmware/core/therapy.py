"""The therapy as people ask for it: the flow, plus the requests that start a bolus, and the state kept for a restart.

Mode and alarms are judged before (guards.py). Every request speaks about the moment of the last
advance(), returns a reason, and leaves its traces in boluses.events: STARTED, or DENIED with the reason.
"""

import struct

from micropython import const

from firmware.core.bolus_checks import (
    bridge_range,
    clinician_range,
    priming_range,
    room_refusal,
    stretched_s,
)
from firmware.core.boluses import PACKED_BYTES as BOLUSES_BYTES
from firmware.core.bridge import PACKED_BYTES as BRIDGE_BYTES
from firmware.core.dosing import PACKED_BYTES as DOSING_BYTES
from firmware.core.flow import OFF, PROGRAMME, Flow
from firmware.core.prescription import SOFT_CLINICIAN_BOLUS
from firmware.core.record import Record
from protocols.ids import (
    BOLUS_ACTIVE,
    BRIDGE_BOLUS,
    CLINICIAN_BOLUS,
    LOG_BOLUS_DENIED,
    LOG_BOLUS_STARTED,
    NO_BOLUS,
    NOT_ALLOWED,
    OK,
    PATIENT_BOLUS,
    PRIMING_BOLUS,
    SOFT_LIMIT,
    WRONG_MODE,
)

PRIMING_RATE_NL_PER_H = const(3600000)  # THR-18: 1 uL/s (OURS)
_LAYOUT = "<IIII"
_OLD_LAYOUT = "<III"  # without the last field
PACKED_BYTES = struct.calcsize(_LAYOUT) + DOSING_BYTES + BRIDGE_BYTES + BOLUSES_BYTES


class Therapy(Flow):
    """reservoir: read only, for what it holds above the empty level. dead_volume_nl: of the catheter."""

    LAYOUT = _LAYOUT
    FIELDS = ("run_s", "_stored_total_nl", "priming_nl", "priming_free_nl")

    def __init__(self, prescription, stroke, reservoir, dead_volume_nl):
        super().__init__(prescription, stroke)
        self.dead_volume_nl = dead_volume_nl
        self._reservoir = reservoir
        self._is_confirmed = False
        self._is_beyond_soft = False
        self._stored_total_nl = 0  # of the dose window

    def confirm_soft_limit(self):
        """The next clinician bolus may lie beyond the soft limit of the drug (THR-21)."""
        self._is_confirmed = True
        return OK

    def soft_fields(self):
        """prescription.SOFT_ bits of what lies beyond a soft limit now."""
        fields = self.prescription.soft_fields()
        if self._is_beyond_soft and self.boluses.other.kind == CLINICIAN_BOLUS:
            fields |= SOFT_CLINICIAN_BOLUS
        return fields

    def start_clinician_bolus(self, volume_nl, duration_s):
        """THR-09. BOLUS_ACTIVE, WRONG_MODE, OUT_OF_RANGE, SOFT_LIMIT, RESERVOIR_TOO_LOW or DOSE_LIMIT."""
        is_confirmed = self._is_confirmed
        self._is_confirmed = False
        if self._is_busy() or self.boluses.active.kind == CLINICIAN_BOLUS:
            return self.deny(CLINICIAN_BOLUS, BOLUS_ACTIVE)
        if self.basal == OFF:
            return self.deny(CLINICIAN_BOLUS, WRONG_MODE)
        reason = clinician_range(volume_nl, duration_s)
        if reason == OK:
            reason = self.prescription.drug.bolus_reason(volume_nl)
        self._is_beyond_soft = reason == SOFT_LIMIT
        if reason == OK or (reason == SOFT_LIMIT and is_confirmed):
            duration_s = stretched_s(volume_nl, duration_s, self.stroke.highest_nl_per_h)
            return self._start(CLINICIAN_BOLUS, volume_nl, duration_s)
        return self.deny(CLINICIAN_BOLUS, reason)

    def start_patient_bolus(self):
        """THR-10 to THR-12. NOT_ALLOWED when none is prescribed; a clinician bolus waits meanwhile."""
        patient = self.prescription.patient
        if self._is_busy():
            return self.deny(PATIENT_BOLUS, BOLUS_ACTIVE)
        if self.basal == OFF:
            return self.deny(PATIENT_BOLUS, WRONG_MODE)
        if patient.volume_nl == 0:
            return self.deny(PATIENT_BOLUS, NOT_ALLOWED)
        reason = self.lockout.refusal(self.run_s, patient.lockout_s, patient.per_day)
        if reason != OK:
            return self.deny(PATIENT_BOLUS, reason)
        duration_s = stretched_s(patient.volume_nl, patient.duration_s, self.stroke.highest_nl_per_h)
        reason = self._start(PATIENT_BOLUS, patient.volume_nl, duration_s)
        if reason == OK:
            self.lockout.started(self.run_s)
        return reason

    def start_priming(self, volume_nl):
        """THR-18. With the basal rate OFF; done when is_priming_done()."""
        if self.basal != OFF:
            return self.deny(PRIMING_BOLUS, WRONG_MODE)
        if self.boluses.active.kind != NO_BOLUS:
            return self.deny(PRIMING_BOLUS, BOLUS_ACTIVE)
        reason = priming_range(volume_nl, self.dead_volume_nl)
        if reason != OK:
            return self.deny(PRIMING_BOLUS, reason)
        # 3 600 000 nL/h are 1 000 nL/s: the last second is not full.
        reason = self._start(PRIMING_BOLUS, volume_nl, (volume_nl + 999) // 1000)
        self.is_priming = reason == OK
        return reason

    def is_priming_done(self):
        """True from the end of the priming bolus until set_basal()."""
        return self.is_priming and self.boluses.active.kind == NO_BOLUS

    def start_bridge(self, volume_nl, rate_nl_per_h):
        """THR-19. rate_nl_per_h in place of the programme's until volume_nl is displaced, whatever comes between."""
        if self.basal != PROGRAMME:
            return self.deny(BRIDGE_BOLUS, WRONG_MODE)
        if self.running_kind() != NO_BOLUS:
            return self.deny(BRIDGE_BOLUS, BOLUS_ACTIVE)
        reason = bridge_range(volume_nl, rate_nl_per_h, self.dead_volume_nl)
        if reason == OK:
            reason = self._room_refusal(BRIDGE_BOLUS, volume_nl)
        if reason != OK:
            return self.deny(BRIDGE_BOLUS, reason)
        waiting_pl = self.dosing.due_pl + self._underway_pl
        self.bridge.begin(volume_nl, waiting_pl // 1000 if waiting_pl > 0 else 0, rate_nl_per_h)
        self.boluses.events.push(LOG_BOLUS_STARTED, BRIDGE_BOLUS, volume_nl)
        self._set_rates()
        return OK

    def running_kind(self):
        """The kind of the bolus that runs; BRIDGE_BOLUS while nothing else does and old drug is in the catheter."""
        kind = self.boluses.active.kind
        return BRIDGE_BOLUS if kind == NO_BOLUS and self.bridge.left_nl else kind

    def remaining_nl(self):
        """What running boluses will still demand, and what is left of a bridge."""
        return self.boluses.remaining_nl() + self.bridge.left_nl

    def may_prime(self):
        """A refill is confirmed, or the catheter declared empty: it may be primed once, beside the limit (THR-18)."""
        self.open()
        self.priming_free_nl = self.dead_volume_nl

    def deny(self, kind, reason):
        """Log a refusal, also one decided outside; returns the reason. Moves no lock-out (THR-11)."""
        self.boluses.events.push(LOG_BOLUS_DENIED, kind, reason)
        return reason

    def lockout_s(self):
        """Seconds until lock-out and count admit a patient bolus."""
        patient = self.prescription.patient
        return self.lockout.seconds_left(self.run_s, patient.lockout_s, patient.per_day)

    def _is_busy(self):
        kind = self.running_kind()
        return kind != NO_BOLUS and kind != CLINICIAN_BOLUS

    def _room_refusal(self, kind, volume_nl):
        room_nl = self._reservoir.room_nl()
        return room_refusal(volume_nl, room_nl, self.allowance_nl(kind == PRIMING_BOLUS), self.reserved_nl())

    def _start(self, kind, volume_nl, duration_s):
        reason = self._room_refusal(kind, volume_nl)
        if reason != OK:
            return self.deny(kind, reason)
        self.boluses.begin(kind, volume_nl, duration_s, self.dosing.due_pl - self.stroke.lead_pl)
        self._set_rates()
        return OK

    def pack_into(self, buf, offset):
        """What changes with every stroke. lockout, window and prescription pack by themselves."""
        self._stored_total_nl = self.window.total_nl
        offset = self.dosing.pack_into(buf, Record.pack_into(self, buf, offset))
        offset = self.bridge.pack_into(buf, offset)
        return self.boluses.pack_into(buf, offset)

    def unpack_from(self, buf, offset):
        """Boot only. Unpack lockout and window too, then call restarted()."""
        offset = self.dosing.unpack_from(buf, Record.unpack_from(self, buf, offset))
        offset = self.bridge.unpack_from(buf, offset)
        return self.boluses.unpack_from(buf, offset)

    def unpack_old_from(self, buf, offset):
        """As `unpack_from`, from the layout in which a bridge was a bolus and all priming was free."""
        self.set(*struct.unpack_from(_OLD_LAYOUT, buf, offset))
        offset = self.dosing.unpack_from(buf, offset + struct.calcsize(_OLD_LAYOUT))
        offset = self.boluses.unpack_from(buf, offset)
        old = self.boluses.other
        if old.kind == BRIDGE_BOLUS:
            # How much left the pump since it was stored, the rotor angle will show: a stroke more is kept.
            self.bridge.begin(old.remaining_nl(), 2 * self.stroke.lead_pl // 1000, old.rate_nl_per_h)
            old.end()
        return offset

    def restarted(self, run_s):
        """After unpacking: a bolus that was running is halted, and the window gets what it had missed.

        The bolus cannot have gone on past its plan, so the lock-out runs from there at the latest.
        """
        end_s = self.run_s + (self.boluses.patient.remaining_ms + 999) // 1000 + 1
        self.window.catch_up(self._stored_total_nl, run_s)
        self.run_s = run_s
        if self.boluses.halt(self.dosing.due_pl - self.stroke.lead_pl):
            self.lockout.ended(end_s if end_s < run_s else run_s)
        self.dosing.forfeit_above(self.stroke.lead_pl)
        self._set_rates()

    def resume_demand(self, due_pl):
        """After restarted(): so much waited for a stroke when the pump went off, less what has been turned since.

        A little more may have been turned than was demanded; it is not forgotten, or each restart would add to it.
        """
        lead_pl = self.stroke.lead_pl
        self.dosing.due_pl = min(max(due_pl, -4 * lead_pl), lead_pl)
        self.slip_pl = 0
