"""Checks protocols/vectors.txt both ways. Runs under CPython and under MicroPython, hence the plain code.

One vector is a line `NAME direction sequence field=value ... ; item fields ; ...` and a line with the frame
in hexadecimal. Values are integers, or bytes as `hex:` and their digits.
"""

import sys
from binascii import hexlify, unhexlify

from protocols import codec, frame, ids, messages


def read_vectors(path):
    """List of (line number, row, sequence, reason, values, frame)."""
    vectors = []
    described = None
    number = 0
    with open(path) as file:
        for line in file:
            number += 1
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if described is None:
                described = _described(line)
            else:
                vectors.append((number,) + described + (unhexlify(line.replace(" ", "")),))
                described = None
    return vectors


def _described(line):
    parts = line.split(" ; ")
    name, direction, sequence = parts[0].split()[:3]
    values = _values(parts[0].split()[3:])
    row = messages.row_named(direction, name)
    if row is None:
        raise ValueError("no message " + name + " " + direction)
    reason = values.pop("reason") if direction == messages.BODY else 0
    if row[messages.REPEATED]:
        values["items"] = [_values(part.split()) for part in parts[1:]]
    return row, int(sequence), reason, values


def _values(words):
    values = {}
    for word in words:
        name, text = word.split("=")
        values[name] = unhexlify(text[4:]) if text.startswith("hex:") else int(text)
    return values


def encode(row, sequence, reason, values):
    """The frame that carries this message: the body of an answer stands behind the head of the answer."""
    payload = codec.pack(row, values)
    if row[messages.DIRECTION] != messages.BODY:
        return frame.encode(row[messages.NUMBER], sequence, payload)
    return frame.encode(ids.MSG_ANSWER, sequence, bytes([row[messages.NUMBER], reason]) + payload)


def decode(data, row):
    """(frame type, sequence, reason, values) of a frame with a message of this row; None for a bad one."""
    decoder = frame.FrameDecoder()
    outcome = frame.NOTHING
    for byte in data:
        outcome = decoder.feed_byte(byte)
    if outcome != frame.FRAME:
        return None
    start = frame.DECODED_PAYLOAD_AT
    payload = bytes(decoder.buffer[start : start + decoder.payload_length])
    reason = 0
    if row[messages.DIRECTION] == messages.BODY:
        reason = payload[1]
        payload = payload[2:]
    return decoder.type, decoder.sequence, reason, codec.unpack(row, payload)


def complaints(path):
    """Texts about the vectors that do not hold, none when all do."""
    found = []
    for number, row, sequence, reason, values, data in read_vectors(path):
        name = row[messages.NAME] + " " + row[messages.DIRECTION]
        encoded = encode(row, sequence, reason, values)
        if encoded != data:
            found.append(f"line {number}: {name} encodes to {hexlify(encoded, ' ').decode()}")
        expected = dict(values)
        if "items" in values:
            expected["count"] = len(values["items"])
        decoded = decode(data, row)
        is_body = row[messages.DIRECTION] == messages.BODY
        frame_type = ids.MSG_ANSWER if is_body else row[messages.NUMBER]
        if decoded != (frame_type, sequence, reason, expected):
            found.append(f"line {number}: {name} decodes to {decoded}")
    return found


if __name__ == "__main__":
    for complaint in complaints(sys.argv[1]):
        print(complaint)
    print(len(read_vectors(sys.argv[1])), "vectors")
