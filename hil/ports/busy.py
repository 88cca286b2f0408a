"""Answers BUSY to every request of a host while another one holds the link."""

from __future__ import annotations

from protocols import frame, ids

_FIRST_PUMP_TYPE = 128


class BusyAnswer:
    """Reads frames as the pump would; the pump itself never sees them."""

    def __init__(self) -> None:
        self._decoder = frame.FrameDecoder()

    def take(self, data: bytes) -> bytes:
        """The answers to the requests in these bytes."""
        answers = b""
        for byte in data:
            outcome = self._decoder.feed_byte(byte)
            if outcome == frame.FRAME and self._decoder.type < _FIRST_PUMP_TYPE:
                head = bytes([self._decoder.type, ids.BUSY])
                answers += frame.encode(ids.MSG_ANSWER, self._decoder.sequence, head)
        return answers
