"""Executes one request: is it well formed, which method does it, which answer body."""

from protocols import ids
from protocols.frame import DECODED_PAYLOAD_AT
from protocols.layouts import NO_REQUEST, ROLES
from protocols.payload import check, read_values, size_of


class Dispatcher:
    """`mode` to `service` are the objects of firmware/services/requests. One that lacks a method of the table below
    is an AttributeError at boot."""

    def __init__(self, mode, prescription, bolus, refill, alarms, service, answers, session):
        self._prescription = prescription
        self._session = session
        self._answers = answers
        self._methods = methods_of(mode, prescription, bolus, refill, alarms, service)
        self.body_length = 0

    def role_of(self, request_type):
        """Role that a request needs, -1 for a type that is not in the catalogue."""
        role = ROLES[request_type] if request_type < len(ROLES) else NO_REQUEST
        return -1 if role == NO_REQUEST else role

    def carry_out(self, frame, buffer, at, now_ms):
        """Do what the frame asks and write the body of its answer at `at`. A reason number.

        Allocates (the values of the request): runs once per request, never on the way of a stroke.
        """
        self.body_length = 0
        request = frame.type
        reason = check(request, frame.buffer, DECODED_PAYLOAD_AT, frame.payload_length)
        if reason != ids.OK:
            return reason
        if request == ids.MSG_PROGRAMME_DAY:
            return self._programme_day(frame)
        if request == ids.MSG_SESSION_BEGIN:
            role, nonce = read_values(request, frame.buffer, DECODED_PAYLOAD_AT)
            reason = self._session.begin(role, nonce, now_ms)
            return self._body(reason, self._session.pump_nonce(), buffer, at)
        if request == ids.MSG_SESSION_PROVE:
            proof = read_values(request, frame.buffer, DECODED_PAYLOAD_AT)[0]
            reason = self._session.prove(proof, now_ms)
            return self._body(reason, self._session.pump_proof(), buffer, at)
        method = self._methods.get(request)
        if method is not None:
            return method(*read_values(request, frame.buffer, DECODED_PAYLOAD_AT))
        self._answers.write(frame, buffer, at)
        self.body_length = self._answers.length
        return ids.OK

    def _programme_day(self, frame):
        """The segments stay packed ('<HI' each): the stager copies them from the frame's buffer."""
        day_mask = frame.buffer[DECODED_PAYLOAD_AT]
        count = frame.buffer[DECODED_PAYLOAD_AT + 1]
        segments_at = DECODED_PAYLOAD_AT + size_of(ids.MSG_PROGRAMME_DAY)
        return self._prescription.programme_day(day_mask, count, frame.buffer, segments_at)

    def _body(self, reason, body, buffer, at):
        if reason == ids.OK:
            buffer[at : at + len(body)] = body
            self.body_length = len(body)
        return reason


def methods_of(mode, prescription, bolus, refill, alarms, service):
    """Request type -> method: it takes the fields of the request in their order, as integers and bytes, and returns a
    reason number, OK or why not. Requests with an answer body are in answers.py.
    """
    return {
        ids.MSG_START: mode.start,
        ids.MSG_STOP: mode.stop,
        ids.MSG_MINIMUM_RATE: mode.minimum_rate,
        ids.MSG_PROGRAMME_BEGIN: prescription.programme_begin,
        ids.MSG_STAGE_DRUG: prescription.stage_drug,
        ids.MSG_STAGE_PATIENT_BOLUS: prescription.stage_patient_bolus,
        ids.MSG_STAGE_DOSE_LIMIT: prescription.stage_dose_limit,
        ids.MSG_CONFIRM_SOFT_LIMIT: prescription.confirm_soft_limit,
        ids.MSG_PROGRAMME_COMMIT: prescription.programme_commit,
        ids.MSG_PROGRAMME_DISCARD: prescription.programme_discard,
        ids.MSG_GIVE_CLINICIAN_BOLUS: bolus.clinician_bolus,
        ids.MSG_GIVE_PATIENT_BOLUS: bolus.patient_bolus,
        ids.MSG_GIVE_PRIMING_BOLUS: bolus.priming_bolus,
        ids.MSG_GIVE_BRIDGE_BOLUS: bolus.bridge_bolus,
        ids.MSG_BOLUS_CANCEL: bolus.bolus_cancel,
        ids.MSG_REFILL_BEGIN: refill.refill_begin,
        ids.MSG_REFILL_WITHDRAWN: refill.refill_withdrawn,
        ids.MSG_REFILL_FILLED: refill.refill_filled,
        ids.MSG_REFILL_CONFIRM: refill.refill_confirm,
        ids.MSG_REFILL_CANCEL: refill.refill_cancel,
        ids.MSG_CATHETER_EMPTY: bolus.catheter_empty,
        ids.MSG_SILENCE: alarms.silence,
        ids.MSG_ACKNOWLEDGE: alarms.acknowledge,
        ids.MSG_SET_CLOCK: service.set_clock,
        ids.MSG_SELF_TEST: service.self_test,
        ids.MSG_LEAVE_TO_REPL: service.leave_to_repl,
    }
