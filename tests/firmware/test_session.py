"""Who may do what: challenge, seal, roles, lock, time-out; and keys that survive a cut."""

from __future__ import annotations

import hmac as host_hmac
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.errors import BenchBroken, Refused
from hil.pump.client import Client
from protocols import frame, ids
from tests.firmware.pump_on_a_wire import PumpOnAWire, hmac_sha256, keys

PATIENT, CLINICIAN, SERVICE = (bytes([number]) * 32 for number in (1, 2, 3))


@pytest.fixture
def device(tmp_path):
    device = PumpOnAWire()
    device.key_path = str(tmp_path / "keys.bin")
    keys.provision(PATIENT, CLINICIAN, SERVICE, device.key_path, str(tmp_path / "keys.new"))
    device.restart()
    return device


@pytest.fixture
def client(device):
    return Client(device, device)


def refused(reason):
    return pytest.raises(Refused, match=f": {reason}$")


@given(st.binary(max_size=64), st.binary(max_size=300))
def test_hmac_is_that_of_rfc_2104(key, message):
    assert hmac_sha256.hmac_sha256(key, message) == host_hmac.digest(key, message, "sha256")


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_equality_is_equality(one, other):
    assert hmac_sha256.is_equal(one, other) == (one == other)
    assert hmac_sha256.is_equal(one, bytes(one))


@pytest.mark.requirement("LNK-05")
def test_a_board_without_keys_says_so_and_takes_every_role():
    device = PumpOnAWire()
    client = Client(device, device)
    assert client.hello().capabilities == ("LOG",)
    client.start()
    client.leave_to_repl()
    assert device.pump.asked == [("start",), ("leave_to_repl",)]
    with refused("BAD_KEY"):
        client.open_session("CLINICIAN", CLINICIAN)


@pytest.mark.requirement("LNK-04")
def test_without_a_session_a_keyed_board_can_only_be_read(device, client):
    assert client.hello().capabilities == ("SESSION", "LOG")
    assert client.status().mode == "BOOT"
    for ask in (client.start, client.patient_bolus, client.silence, client.leave_to_repl):
        with refused("NOT_ALLOWED"):
            ask()
    assert device.pump.asked == []
    assert [reason for _, reason in device.pump.done] == [ids.NOT_ALLOWED] * 4


@pytest.mark.requirement("LNK-04")
@pytest.mark.parametrize(
    ("role", "key", "allowed"),
    [("PATIENT", PATIENT, 1), ("CLINICIAN", CLINICIAN, 2), ("SERVICE", SERVICE, 3)],
    ids=["patient", "clinician", "service"],
)
def test_a_role_may_do_what_the_roles_below_it_may(device, client, role, key, allowed):
    client.open_session(role, key)
    asks = [client.patient_bolus, client.start, client.leave_to_repl]
    for ask in asks[:allowed]:
        ask()
    for ask in asks[allowed:]:
        with refused("NOT_ALLOWED"):
            ask()
    assert device.pump.asked == [("patient_bolus",), ("start",), ("leave_to_repl",)][:allowed]


@pytest.mark.requirement("LNK-04")
def test_values_pass_through_the_seal(device, client):
    client.open_session("CLINICIAN", CLINICIAN)
    client.clinician_bolus(12_345, 600)
    client.stage_day(127, [(60 * hour, 20_000 + hour) for hour in range(24)])
    assert client.status().last_type == "PROGRAMME_DAY"
    assert device.pump.asked[0] == ("clinician_bolus", 12_345, 600)
    assert device.pump.asked[1][:3] == ("programme_day", 127, 24)


@pytest.mark.requirement("LNK-04")
def test_the_key_of_another_role_is_a_bad_key(device, client):
    with refused("BAD_KEY"):
        client.open_session("CLINICIAN", PATIENT)
    with refused("NOT_ALLOWED"):
        client.start()


@pytest.mark.requirement("LNK-04")
def test_five_failures_lock_that_role_for_60_s_and_no_other(device, client):
    for _ in range(5):
        with refused("BAD_KEY"):
            client.open_session("CLINICIAN", b"wrong" * 6)
    with refused("LOCKOUT"):
        client.open_session("CLINICIAN", PATIENT)
    client.open_session("PATIENT", PATIENT)
    client.patient_bolus()
    device.advance_s(59.5)
    client.open_session("CLINICIAN", CLINICIAN)
    with refused("LOCKOUT"):
        client.start()
    device.advance_s(1)
    client.open_session("CLINICIAN", CLINICIAN)
    client.start()


@pytest.mark.requirement("LNK-04")
def test_while_a_role_is_locked_its_session_goes_on_and_a_good_proof_may_stop(device, client):
    """Nobody without a proof stops a therapy, nobody with one is kept from stopping it."""
    client.open_session("CLINICIAN", CLINICIAN)
    stranger = Client(device, device)
    for _ in range(20):
        with pytest.raises(Refused, match="BAD_KEY|LOCKOUT"):
            stranger.open_session("CLINICIAN", b"wrong" * 6)
    client.status()  # the stranger has used up numbers
    client.clinician_bolus(1_000, 60)
    other = Client(device, device)
    other.open_session("CLINICIAN", CLINICIAN)
    for ask in (other.start, other.patient_bolus, other.bolus_cancel):
        with refused("LOCKOUT"):
            ask()
    other.stop()
    assert [name for name, *_ in device.pump.asked] == ["clinician_bolus", "stop"]


@pytest.mark.requirement("LNK-04")
def test_proofs_that_open_a_session_stop_alone_fail_or_lock_are_logged(device, client):
    client.open_session("PATIENT", PATIENT)
    for _ in range(6):
        with pytest.raises(Refused):
            client.open_session("CLINICIAN", SERVICE)
    client.open_session("CLINICIAN", CLINICIAN)
    assert device.pump.proofs == [
        (ids.PATIENT, ids.SESSION_OPENED),
        *[(ids.CLINICIAN, ids.SESSION_PROOF_FAILED)] * 4,
        (ids.CLINICIAN, ids.SESSION_LOCKED),
        (ids.CLINICIAN, ids.SESSION_OPENED_FOR_STOP),
    ]


@pytest.mark.requirement("INT-06")
def test_the_log_names_the_role_that_asked(device, client):
    with refused("NOT_ALLOWED"):
        client.start()
    for role, key in (("PATIENT", PATIENT), ("CLINICIAN", CLINICIAN)):
        client.open_session(role, key)
        client.patient_bolus()
    assert device.pump.asked_as == [ids.OBSERVER, ids.PATIENT, ids.CLINICIAN]


@pytest.mark.requirement("LNK-04")
def test_a_good_proof_forgets_the_failures_before_it(device, client):
    for _ in range(3):
        for _ in range(4):
            with refused("BAD_KEY"):
                client.open_session("CLINICIAN", b"wrong" * 6)
        client.open_session("CLINICIAN", CLINICIAN)


@pytest.mark.requirement("LNK-04")
def test_three_minutes_without_a_sealed_request_end_the_session(device, client):
    client.open_session("CLINICIAN", CLINICIAN)
    device.advance_s(179)
    client.start()
    device.advance_s(179)
    client.stop()
    device.advance_s(181)
    with refused("SESSION_EXPIRED"):
        client.start()
    assert device.pump.asked == [("start",), ("stop",)]


class Recording:
    """The line to the pump, with a memory."""

    def __init__(self, device):
        self.frames = []
        device.wire.to_pump = self

    def __call__(self, data):
        self.frames.append(data)
        return data


def renumbered(data, sequence):
    """The same frame with another sequence number and a right CRC."""
    decoder = frame.FrameDecoder()
    for byte in data:
        decoder.feed_byte(byte)
    payload = bytes(decoder.buffer[4 : 4 + decoder.payload_length])
    return frame.encode(decoder.type, sequence, payload, decoder.version)


def reason_in(written):
    decoder = frame.FrameDecoder()
    for byte in written[-1]:
        decoder.feed_byte(byte)
    return ids.REASON_NAMES[decoder.buffer[5]]


@pytest.mark.requirement("LNK-04")
def test_a_recorded_bolus_is_not_given_again(device, client):
    client.open_session("PATIENT", PATIENT)
    line = Recording(device)
    client.patient_bolus()
    (bolus,) = line.frames
    client.status()
    assert reason_in(device.feed(bolus)) == "REPLAYED"
    next_sequence = client.hello().next_sequence
    assert reason_in(device.feed(renumbered(bolus, next_sequence))) == "BAD_KEY"
    client.open_session("PATIENT", PATIENT)
    next_sequence = client.hello().next_sequence
    assert reason_in(device.feed(renumbered(bolus, next_sequence))) == "BAD_KEY"
    assert device.pump.asked == [("patient_bolus",)]


@pytest.mark.requirement("LNK-04")
def test_a_sealed_frame_is_not_taken_again_when_its_number_comes_round(device, client):
    client.open_session("PATIENT", PATIENT)
    line = Recording(device)
    client.patient_bolus()
    (bolus,) = line.frames
    used = client._exchange.next_sequence - 1
    for step in range(1, 65_536, 255):
        device.feed(frame.encode(ids.MSG_STATUS, (used + step) & 0xFFFF))
    assert reason_in(device.feed(bolus)) == "REPLAYED"
    assert device.pump.asked == [("patient_bolus",)]


@pytest.mark.requirement("LNK-04")
def test_a_recorded_proof_opens_nothing(device, client):
    line = Recording(device)
    client.open_session("CLINICIAN", CLINICIAN, bytes(16))
    begin, prove = line.frames[-2:]
    device.restart()
    sequence = client.hello().next_sequence
    assert reason_in(device.feed(renumbered(begin, sequence))) == "OK"
    assert reason_in(device.feed(renumbered(prove, sequence + 1))) == "BAD_KEY"
    client.open_session("CLINICIAN", CLINICIAN)
    sequence = client.hello().next_sequence
    assert reason_in(device.feed(renumbered(prove, sequence))) == "REPLAYED"


@pytest.mark.requirement("LNK-04")
@pytest.mark.parametrize("role", [ids.PATIENT, ids.CLINICIAN, ids.SERVICE])
def test_what_a_stranger_asks_for_spoils_no_proof_that_is_under_way(device, client, monkeypatch, role):
    request = client.request

    def behind_a_stranger(name, **fields):
        if name == "SESSION_PROVE":
            number = client._exchange.next_sequence
            for later in range(3):
                begin = frame.encode(ids.MSG_SESSION_BEGIN, number + later, bytes([role]) + bytes(16))
                assert reason_in(device.feed(begin)) == "OK"
            guess = frame.encode(ids.MSG_SESSION_PROVE, number + 3, bytes(16))
            assert reason_in(device.feed(guess)) == "BAD_KEY"
        return request(name, **fields)

    monkeypatch.setattr(client, "request", behind_a_stranger)
    client.open_session("CLINICIAN", CLINICIAN)
    client.start()
    assert device.pump.asked == [("start",)]


@pytest.mark.requirement("LNK-04")
def test_a_guess_counts_for_each_role_that_was_asked_for(device, client):
    def begin(role):
        client.request("SESSION_BEGIN", role=role, host_nonce=bytes(16))

    for _ in range(5):
        begin(ids.SERVICE)
        begin(ids.PATIENT)
        with refused("BAD_KEY"):
            client.request("SESSION_PROVE", proof=bytes(16))
    with refused("LOCKOUT"):
        client.request("SESSION_PROVE", proof=bytes(16))
    begin(ids.CLINICIAN)
    with refused("BAD_KEY"):
        client.request("SESSION_PROVE", proof=bytes(16))


@pytest.mark.requirement("LNK-04")
@given(st.data())
def test_no_bit_of_a_sealed_bolus_can_be_changed(data):
    device = PumpOnAWire()
    client = Client(device, device)
    stored = keys.Keys()
    stored.is_keyless = False
    stored._stored = PATIENT + CLINICIAN + SERVICE
    device.session._keys = stored
    client.open_session("CLINICIAN", CLINICIAN)
    line = Recording(device)
    device.is_dead = True
    with pytest.raises(Exception, match="GIVE_CLINICIAN_BOLUS"):
        client.clinician_bolus(5_000, 60)
    device.wire.pump_input.clear()
    device.is_dead = False
    decoder = frame.FrameDecoder()
    for byte in line.frames[0]:
        decoder.feed_byte(byte)
    content = bytearray(decoder.buffer[4 : 4 + decoder.payload_length])
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= 1 << data.draw(st.integers(0, 7))
    forged = frame.encode(decoder.type, decoder.sequence, bytes(content), decoder.version)
    assert reason_in(device.feed(forged)) == "BAD_KEY"
    assert device.pump.asked == []


def test_a_lost_answer_to_a_sealed_bolus_does_not_repeat_it(device, client):
    client.open_session("PATIENT", PATIENT)
    lost = []
    device.wire.to_host = lambda data: b"" if len(lost) < 2 and not lost.append(data) else data
    client.patient_bolus()
    assert device.pump.asked == [("patient_bolus",)]


def test_a_pump_that_takes_any_key_is_not_trusted(device, client, monkeypatch):
    monkeypatch.setattr(device.session, "prove", lambda proof, now_ms: ids.OK)
    monkeypatch.setattr(device.session, "pump_proof", lambda: bytes(16))
    with pytest.raises(BenchBroken, match="accepts any key"):
        client.open_session("CLINICIAN", CLINICIAN)


@pytest.mark.requirement("LNK-05")
def test_a_damaged_key_file_opens_no_role_and_is_not_keyless(device, client):
    with open(device.key_path, "r+b") as file:
        file.seek(40)
        file.write(b"\x00")
    device.restart()
    with refused("BAD_KEY"):
        client.open_session("CLINICIAN", CLINICIAN)
    with refused("NOT_ALLOWED"):
        client.start()


@pytest.mark.requirement("LNK-05")
def test_a_role_without_a_key_stays_closed(tmp_path, device, client):
    keys.provision(PATIENT, CLINICIAN, bytes(32), device.key_path, str(tmp_path / "keys.new"))
    device.restart()
    with refused("BAD_KEY"):
        client.open_session("SERVICE", bytes(32))


@pytest.mark.requirement("LNK-05")
@pytest.mark.parametrize("cut_after", [0, 1, 50, 99, 100], ids=lambda count: f"{count} bytes written")
def test_an_interrupted_provisioning_leaves_the_old_set_whole(tmp_path, device, client, monkeypatch, cut_after):
    new_path = str(tmp_path / "keys.new")

    def cut(source, target):
        os.truncate(source, cut_after)
        raise OSError("power")

    monkeypatch.setattr(keys.os, "rename", cut)
    with pytest.raises(OSError, match="power"):
        keys.provision(SERVICE, PATIENT, CLINICIAN, device.key_path, new_path)
    device.restart()
    client.open_session("CLINICIAN", CLINICIAN)


def test_a_key_of_another_length_is_not_stored(tmp_path):
    with pytest.raises(ValueError, match="32 bytes"):
        keys.provision(PATIENT[:31], CLINICIAN, SERVICE + b"x", str(tmp_path / "k"), str(tmp_path / "n"))
    assert list(tmp_path.iterdir()) == []
