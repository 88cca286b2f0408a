"""An answer under a session is the pump's own or none; a bolus whose answer is in doubt is never asked for twice."""

from __future__ import annotations

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import Refused, Uncertain
from hil.pump.client import Client
from protocols import frame, ids
from tests.firmware.pump_on_a_wire import PumpOnAWire, keys

CLINICIAN = bytes([2]) * 32
MOST = 0x3FFF_FFFF  # where the counter of the catalogue ends


def keyed_pump():
    device = PumpOnAWire()
    stored = keys.Keys()
    stored.is_keyless = False
    stored._stored = bytes(32) + CLINICIAN + bytes(32)
    device.session._keys = stored
    return device


@pytest.fixture
def device(tmp_path):
    device = PumpOnAWire()
    device.key_path = str(tmp_path / "keys.bin")
    keys.provision(bytes(32), CLINICIAN, bytes(32), device.key_path, str(tmp_path / "keys.new"))
    device.restart()
    return device


@pytest.fixture
def client(device):
    return Client(device, device)


def content_of(data):
    decoder = frame.FrameDecoder()
    for byte in data:
        decoder.feed_byte(byte)
    return decoder, bytes(decoder.buffer[4 : 4 + decoder.payload_length])


@pytest.mark.requirement("LNK-04")
@given(st.data())
def test_no_bit_of_a_sealed_answer_can_be_changed(data):
    """An answer that is not the pump's own is none: the request ends uncertain, never OK and never refused."""
    device = keyed_pump()
    client = Client(device, device)
    client.open_session("CLINICIAN", CLINICIAN)
    place, bit = data.draw(st.integers(0, 21)), data.draw(st.integers(0, 7))

    def forge(answer):
        decoder, payload = content_of(answer)
        content = bytearray(payload)
        content[place] ^= 1 << bit
        return frame.encode(decoder.type, decoder.sequence, bytes(content), decoder.version)

    device.wire.to_host = forge
    with pytest.raises(Uncertain):
        client.clinician_bolus(5_000, 60)
    device.wire.to_host = bytes
    assert device.pump.asked == [("clinician_bolus", 5_000, 60)]
    resolved = client.resolve_uncertain()
    assert resolved is not None and resolved.was_taken


@pytest.mark.requirement("LNK-04")
def test_an_answer_of_an_earlier_request_answers_no_later_one(device, client):
    client.open_session("CLINICIAN", CLINICIAN)
    answers = []
    device.wire.to_host = lambda data: answers.append(data) or data
    client.stop()
    stop = answers[-1]

    def the_old_one(data):
        decoder, _ = content_of(data)
        old, payload = content_of(stop)
        return frame.encode(old.type, decoder.sequence, payload)

    device.wire.to_host = the_old_one
    device.pump.reason = ids.WRONG_MODE
    with pytest.raises(Uncertain):
        client.start()


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize("reason", ["REPLAYED", "SESSION_EXPIRED", "NOT_ALLOWED", "BAD_KEY"])
def test_a_forged_refusal_makes_no_second_bolus(device, client, reason):
    """The pump's own answer behind it counts; where that is kept from the host, the bolus is uncertain."""
    client.open_session("CLINICIAN", CLINICIAN)

    def forged(data):
        decoder, _ = content_of(data)
        return frame.encode(ids.MSG_ANSWER, decoder.sequence, bytes([ids.MSG_SEALED, ids.REASON_NAMES.index(reason)]))

    device.wire.to_host = lambda data: forged(data) + data
    client.clinician_bolus(1_000, 60)
    device.wire.to_host = forged
    with pytest.raises(Uncertain):
        client.clinician_bolus(2_000, 60)
    device.wire.to_host = bytes
    assert client.resolve_uncertain().was_taken
    assert device.pump.asked == [("clinician_bolus", 1_000, 60), ("clinician_bolus", 2_000, 60)]


@pytest.mark.requirement("LNK-02")
def test_a_sealed_bolus_over_a_restart_is_uncertain_and_the_pump_cannot_say(device, client):
    client.open_session("CLINICIAN", CLINICIAN)

    def lose_and_restart(data):
        device.wire.to_host = bytes
        device.restart()
        return b""

    device.wire.to_host = lose_and_restart
    with pytest.raises(Uncertain):
        client.clinician_bolus(1_000, 60)
    assert client.resolve_uncertain().was_taken is None
    client.open_session("CLINICIAN", CLINICIAN)
    assert client.resolve_uncertain().was_taken is None
    with pytest.raises(Uncertain):
        client.clinician_bolus(1_000, 60)
    assert device.pump.asked == [("clinician_bolus", 1_000, 60)]


@pytest.mark.requirement("LNK-04")
def test_what_everybody_may_ask_goes_on_after_a_restart_has_ended_the_session(device, client):
    client.open_session("CLINICIAN", CLINICIAN)
    device.restart()
    assert client.status().mode == "BOOT"
    with pytest.raises(Refused, match="NOT_ALLOWED"):
        client.stop()


@pytest.mark.requirement("LNK-04")
@pytest.mark.parametrize(("counter", "reason"), [(MOST, "OK"), (MOST + 1, "REPLAYED"), (2**32 - 1, "REPLAYED")])
def test_a_counter_beyond_the_catalogue_is_refused(device, client, counter, reason):
    client.open_session("CLINICIAN", CLINICIAN)
    session = client._session
    sequence = client.hello().next_sequence
    header = bytes([ids.PROTOCOL_MAJOR, ids.MSG_SEALED]) + sequence.to_bytes(2, "little")
    inner, number = bytes([ids.MSG_STOP]), counter.to_bytes(4, "little")
    tag = hmac.digest(session._session_key, header + number + inner, "sha256")[:16]
    (answer,) = device.feed(frame.encode(ids.MSG_SEALED, sequence, number + tag + inner))
    assert ids.REASON_NAMES[content_of(answer)[1][1]] == reason
    assert device.pump.asked == [("stop",)][: reason == "OK"]
