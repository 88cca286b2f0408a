"""The rig's own line to its host: USB, frames as the pump's, one answer to each request (protocols/rig.py)."""

import io
import select
import sys
from struct import pack_into, unpack_from

from micropython import const

from protocols import frame, ids
from protocols.rig import MESSAGES

_STREAM_POLL = const(3)  # MP_STREAM_POLL of py/stream.h
_STREAM_ERROR = const(-1)
_HEAD_BYTES = const(2)
_AT = frame.ENCODED_PAYLOAD_AT


class WakeFlag(io.IOBase):
    """A pollable word; `wake` may be called from any handler."""

    def __init__(self):
        self._is_raised = False

    def ioctl(self, request, argument):
        if request == _STREAM_POLL:
            return argument & select.POLLIN if self._is_raised else 0
        return _STREAM_ERROR

    def wake(self):
        self._is_raised = True

    def lower(self):
        self._is_raised = False


class Link:
    """`serve(number, values)` returns (reason, values of the body, items): see Requests."""

    def __init__(self, serve):
        self.flag = WakeFlag()
        self.frames_heard = 0
        self._serve = serve
        self._decoder = frame.FrameDecoder()
        self._input = sys.stdin.buffer
        self._output = sys.stdout.buffer
        self._byte = bytearray(1)
        self._answer = bytearray(frame.MAX_FRAME)
        self._answer_length = 0
        self._last = (-1, -1)
        self._readable = select.poll()
        self._readable.register(sys.stdin, select.POLLIN)
        self._waiter = select.poll()
        self._waiter.register(sys.stdin, select.POLLIN)
        self._waiter.register(self.flag, select.POLLIN)
        self._writable = select.poll()
        self._writable.register(sys.stdout, select.POLLOUT)

    def wait(self, timeout_ms):
        """Until a byte has come, a handler has called, or so much time has passed."""
        for _event in self._waiter.ipoll(timeout_ms):
            pass
        self.flag.lower()

    def take(self):
        """Whatever bytes are there: serve the requests in them."""
        while True:
            is_there = False
            for _event in self._readable.ipoll(0):
                is_there = True
            if not is_there:
                return
            self._input.readinto(self._byte)
            if self._decoder.feed_byte(self._byte[0]) == frame.FRAME:
                self.frames_heard += 1
                self._reply()

    def _reply(self):
        decoder = self._decoder
        asked = (decoder.type, decoder.sequence)
        if asked != self._last or not self._answer_length:
            # The same request again was sent because its answer was lost: it is answered, and not done, again.
            self._answer_length = self._make_answer(decoder)
            self._last = asked
        for _event in self._writable.ipoll(0):
            self._output.write(memoryview(self._answer)[: self._answer_length])
            break

    def _make_answer(self, decoder):
        row = MESSAGES.get(decoder.type)
        reason, body, items = ids.UNKNOWN, (), ()
        if row is not None and decoder.version == ids.PROTOCOL_MAJOR:
            layout = _layout(row[1])
            if decoder.payload_length == _size(row[1]):
                values = unpack_from(layout, decoder.buffer, frame.DECODED_PAYLOAD_AT)
                reason = _outside(row[1], values)
                if reason == ids.OK:
                    reason, body, items = self._serve(decoder.type, values)
        answer = self._answer
        answer[_AT] = decoder.type
        answer[_AT + 1] = reason
        at = _AT + _HEAD_BYTES
        if reason == ids.OK and row is not None:
            pack_into(_layout(row[2]), answer, at, *body)
            at += _size(row[2])
            for item in items:
                pack_into(_layout(row[3]), answer, at, *item)
                at += _size(row[3])
        return frame.encode_into(answer, ids.MSG_ANSWER, decoder.sequence, at - _AT)


def _layout(fields):
    return "<" + "".join([field[1][1:] for field in fields])


def _size(fields):
    from struct import calcsize

    return calcsize(_layout(fields))


def _outside(fields, values):
    for field, value in zip(fields, values):
        if not field[3] <= value <= field[4]:
            return ids.OUT_OF_RANGE
    return ids.OK
