"""Random requests under valid sessions of every role, and random answers to a client: no traceback, no reset, no right
that the role has not, and only errors that have a name.
"""

from __future__ import annotations

import random
import zlib
from contextlib import suppress

import pytest

from hil.errors import PumpbenchError
from hil.pump.client import Client
from protocols import frame, ids, messages
from protocols.codec import size_of
from tests.pump.pump_rig import PumpRig

KEYS = {"PATIENT": bytes([1]) * 32, "CLINICIAN": bytes([2]) * 32, "SERVICE": bytes([3]) * 32}
SAMPLE, WHOLE = 400, 17_000  # requests of each of three roles
ANSWERS_SAMPLE, ANSWERS_WHOLE = 1_500, 50_000
# Ends the program on purpose; what opens sessions has its own tests.
LEFT_OUT = ("LEAVE_TO_REPL", "SEALED", "SESSION_BEGIN", "SESSION_PROVE", "HELLO")
REQUESTS = [row for row in messages.CATALOGUE if row[messages.DIRECTION] == messages.REQUEST]
COUNTS = [pytest.param(SAMPLE, id="sample"), pytest.param(WHOLE, id="whole", marks=pytest.mark.slow)]


def payload_of(row, chance):
    """Often well formed, with values at, in and beyond their range; sometimes of a wrong length."""
    data = b""
    for _, code, _, low, high in row[messages.FIELDS]:
        length = size_of((("", code, "", low, high),))
        if code.endswith("s"):
            data += chance.randbytes(length)
            continue
        value = chance.choice((low, high, low - 1, high + 1, chance.randint(low, max(low, high)), 0, 2**31 - 1, -1))
        data += (value % (1 << 8 * length)).to_bytes(length, "little")
    if row[messages.REPEATED]:
        data = (
            data[:-1]
            + bytes([chance.choice((0, 1, 2, 24, 25, 255))])
            + chance.randbytes(chance.choice((0, 6, 12, 144)))
        )
    if chance.random() < 0.1:
        data = data[: chance.randint(0, len(data))] if chance.random() < 0.5 else data + chance.randbytes(5)
    return data[:200]


@pytest.mark.requirement("LNK-01", "LNK-04")
@pytest.mark.parametrize("role", KEYS)
@pytest.mark.parametrize("count", COUNTS)
def test_no_request_under_a_session_does_what_its_role_may_not(role, count):
    chance = random.Random(f"{role} {count}")
    with PumpRig(200_000) as rig:
        rig.run_for(60.0)
        keys = b"".join(KEYS.values())
        rig.target.power.off()
        rig.world.flash.write_file("/keys.bin", keys + zlib.crc32(keys).to_bytes(4, "little"))
        rig.target.power.on()
        rig.reconnect()
        client = rig.client
        client.open_session(role, KEYS[role])
        boots = client.status().boots
        for number in range(count):
            row = chance.choice([row for row in REQUESTS if row[messages.NAME] not in LEFT_OUT])
            if chance.random() < 0.03:
                row = (chance.choice((8, 9, 10, 99, 127)), "none", "", ids.SERVICE + 1, (), (), "")
            answer = client._exchange.ask(row[messages.NUMBER], payload_of(row, chance), sealer=client._session)
            assert answer.is_proven, (number, row[messages.NAME], answer)
            assert answer.reason < len(ids.REASON_NAMES), (number, row[messages.NAME], answer)
            if row[messages.ROLE] > ids.ROLE_NAMES.index(role):
                assert ids.REASON_NAMES[answer.reason] in ("NOT_ALLOWED", "UNKNOWN"), (number, row[messages.NAME])
            if chance.random() < 0.05:
                rig.run_for(chance.choice((0.01, 1.0, 60.0)))
        status = client.status()
        assert (status.boots, status.frames_bad) == (boots, 0)
        assert rig.target.trouble() is None


class HostilePump:
    """Answers every frame with what chance gives; now and then with what a pump might say. Time moves by reading."""

    def __init__(self, chance):
        self.timeout: float | None = 0.05
        self.answers = 0
        self._chance = chance
        self._now_s = 0.0
        self._waiting = b""
        self._decoder = frame.FrameDecoder()

    def now_s(self):
        return self._now_s

    @property
    def in_waiting(self):
        return len(self._waiting)

    def read(self, size=1):
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        if not data:
            self._now_s += self.timeout or 0.0
        return data

    def write(self, data):
        for byte in data:
            if self._decoder.feed_byte(byte) == frame.FRAME:
                self._answer(self._decoder.type, self._decoder.sequence)

    def _answer(self, request, sequence):
        chance = self._chance
        for _ in range(chance.choice((0, 1, 1, 1, 2, 5))):
            self.answers += 1
            kind = chance.choice((ids.MSG_ANSWER, ids.MSG_ANSWER, ids.MSG_ANSWER, ids.MSG_EVENT, chance.randrange(256)))
            head = bytes([request if chance.random() < 0.9 else chance.randrange(256)])
            head += bytes([ids.OK if chance.random() < 0.7 else chance.randrange(256)])
            number = sequence if chance.random() < 0.9 else chance.randrange(65_536)
            sent = bytearray(frame.encode(kind, number, head + self._body(request), chance.choice((1, 2, 2, 2, 255))))
            if chance.random() < 0.1:
                sent[chance.randrange(len(sent))] ^= 1 << chance.randrange(8)
            self._waiting += sent[: chance.randint(1, len(sent))] if chance.random() < 0.05 else sent

    def _body(self, request):
        chance = self._chance
        row = messages.row_of(messages.BODY, request)
        if row is None or chance.random() < 0.2:
            return chance.randbytes(chance.randint(0, 200))
        fixed, item = size_of(row[messages.FIELDS]), size_of(row[messages.REPEATED])
        body = bytearray(chance.randbytes(fixed) if chance.random() < 0.5 else bytes(fixed))
        if item:
            count = chance.randint(0, 220 // item)
            body[-1] = count
            body += chance.randbytes(item * count)
        return bytes(body)


def asks_of(client):
    return (
        client.hello,
        client.status,
        client.alarms,
        client.config,
        client.prescription,
        client.resolve_uncertain,
        client.start,
        client.stop,
        client.poll,
        lambda: list(client.log(0, 30)),
        lambda: list(client.log(chance_of(client).randrange(2**30))),
        lambda: list(client.faults()),
        lambda: client.programme_day(0),
        lambda: client.clinician_bolus(1_000, 60),
        lambda: client.open_session("CLINICIAN", KEYS["CLINICIAN"]),
    )


def chance_of(client):
    return client._stream._chance


@pytest.mark.requirement("LNK-01")
@pytest.mark.parametrize(
    "count",
    [pytest.param(ANSWERS_SAMPLE, id="sample"), pytest.param(ANSWERS_WHOLE, id="whole", marks=pytest.mark.slow)],
)
def test_a_pump_that_answers_anything_gets_named_errors_and_opens_no_session(count):
    pump = HostilePump(random.Random(count))
    client = Client(pump, pump)
    while pump.answers < count:
        ask = chance_of(client).choice(asks_of(client))
        before_s = pump.now_s()
        with suppress(PumpbenchError):
            ask()
        assert client._session is None, "what holds no key has opened a session"
        assert pump.now_s() - before_s < 600.0
        client.forget_uncertain()
