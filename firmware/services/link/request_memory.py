"""Remembers the last request, so that a repeated one is answered again but never executed again (LNK-02).

Sequence numbers only go forward: a frame that is a little ahead is new, the same number with the same
content is a retransmission, all else is an old frame that came once more. A HELLO does not start the
numbers anew, it reports where they stand; so a recorded conversation cannot be played back, nor
can a second host meet the kept answer of the first one by chance.
"""

from binascii import crc32

from micropython import const

from protocols.frame import DECODED_PAYLOAD_AT

# How far ahead a number may be: a host that gave up on this many requests must say HELLO again.
SEQUENCE_WINDOW = const(256)
_SEQUENCE_MASK = const(0xFFFF)

# Judgements.
NEW = const(0)
AGAIN = const(1)
OLD = const(2)

# Boots are this far apart, so that frames from before a restart are old ones after it.
_BOOT_STRIDE = const(4099)


class RequestMemory:
    """Allocates nothing but the view of the CRC, once per frame."""

    def __init__(self):
        self.is_begun = False
        self.next_sequence = 0
        # The last request that asked for more than an answer, and what became of it: a host whose
        # answer got lost finds here whether its bolus was taken.
        self.last_sequence = 0
        self.last_type = 0
        self.last_reason = 0
        self._check = -1

    def begin(self, boots):
        """At the first HELLO after a restart. `boots` is the count of restarts."""
        if not self.is_begun:
            self.is_begun = True
            self.next_sequence = boots * _BOOT_STRIDE & _SEQUENCE_MASK

    def judge(self, frame):
        """NEW, AGAIN or OLD for the frame that a FrameDecoder holds."""
        ahead = (frame.sequence - self.next_sequence) & _SEQUENCE_MASK
        if ahead < SEQUENCE_WINDOW:
            return NEW
        if ahead == _SEQUENCE_MASK and self._check == _content_check(frame):
            return AGAIN
        return OLD

    def note(self, frame):
        """This request is answered: its number is used up."""
        self.next_sequence = (frame.sequence + 1) & _SEQUENCE_MASK
        self._check = _content_check(frame)

    def note_command(self, frame, reason):
        """What became of a request that asked for more than an answer."""
        self.last_sequence = frame.sequence
        self.last_type = frame.type
        self.last_reason = reason


def _content_check(frame):
    # Shifted to stay a small integer; line noise has been found by the frame's own CRC already.
    return crc32(memoryview(frame.buffer)[: frame.payload_length + DECODED_PAYLOAD_AT]) >> 2
