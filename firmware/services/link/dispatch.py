"""Carries out one request: who may, is it well formed, which method of the pump, which answer body."""

from protocols import ids
from protocols.frame import DECODED_PAYLOAD_AT
from protocols.layouts import NO_REQUEST, ROLES
from protocols.payload import check, read_values, size_of


class Dispatcher:
    """Built once at boot; a method that the table names and the pump lacks is an AttributeError there."""

    def __init__(self, pump, answers, session):
        self._pump = pump
        self._session = session
        self._answers = answers
        self._methods = methods_of(pump)
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
            reason = self._session.begin(role, nonce)
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
        """The segments stay packed ('<HI' each): the pump copies them from the frame's buffer."""
        day_mask = frame.buffer[DECODED_PAYLOAD_AT]
        count = frame.buffer[DECODED_PAYLOAD_AT + 1]
        segments_at = DECODED_PAYLOAD_AT + size_of(ids.MSG_PROGRAMME_DAY)
        return self._pump.programme_day(day_mask, count, frame.buffer, segments_at)

    def _body(self, reason, body, buffer, at):
        if reason == ids.OK:
            buffer[at : at + len(body)] = body
            self.body_length = len(body)
        return reason


def methods_of(pump):
    """Request type -> method of the pump: it takes the fields of the request in their order, as integers and bytes,
    and returns a reason number, OK or why not. Requests with an answer body are in answers.py.

    AttributeError for a method that the pump lacks.
    """
    return {
        ids.MSG_START: pump.start,
        ids.MSG_STOP: pump.stop,
        ids.MSG_MINIMUM_RATE: pump.minimum_rate,
        ids.MSG_PROGRAMME_BEGIN: pump.programme_begin,
        ids.MSG_STAGE_DRUG: pump.stage_drug,
        ids.MSG_STAGE_PATIENT_BOLUS: pump.stage_patient_bolus,
        ids.MSG_STAGE_DOSE_LIMIT: pump.stage_dose_limit,
        ids.MSG_CONFIRM_SOFT_LIMIT: pump.confirm_soft_limit,
        ids.MSG_PROGRAMME_COMMIT: pump.programme_commit,
        ids.MSG_PROGRAMME_DISCARD: pump.programme_discard,
        ids.MSG_GIVE_CLINICIAN_BOLUS: pump.clinician_bolus,
        ids.MSG_GIVE_PATIENT_BOLUS: pump.patient_bolus,
        ids.MSG_GIVE_PRIMING_BOLUS: pump.priming_bolus,
        ids.MSG_GIVE_BRIDGE_BOLUS: pump.bridge_bolus,
        ids.MSG_BOLUS_CANCEL: pump.bolus_cancel,
        ids.MSG_REFILL_BEGIN: pump.refill_begin,
        ids.MSG_REFILL_WITHDRAWN: pump.refill_withdrawn,
        ids.MSG_REFILL_FILLED: pump.refill_filled,
        ids.MSG_REFILL_CONFIRM: pump.refill_confirm,
        ids.MSG_REFILL_CANCEL: pump.refill_cancel,
        ids.MSG_SILENCE: pump.silence,
        ids.MSG_ACKNOWLEDGE: pump.acknowledge,
        ids.MSG_SET_CLOCK: pump.set_clock,
        ids.MSG_SELF_TEST: pump.self_test,
        ids.MSG_LEAVE_TO_REPL: pump.leave_to_repl,
    }
