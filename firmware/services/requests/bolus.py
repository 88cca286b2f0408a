"""Requests for a bolus, from the button or over the link. Each ends with a reason number (THR-10, THR-12).

A refused one changes nothing but the log of denials.
"""

from firmware.core import delivery, guards
from firmware.core.prescription import SOFT_CLINICIAN_BOLUS
from protocols import ids


class BolusRequests:
    def __init__(self, guard, therapy, mode, alarms, reservoir, infusion, log, clock, foresight):
        self._guard = guard
        self._therapy = therapy
        self._mode = mode
        self._alarms = alarms
        self._reservoir = reservoir
        self._infusion = infusion
        self._log = log
        self._clock = clock
        self._foresight = foresight
        self._session = None

    def connect(self, session):
        """Made later, because it belongs to the link."""
        self._session = session

    def clinician_bolus(self, volume_nl, duration_s):
        reason = self._refusal(ids.CLINICIAN_BOLUS)
        if reason == ids.OK:
            reason = self._therapy.start_clinician_bolus(volume_nl, duration_s)
            self._grant(reason)
        if reason == ids.OK and self._therapy.soft_fields() & SOFT_CLINICIAN_BOLUS:
            self._log.add(ids.LOG_SOFT_LIMIT, SOFT_CLINICIAN_BOLUS, volume_nl)
        return self._started(reason)

    def patient_bolus(self):
        reason = self._refusal(ids.PATIENT_BOLUS)
        if reason == ids.OK:
            reason = self._therapy.start_patient_bolus()
            self._grant(reason)
        return self._started(reason)

    def bridge_bolus(self, volume_nl, rate_nl_per_h):
        reason = self._refusal(ids.BRIDGE_BOLUS)
        if reason == ids.OK:
            reason = self._therapy.start_bridge(volume_nl, rate_nl_per_h)
            if reason == ids.OK:
                self._guard.bridging(volume_nl, rate_nl_per_h)
        return self._started(reason)

    def priming_bolus(self, volume_nl):
        self._advance()
        reason = guards.priming_refusal(
            self._mode.state(),
            self._reservoir.is_confirmed(),
            self._alarms.governing_action >= ids.SUSPEND or self._alarms.inhibits_bolus(ids.PRIMING_BOLUS),
        )
        if reason != ids.OK:
            return self._started(self._therapy.deny(ids.PRIMING_BOLUS, reason))
        reason = self._therapy.start_priming(volume_nl)
        if reason == ids.OK:
            self._guard.priming(volume_nl)
            self._mode.post(delivery.PRIME)
        return self._started(reason)

    def catheter_empty(self):
        """What primes a new catheter is no dose. A bridge stays: the pump takes nobody's word for what is in there."""
        if self._mode.state() not in (ids.STANDBY, ids.STOPPED):
            return ids.WRONG_MODE
        self._therapy.may_prime()
        return self._started(ids.OK)

    def bolus_cancel(self):
        """Anybody who may give a bolus may end it; only a clinician ends a bridge (THR-19)."""
        self._advance()
        kind = self._therapy.running_kind()
        if kind == ids.NO_BOLUS:
            return ids.UNKNOWN
        if kind == ids.BRIDGE_BOLUS:
            if self._session.may(ids.MSG_BOLUS_CANCEL, ids.CLINICIAN, True) != ids.OK:
                return ids.NOT_ALLOWED
            self._therapy.end_bridge()
        else:
            self._therapy.cancel_bolus()
            self._guard.cancelled()
        return self._started(ids.OK)

    def _grant(self, reason):
        if reason == ids.OK:
            plan = self._therapy.boluses.active
            self._guard.granted(plan.volume_nl, plan.duration_s, self._mode.state(), self._clock.run_s)

    def _refusal(self, kind):
        self._advance()
        reason = guards.bolus_refusal(
            self._mode.state(),
            self._alarms.governing_action >= ids.HOLD_MIN_RATE or self._alarms.inhibits_bolus(kind),
        )
        return reason if reason == ids.OK else self._therapy.deny(kind, reason)

    def _started(self, reason):
        """Let the infusion plan anew, ask for a journal entry, and pass the reason on."""
        self._infusion.replan(self._clock.now_ms())
        if reason == ids.OK:
            self._foresight.changed()
        return reason

    def _advance(self):
        self._therapy.advance(self._clock.now_ms(), self._clock.run_s)
