"""What the coverage-guided run tries on the line, and how a fault would show: one function of bytes.

The first byte chooses a side: a pump without keys, a keyed pump with an open session of the patient, or the
host. The rest is read as operations that put noise, frames, damaged frames and sealed frames on the line.
A reader of frames that shares no code with protocols/frame.py says which commands the pump then must have
carried out, and no others.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

from hil.errors import PumpbenchError
from hil.pump.client import Client
from hil.pump.exchange import ANSWER_TIMEOUT_S
from hil.pump.session import HostSession
from protocols import codec, frame, ids, messages
from tests.firmware.pump_on_a_wire import COMMANDS, PumpOnAWire, keys

_REQUESTS = {row[messages.NUMBER]: row for row in messages.CATALOGUE if row[messages.DIRECTION] == "request"}
_METHODS = dict(COMMANDS) | {ids.MSG_PROGRAMME_DAY: "programme_day"}
_PATIENT_KEY = bytes([1]) * 32
_NONCE = bytes(16)
# A long piece of noise comes so often, so that few bytes of the fuzzer make a line that babbles.
_LONG, _FLOOD = 200, 8


class Input:
    """Numbers and pieces out of the fuzzer's bytes; zeros when they have run out."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1] if self._at <= len(self._data) else 0

    def piece(self, length: int) -> bytes:
        self._at += length
        return self._data[self._at - length : self._at]


def good_frames(stream: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """(version, type, sequence, payload) of every good frame, by another way than the decoder's."""
    *chunks, _open_end = stream.split(b"\0")
    for chunk in chunks:
        content = bytearray()
        at = 0
        while at < len(chunk):
            code = chunk[at]
            content += chunk[at + 1 : at + code]
            at += code
            if code < 255 and at < len(chunk):
                content.append(0)
        is_whole = at == len(chunk) and 8 <= len(content) <= frame.MAX_CONTENT
        if is_whole and zlib.crc32(content[:-4]).to_bytes(4, "little") == content[-4:]:
            version, number, sequence = struct.unpack_from("<BBH", content)
            yield version, number, sequence, bytes(content[4:-4])


def is_in_range(row: tuple, payload: bytes) -> bool:
    try:
        values = codec.unpack(row, payload)
    except ValueError:
        return False
    items = values.pop("items", [])
    pairs = [(row[messages.FIELDS], values), *((row[messages.REPEATED], item) for item in items)]
    return all(
        codec.is_text(field) or field[3] <= values_of[field[0]] <= field[4]
        for fields, values_of in pairs
        for field in fields
    )


def expected_commands(stream: bytes, boots: int) -> list[str]:
    """The methods that a pump without keys is asked for by this stream, from its start on."""
    expected: list[str] = []
    is_begun, due = False, 0
    for version, number, sequence, payload in good_frames(stream):
        if number == ids.MSG_HELLO and len(payload) == 2 and not is_begun:
            is_begun, due = True, boots * 4099 & 0xFFFF
        if number == ids.MSG_HELLO or not is_begun or number not in _REQUESTS:
            continue
        if (sequence - due) & 0xFFFF >= 256:
            continue
        due = (sequence + 1) & 0xFFFF
        row = _REQUESTS[number]
        if number in _METHODS and version == ids.PROTOCOL_MAJOR and is_in_range(row, payload):
            expected.append(_METHODS[number])
    return expected


def _well_formed(data: Input, row: tuple) -> bytes:
    """A payload of this row whose every value is in range."""

    def values_of(fields: tuple) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for field in fields:
            if codec.is_text(field):
                values[field[0]] = data.piece(field[4]).ljust(field[4], b"\0")
            else:
                span = field[4] - field[3] + 1
                values[field[0]] = field[3] + int.from_bytes(data.piece(4), "little") % span
        return values

    values = values_of(row[messages.FIELDS])
    if row[messages.REPEATED]:
        values["items"] = [values_of(row[messages.REPEATED]) for _ in range(1 + data.byte() % 24)]
        values["count"] = len(values["items"])
    return codec.pack(row, values)


def _one_operation(data: Input, sequence: int) -> tuple[bytes, int]:
    """What goes on the line, and the sequence number that comes next."""
    kind = data.byte() % 8
    if kind == 0:
        noise = data.piece(data.byte())
        return noise * _FLOOD if len(noise) >= _LONG else noise, sequence
    step = data.byte()
    sequence = (sequence + (step - 256 if step > 250 else 0 if step > 8 else step)) & 0xFFFF
    if kind < 5:
        number = list(_REQUESTS)[data.byte() % len(_REQUESTS)]
        sent = bytearray(frame.encode(number, sequence, _well_formed(data, _REQUESTS[number])))
    else:
        payload = data.piece(data.byte() % (frame.MAX_PAYLOAD + 1))
        version = ids.PROTOCOL_MAJOR if data.byte() % 8 else data.byte()
        sent = bytearray(frame.encode(data.byte(), sequence, payload, version))
    damage = data.byte() % 8
    if damage == 6:
        sent[data.byte() % len(sent)] ^= data.byte()
    elif damage == 7:
        del sent[data.byte() % len(sent) :]
    return bytes(sent), (sequence + 1) & 0xFFFF


def fuzz_open_pump(data: Input) -> None:
    device = PumpOnAWire()
    boots = device.pump.snapshot.boots
    hello = frame.encode(ids.MSG_HELLO, 0, b"\x01\x00")
    stream = hello if data.byte() % 4 else b""
    sequence = boots * 4099 & 0xFFFF
    while data:
        sent, sequence = _one_operation(data, sequence)
        stream += sent
    device.feed(stream)
    device.feed(b"\0")
    asked = [request[0] for request in device.pump.asked]
    assert asked == expected_commands(stream + b"\0", boots), (asked, stream.hex())
    _assert_answers(device)


def fuzz_keyed_pump(data: Input) -> None:
    """A session of the patient is open. What it may ask for comes sealed; the rest moves nothing."""
    device = PumpOnAWire()
    device.session = type(device.session)(_patient_keys(), lambda: _NONCE, device.pump)
    device.connect()
    client = Client(device, device)
    client.open_session("PATIENT", _PATIENT_KEY, _NONCE)
    session = HostSession(ids.PATIENT, _PATIENT_KEY, _NONCE)
    session.take_challenge(_NONCE)
    sequence = client.hello().next_sequence
    allowed = 0
    while data:
        if data.byte() % 2:
            number = list(_REQUESTS)[data.byte() % len(_REQUESTS)]
            payload = data.piece(data.byte() % 64)
            sealed = session.seal(ids.PROTOCOL_MAJOR, sequence, number, payload)
            sent, after = frame.encode(ids.MSG_SEALED, sequence, sealed), (sequence + 1) & 0xFFFF
            allowed += number in _METHODS and _REQUESTS[number][messages.ROLE] <= ids.PATIENT
        else:
            sent, after = _one_operation(data, sequence)
        device.feed(sent)
        device.feed(sent)  # a replay
        sequence = after
    device.feed(b"\0")
    asked = [request[0] for request in device.pump.asked]
    assert set(asked) <= {"patient_bolus", "bolus_cancel", "silence"}, asked
    assert len(asked) <= allowed, (asked, allowed)
    _assert_answers(device)


def _patient_keys() -> Any:
    stored = keys.Keys()
    stored.is_keyless = False
    stored._stored = _PATIENT_KEY + bytes(64)
    return stored


def _assert_answers(device: PumpOnAWire) -> None:
    """The next good frame is answered, by a status that is read without complaint."""
    client = Client(device, device)
    client.hello()
    assert client.status().boots == device.pump.snapshot.boots


class _LyingPump:
    """A stream and its clock: whatever the host asks, the fuzzer's bytes come back."""

    timeout: float | None = None

    def __init__(self, data: Input) -> None:
        self._data = data
        self._pending = bytearray()
        self._s = 0.0

    def now_s(self) -> float:
        return self._s

    @property
    def in_waiting(self) -> int:
        return len(self._pending)

    def read(self, size: int = 1, /) -> bytes:
        if not self._pending:
            self._s += ANSWER_TIMEOUT_S
        data = bytes(self._pending[:size])
        del self._pending[:size]
        return data

    def write(self, data: bytes, /) -> None:
        for _version, number, sequence, _payload in good_frames(data):
            while self._data:
                kind = self._data.byte()
                if kind % 4 == 0:
                    self._pending += self._data.piece(self._data.byte())
                elif kind % 4 == 1:
                    length = self._data.byte() % 60
                    self._pending += frame.encode(ids.MSG_EVENT, sequence, self._data.piece(length))
                else:
                    body = self._data.piece(self._data.byte() % (frame.MAX_PAYLOAD - 1))
                    head = bytes([number, 0 if kind < 250 else kind])
                    self._pending += frame.encode(ids.MSG_ANSWER, sequence, head + body)
                    break


def fuzz_host(data: Input) -> None:
    """Whatever a pump says, a host has a result or an error of its own tree."""
    line = _LyingPump(data)
    client = Client(line, line)
    while data:
        asks = (client.hello, client.status, client.alarms, client.config, client.prescription, client.start)
        ask = (*asks, lambda: client.programme_day(0), lambda: list(client.log(count=20)))[data.byte() % 8]
        try:
            ask()
            client.resolve_uncertain()
        except PumpbenchError:
            continue


SIDES = (fuzz_open_pump, fuzz_keyed_pump, fuzz_host)


def run_one(data: bytes) -> None:
    """AssertionError, or any other exception, is a find."""
    line = Input(data)
    SIDES[line.byte() % len(SIDES)](line)
