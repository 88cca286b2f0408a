"""Serves the host link: receives frames, executes requests, answers, and pushes events.

An activity of the executive. Every good request gets one answer; a retransmitted one gets the same
answer again from its kept frame (LNK-02); whatever is not a good frame is counted and forgotten
(LNK-01). One call of `act` handles a bounded number of bytes (link_intake.py) and at most one good frame,
so that neither a flood nor a host in a hurry can starve delivery (LNK-03).
"""

from struct import pack_into

from micropython import const

from firmware.core.units import NEVER_MS, until_ms
from firmware.services.link.link_intake import LinkIntake
from firmware.services.link.request_memory import AGAIN, OLD
from firmware.services.link.session import ANSWER_SEAL_BYTES
from protocols import frame as framing
from protocols import ids
from protocols.payload import MOST

_LINK_LOST_MS = const(30_000)  # ALM-04: a silence that the host asked for ends with its link
_LOG_FULL_MS = const(20)
_FIRST_PUMP_TYPE = const(128)
_SEQUENCE_MASK = const(0xFFFF)
_SESSION_TYPES = (ids.MSG_SESSION_BEGIN, ids.MSG_SESSION_PROVE, ids.MSG_SEALED)
# They take a tenth of a second without that entry. A commit has stored the prescription. For the others a power cut
# before the next entry leaves what is told and can be asked for again: a clock in doubt, a fault.
_LONG_TYPES = (ids.MSG_PROGRAMME_COMMIT, ids.MSG_SELF_TEST, ids.MSG_SET_CLOCK)
_BODY_AT = framing.ENCODED_PAYLOAD_AT + 2
_SEALED_BODY_AT = _BODY_AT + ANSWER_SEAL_BYTES
_EVENT_LAYOUT = "<IIIBii"
_EVENT_BYTES = const(21)
_HELLO_LAYOUT = "<BBHHBI8s"
_HELLO_BYTES = const(19)


class LinkCounts:
    """What the link counts, named as in the status."""

    def __init__(self):
        self.frames_bad = 0
        self.frames_repeated = 0


class Commands:
    """`link` has write(buffer, length) and what link_intake.py lists; `device_id` is 8 bytes.

    `session` decides who may send which request, `dispatcher` executes it, `memory` and `counts` are those that the
    answers report. `log` is asked for room before each frame and gets every request that asked for more than an
    answer; `journal.settle()` is called before a command is answered OK; `alarms.link_lost()` is called when the host
    has been silent for 30 s. `status.refresh().boots` starts the numbers of a boot.
    """

    def __init__(self, link, dispatcher, session, memory, counts, log, journal, alarms, status, device_id):
        self._link = link
        self._session = session
        self._dispatcher = dispatcher
        self._memory = memory
        self._counts = counts
        self._log = log
        self._journal = journal
        self._alarms = alarms
        self._status = status
        self._device_id = device_id
        self._intake = LinkIntake(link)
        self._decoder = framing.FrameDecoder()
        # The answer is kept for a retransmission, so events and refusals have a buffer of their own.
        self._answer = bytearray(framing.MAX_FRAME)
        self._answer_length = 0
        self._other = bytearray(framing.MAX_FRAME)
        self._body_length = 0
        self._is_heard = False
        self._heard_ms = 0
        self.is_calm = True  # nothing to wait for but a byte, which is a call (drivers/waiter.py)

    def due_in_ms(self, now_ms):
        if self.is_calm and not self._link.is_ready():
            return NEVER_MS
        due_ms = self._intake.due_in_ms(now_ms)
        if due_ms <= 0:
            return 0 if self._log.has_room() else _LOG_FULL_MS
        session_ms = self._session.due_in_ms(now_ms)
        if session_ms < due_ms:
            due_ms = session_ms
        if self._is_heard and self._silence_left_ms(now_ms) < due_ms:
            due_ms = self._silence_left_ms(now_ms)
        return due_ms

    def _silence_left_ms(self, now_ms):
        return _LINK_LOST_MS - until_ms(now_ms, self._heard_ms)

    def act(self, now_ms):
        self.is_calm = False
        self._session.act(now_ms)
        # Every command is logged (INT-06): a host in a hurry waits until the log has caught up.
        if self._log.has_room():
            self._take_bytes(now_ms)
        if self._is_heard and self._silence_left_ms(now_ms) <= 0:
            self._is_heard = False
            self._alarms.link_lost()
        self.is_calm = self.due_in_ms(now_ms) == NEVER_MS

    def _take_bytes(self, now_ms):
        intake = self._intake
        decoder = self._decoder
        intake.take_in(now_ms)
        while intake.at < intake.end:
            intake.at = decoder.feed(intake.chunk, intake.at, intake.end)
            if decoder.outcome == framing.FRAME:
                intake.found_frame()
                self._is_heard = True
                self._heard_ms = now_ms
                self._take_frame(now_ms)
                return
            if decoder.outcome == framing.BAD:
                self._count_bad()

    def push_event(self, sequence, epoch_s, run_s, code, a, b):
        """Send one log entry to the host, if one has said HELLO since boot. Called by the event log."""
        if not self._memory.is_begun:
            return
        pack_into(_EVENT_LAYOUT, self._other, framing.ENCODED_PAYLOAD_AT, sequence, epoch_s, run_s, code, a, b)
        length = framing.encode_into(self._other, ids.MSG_EVENT, sequence & _SEQUENCE_MASK, _EVENT_BYTES)
        self._link.write(self._other, length)

    def _take_frame(self, now_ms):
        frame = self._decoder
        if frame.type >= _FIRST_PUMP_TYPE:
            self._count_bad()  # our own frames, echoed: answering them would never end
        elif frame.type == ids.MSG_HELLO:
            self._hello()
        elif not self._memory.is_begun:
            self._refuse(ids.SESSION_EXPIRED)
        elif self._dispatcher.role_of(frame.type) < 0:
            self._count_bad()
            self._refuse(ids.UNKNOWN)
        else:
            self._take_request(now_ms)

    def _take_request(self, now_ms):
        judgement = self._memory.judge(self._decoder)
        if judgement == AGAIN:
            self._count_repeated()
            self._link.write(self._answer, self._answer_length)
        elif judgement == OLD:
            self._count_repeated()
            self._refuse(ids.REPLAYED)
        else:
            self._memory.note(self._decoder)
            self._carry_out(now_ms)

    def _carry_out(self, now_ms):
        frame = self._decoder
        session = self._session
        request_type = frame.type
        is_sealed = request_type == ids.MSG_SEALED
        is_proven = False
        self._body_length = 0
        if frame.version != ids.PROTOCOL_MAJOR and request_type in _SESSION_TYPES:
            reason = ids.NOT_ALLOWED  # a host of another major version may only look (LNK-06)
        elif is_sealed:
            reason = session.unseal(frame, now_ms)
            is_proven = session.is_proven
            if reason == ids.OK:
                reason = self._judge_and_do(frame, _SEALED_BODY_AT, now_ms)
        else:
            reason = self._judge_and_do(frame, _BODY_AT, now_ms)
        self._answer_length = self._finish(self._answer, request_type, reason, self._body_length, is_proven)
        self._link.write(self._answer, self._answer_length)

    def _judge_and_do(self, frame, body_at, now_ms):
        role = self._dispatcher.role_of(frame.type)
        if role < 0 or frame.type == ids.MSG_SEALED:
            return ids.UNKNOWN
        if role == ids.OBSERVER:
            return self._do(frame, body_at, now_ms)
        is_sealed = body_at == _SEALED_BODY_AT
        reason = ids.NOT_ALLOWED
        if frame.version == ids.PROTOCOL_MAJOR:
            reason = self._session.may(frame.type, role, is_sealed)
        if reason == ids.OK:
            reason = self._do(frame, body_at, now_ms)
            self._memory.note_command(frame, reason)
        if reason == ids.OK and frame.type not in _LONG_TYPES:
            self._journal.settle()
        asker = self._session.role if is_sealed else ids.OBSERVER
        self._log.add(ids.LOG_COMMAND, frame.type, reason + asker * ids.COMMAND_ROLE_STEP)
        return reason

    def _do(self, frame, body_at, now_ms):
        reason = self._dispatcher.carry_out(frame, self._answer, body_at, now_ms)
        self._body_length = self._dispatcher.body_length
        return reason

    def _hello(self):
        """Carried out each time it comes: it changes nothing but where a fresh boot's numbers start."""
        if self._decoder.payload_length != 2:
            self._count_bad()
            self._refuse(ids.UNKNOWN)
            return
        boots = self._status.refresh().boots
        self._memory.begin(boots)
        pack_into(
            _HELLO_LAYOUT,
            self._other,
            _BODY_AT,
            ids.PROTOCOL_MAJOR,
            ids.PROTOCOL_MINOR,
            self._memory.next_sequence,
            ids.CAPABILITY_LOG if self._session.is_keyless() else ids.CAPABILITY_LOG | ids.CAPABILITY_SESSION,
            framing.MAX_PAYLOAD,
            boots,
            self._device_id,
        )
        length = self._finish(self._other, ids.MSG_HELLO, ids.OK, _HELLO_BYTES)
        self._link.write(self._other, length)

    def _refuse(self, reason):
        self._link.write(self._other, self._finish(self._other, self._decoder.type, reason, 0))

    def _finish(self, buffer, request_type, reason, body_length, is_proven=False):
        """Make an answer of the body that stands at _BODY_AT, or _SEALED_BODY_AT for the host of the session; returns
        its length on the line.
        """
        buffer[framing.ENCODED_PAYLOAD_AT] = request_type
        buffer[framing.ENCODED_PAYLOAD_AT + 1] = reason
        if is_proven:
            self._session.seal_answer(buffer, framing.ENCODED_PAYLOAD_AT, self._decoder.sequence, body_length)
            body_length += ANSWER_SEAL_BYTES
        return framing.encode_into(buffer, ids.MSG_ANSWER, self._decoder.sequence, 2 + body_length)

    def _count_bad(self):
        if self._counts.frames_bad < MOST:
            self._counts.frames_bad += 1

    def _count_repeated(self):
        if self._counts.frames_repeated < MOST:
            self._counts.frames_repeated += 1
