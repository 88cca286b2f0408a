"""Frames on the link: 0x00, the stuffed content, 0x00. Both sides use this file.

Content, little-endian: version u8, type u8, sequence u16, payload of 0 to 240 bytes, CRC-32 (IEEE 802.3,
as binascii.crc32) over everything before it. Stuffing is COBS, so 0x00 occurs nowhere inside a frame and
a receiver that lost its place finds the next frame at the next 0x00. Content stays below 254 bytes:
one COBS block never fills up, and stuffing adds exactly one byte.
"""

import binascii
import struct

from protocols.ids import PROTOCOL_MAJOR

MAX_PAYLOAD = 240
HEADER_LENGTH = 4
CRC_LENGTH = 4
MAX_CONTENT = HEADER_LENGTH + MAX_PAYLOAD + CRC_LENGTH
MAX_FRAME = MAX_CONTENT + 3  # two delimiters and the first COBS code

# Where the payload starts: in the buffer of a decoder, and in a buffer that is to be encoded.
DECODED_PAYLOAD_AT = HEADER_LENGTH
ENCODED_PAYLOAD_AT = HEADER_LENGTH + 2

# A CRC-32 taken over data and its own little-endian CRC always ends here. It fits a small integer of a
# 32 bit MicroPython, so a good frame is recognised without a comparison of long integers.
CRC_RESIDUE = 0x2144DF1C

# What one byte did.
NOTHING = 0
FRAME = 1
BAD = 2

_DELIMITER = b"\0"
_NOT_STARTED = -1


class FrameDecoder:
    """Takes bytes as they come; after FRAME the attributes hold that frame until the next byte.

    Content is kept stuffed until its closing delimiter, where a frame of a wrong length costs one comparison. Allocates
    nothing except, once per frame that could be one, the view that the CRC is taken over. Anything that is not a good
    frame ends as one BAD at its closing delimiter and leaves no trace in the next.
    """

    def __init__(self):
        self.buffer = bytearray(MAX_CONTENT)
        self.version = 0
        self.type = 0
        self.sequence = 0
        self.payload_length = 0
        self.outcome = NOTHING
        self._view = memoryview(self.buffer)
        self._length = _NOT_STARTED
        self._zero_at = 0

    def feed_byte(self, byte):
        """Take one byte (0 to 255). NOTHING, FRAME or BAD."""
        if byte == 0:
            return self._end_frame()
        length = self._length
        if length == _NOT_STARTED:
            self._zero_at = byte - 1
            self._length = 0
        else:
            if length < MAX_CONTENT:
                self.buffer[length] = byte
            self._length = length + 1 if length <= MAX_CONTENT else length
        return NOTHING

    def feed(self, chunk, at, end):
        """Take bytes of the bytearray `chunk` from `at` up to the first frame boundary, or to `end`.

        Returns where the next call goes on; `outcome` is then NOTHING, FRAME or BAD.
        """
        self.outcome = NOTHING
        if self._length == _NOT_STARTED:
            while at < end and chunk[at] == 0:
                at += 1
            if at == end:
                return end
            self._zero_at = chunk[at] - 1
            self._length = 0
            at += 1
        boundary = chunk.find(_DELIMITER, at, end)
        stop = end if boundary < 0 else boundary
        self._store(chunk, at, stop)
        if boundary < 0:
            return end
        self.outcome = self._end_frame()
        return boundary + 1

    def _store(self, chunk, at, stop):
        length = self._length
        if stop - at > MAX_CONTENT - length:
            self._length = MAX_CONTENT + 1  # too long: what more comes of it is not even copied
            return
        buffer = self.buffer
        while at < stop:
            buffer[length] = chunk[at]
            length += 1
            at += 1
        self._length = length

    def _end_frame(self):
        length = self._length
        self._length = _NOT_STARTED
        if length == _NOT_STARTED:
            return NOTHING  # two delimiters in a row: the end of one frame and the start of the next
        if length < HEADER_LENGTH + CRC_LENGTH or length > MAX_CONTENT or not self._is_unstuffed(length):
            return BAD
        if binascii.crc32(self._view[:length]) != CRC_RESIDUE:
            return BAD
        buffer = self.buffer
        self.version = buffer[0]
        self.type = buffer[1]
        self.sequence = buffer[2] | buffer[3] << 8
        self.payload_length = length - HEADER_LENGTH - CRC_LENGTH
        return FRAME

    def _is_unstuffed(self, length):
        """Put the zeros back, each where a code stands. True when the last code points at the end."""
        buffer = self.buffer
        zero_at = self._zero_at
        while zero_at < length:
            code = buffer[zero_at]
            buffer[zero_at] = 0
            zero_at += code
        return zero_at == length


def encode_into(buffer, frame_type, sequence, payload_length, version=PROTOCOL_MAJOR):
    """Make a frame in place around the payload that stands at ENCODED_PAYLOAD_AT of `buffer`.

    `buffer` is a bytearray of MAX_FRAME bytes, `payload_length` 0 to MAX_PAYLOAD. Returns how many bytes
    to send from its start. The payload is stuffed afterwards, no longer readable.
    """
    crc_at = ENCODED_PAYLOAD_AT + payload_length
    struct.pack_into("<BBH", buffer, 2, version, frame_type, sequence)
    struct.pack_into("<I", buffer, crc_at, binascii.crc32(memoryview(buffer)[2:crc_at]))
    end = crc_at + CRC_LENGTH
    code_at = 1
    for index in range(2, end):
        if buffer[index] == 0:
            buffer[code_at] = index - code_at
            code_at = index
    buffer[code_at] = end - code_at
    buffer[0] = 0
    buffer[end] = 0
    return end + 1


def encode(frame_type, sequence, payload=b"", version=PROTOCOL_MAJOR):
    """A whole frame as bytes. Allocates: for hosts and tests. ValueError when the payload is too long."""
    if len(payload) > MAX_PAYLOAD:
        raise ValueError("payload of %d bytes, at most %d fit a frame" % (len(payload), MAX_PAYLOAD))
    buffer = bytearray(MAX_FRAME)
    buffer[ENCODED_PAYLOAD_AT : ENCODED_PAYLOAD_AT + len(payload)] = payload
    return bytes(buffer[: encode_into(buffer, frame_type, sequence, len(payload), version)])
