"""Two hundred thousand spoiled streams at one pump: no exception, nothing done, the next request answered."""

from __future__ import annotations

import random

import pytest

from protocols import codec, frame, ids, messages
from tests.firmware.pump_on_a_wire import PumpOnAWire
from tests.protocols.test_frame import outcomes

STREAMS = 200_000
COMMANDS = [
    row
    for row in messages.CATALOGUE
    if row[messages.DIRECTION] == messages.REQUEST and row[messages.ROLE] > ids.OBSERVER
]


def a_command(chance, sequence):
    """A good frame of any command with any values in range."""
    row = chance.choice(COMMANDS)

    def values_of(fields):
        return {f[0]: chance.randbytes(f[4]) if codec.is_text(f) else chance.randint(f[3], f[4]) for f in fields}

    values = values_of(row[messages.FIELDS])
    if row[messages.REPEATED]:
        values["items"] = [values_of(row[messages.REPEATED]) for _ in range(chance.randint(1, 24))]
        values["count"] = len(values["items"])
    return frame.encode(row[messages.NUMBER], sequence, codec.pack(row, values))


def spoiled(chance, sequence):
    """One stream that must have no effect: noise, a damaged command, or an old one in good health."""
    kind = chance.randrange(6)
    if kind == 0:
        return chance.randbytes(chance.randrange(300))
    if kind == 1:  # as often repeated, as far reordered as the window of old numbers goes
        return a_command(chance, (sequence - chance.randint(2, 30_000)) & 0xFFFF) * chance.randint(1, 3)
    data = bytearray(a_command(chance, sequence))
    if kind == 2:
        del data[chance.randrange(2, len(data) - 1) :]
    elif kind == 3:
        data[chance.randrange(1, len(data) - 1)] ^= 1 << chance.randrange(8)
    elif kind == 4:
        data.insert(chance.randrange(2, len(data) - 1), chance.randrange(256))
    else:
        del data[chance.randrange(1, len(data) - 1)]
    return bytes(data)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.requirement("LNK-01")
def test_two_hundred_thousand_spoiled_streams_change_nothing():
    chance = random.Random(20)
    device = PumpOnAWire()
    device.feed(frame.encode(ids.MSG_HELLO, 0, b"\x01\x00"))
    sequence = device.pump.snapshot.boots * 4099 & 0xFFFF
    for _ in range(STREAMS):
        device.feed(spoiled(chance, sequence))
        written = device.feed(frame.encode(ids.MSG_CONFIG_READ, sequence))
        answer = outcomes(written[-1])[0]
        assert answer is not None
        assert (answer[1], answer[2][:2]) == (sequence, bytes([ids.MSG_CONFIG_READ, ids.OK]))
        sequence = (sequence + 1) & 0xFFFF
        device.wire.written.clear()
        device.wire.host_input.clear()
    assert device.pump.asked == []
