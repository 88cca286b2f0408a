"""Carries out one request: who may, is it well formed, which method of the pump, which answer body."""

from firmware.services.command_table import methods_of
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
