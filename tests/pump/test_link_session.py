"""A keyed pump on the sim target: who may what, what a recording is worth, and one bolus given once."""

from __future__ import annotations

import zlib

import pytest

from hil.errors import OtherVersion, Refused, Uncertain
from hil.pump.client import Client
from protocols import frame, ids

# What the firmware doses is judged on a bench that is ideal on purpose.
pytestmark = pytest.mark.ideal_bench

PATIENT, CLINICIAN, SERVICE = (bytes([number]) * 32 for number in (1, 2, 3))
BOLUS_NL = 20_000
RATE_NL_PER_H = 20_000


def key_file(patient=PATIENT, clinician=CLINICIAN, service=SERVICE):
    stored = patient + clinician + service
    return stored + zlib.crc32(stored).to_bytes(4, "little")


@pytest.fixture
def keyed(pump):
    """A pump that was commissioned, keyed, and is on again and running."""
    rig = pump(RATE_NL_PER_H)
    rig.run_until(60.0)
    rig.target.power.off()
    rig.world.flash.write_file("/keys.bin", key_file())
    rig.target.power.on()
    rig.reconnect()
    assert "KEYLESS" not in rig.status.flags and rig.status.mode == "RUNNING"
    return rig


def refused(reason):
    return pytest.raises(Refused, match=f": {reason}$")


def bolus(rig):
    rig.client.clinician_bolus(BOLUS_NL, 60)


def given_nl(rig, since_s):
    """Truth beyond basal since a time, when all that was asked for has come."""
    rig.run_for(600.0)
    return rig.delivered_nl(since_s) - RATE_NL_PER_H * (rig.now_s - since_s) / 3600


class Tap:
    """Keeps what passes the cable to the pump, and loses answers on demand."""

    def __init__(self, rig):
        self.sent = []
        self.answers_to_lose = 0
        rig.world.cable.insert(self._to_device, self._to_host)

    def _to_device(self, data):
        self.sent.append(data)
        return data

    def _to_host(self, data):
        if self.answers_to_lose and data[2:4].count(ids.MSG_ANSWER):
            self.answers_to_lose -= 1
            return b""
        return data


@pytest.mark.requirement("LNK-05")
def test_a_pump_without_keys_says_so_and_one_with_keys_does_not(pump, keyed):
    assert "KEYLESS" in pump(is_commissioned=False).status.flags
    assert keyed.client.hello().capabilities == ("SESSION", "LOG")


@pytest.mark.requirement("LNK-04")
def test_a_role_too_low_moves_nothing(keyed):
    since_s = keyed.now_s
    with refused("NOT_ALLOWED"):
        bolus(keyed)
    keyed.client.open_session("PATIENT", PATIENT)
    for ask in (lambda: bolus(keyed), keyed.client.stop, lambda: keyed.client.set_clock(1)):
        with refused("NOT_ALLOWED"):
            ask()
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    with refused("NOT_ALLOWED"):
        keyed.client.leave_to_repl()
    assert given_nl(keyed, since_s) == pytest.approx(0.0, abs=500)
    assert keyed.status.mode == "RUNNING"


@pytest.mark.requirement("LNK-04", "THR-19")
def test_a_patient_ends_no_bridge(keyed):
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    keyed.client.bridge_bolus(200_000, RATE_NL_PER_H)
    keyed.client.open_session("PATIENT", PATIENT)
    with refused("NOT_ALLOWED"):
        keyed.client.bolus_cancel()
    assert keyed.status.bolus_kind == "BRIDGE"
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    keyed.client.bolus_cancel()
    assert keyed.status.bolus_kind == "NONE"


@pytest.mark.requirement("LNK-04")
def test_a_wrong_key_is_refused_and_five_lock_the_role_for_a_minute(keyed):
    for _ in range(5):
        with refused("BAD_KEY"):
            keyed.client.open_session("CLINICIAN", SERVICE)
    with refused("LOCKOUT"):
        keyed.client.open_session("CLINICIAN", SERVICE)
    keyed.run_for(61.0)
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    keyed.client.stop()


@pytest.mark.requirement("LNK-04")
def test_a_session_ends_after_three_minutes_without_traffic(keyed):
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    keyed.run_for(170.0)
    with pytest.raises(Refused):
        keyed.client.silence()  # nothing sounds; the request still counts as traffic
    keyed.run_for(170.0)
    bolus(keyed)
    keyed.run_for(181.0)
    with refused("SESSION_EXPIRED"):
        bolus(keyed)
    assert keyed.status.mode == "RUNNING"  # everybody may look
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    bolus(keyed)


@pytest.mark.requirement("LNK-04")
def test_a_recorded_session_with_its_bolus_gives_nothing_when_it_is_played_back(keyed):
    tap = Tap(keyed)
    since_s = keyed.now_s
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    bolus(keyed)
    recording, tap.sent = tap.sent, []
    for _ in range(3):
        for data in recording:
            keyed.target.serial.write(data)
            keyed.run_for(0.2)
    keyed.client.hello()
    assert keyed.status.frames_repeated >= 2 * len(recording)
    assert given_nl(keyed, since_s) == pytest.approx(BOLUS_NL, rel=0.05)


@pytest.mark.requirement("LNK-04")
def test_a_recording_gives_nothing_after_a_restart_either(keyed):
    tap = Tap(keyed)
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    bolus(keyed)
    recording = tap.sent[:]
    keyed.run_for(600.0)
    keyed.cycle_power()
    since_s = keyed.now_s
    for data in recording:
        keyed.target.serial.write(data)
        keyed.run_for(0.2)
    assert given_nl(keyed, since_s) == pytest.approx(0.0, abs=600)


@pytest.mark.requirement("LNK-04")
def test_a_proof_for_an_older_challenge_is_refused(keyed):
    """A stale nonce: the pump draws its own for each challenge, a proof answers one only."""
    tap = Tap(keyed)
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    begin, prove = (data for data in tap.sent if data)
    keyed.run_for(200.0)  # the session is over
    sequence = keyed.client.hello().next_sequence
    answers = []
    keyed.world.cable.on_data(lambda data, t_ns: answers.append(data))
    for old in (begin, prove):
        (found,) = [each for each in decoded(old) if each]
        keyed.target.serial.write(frame.encode(found[0], sequence, found[1]))
        sequence += 1
        keyed.run_for(0.5)
    reasons = [body[1] for kind, body in decoded(b"".join(answers)) if kind == ids.MSG_ANSWER]
    assert reasons == [ids.OK, ids.BAD_KEY]
    keyed.client.hello()
    with pytest.raises(Refused):
        keyed.client.stop()


def decoded(data):
    decoder, found = frame.FrameDecoder(), []
    for byte in data:
        if decoder.feed_byte(byte) == frame.FRAME:
            start = frame.DECODED_PAYLOAD_AT
            payload = bytes(decoder.buffer[start : start + decoder.payload_length])
            found.append((decoder.type, payload))
    return found


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize("is_keyed", [False, True], ids=["keyless", "keyed"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_bolus_whose_answers_are_lost_is_delivered_once(pump, request, is_keyed, lost):
    rig = request.getfixturevalue("keyed") if is_keyed else pump(RATE_NL_PER_H)
    if is_keyed:
        rig.client.open_session("CLINICIAN", CLINICIAN)
    rig.run_for(60.0)
    since_s = rig.now_s
    tap = Tap(rig)
    tap.answers_to_lose = lost
    bolus(rig)
    assert tap.answers_to_lose == 0
    assert given_nl(rig, since_s) == pytest.approx(BOLUS_NL, rel=0.05)
    assert len([event for event in rig.client.log() if event.code == "BOLUS_STARTED"]) == 1


@pytest.mark.requirement("LNK-02")
def test_a_bolus_whose_every_answer_is_lost_is_uncertain_then_known_and_delivered_once(pump):
    rig = pump(RATE_NL_PER_H)
    since_s = rig.now_s
    tap = Tap(rig)
    tap.answers_to_lose = 4
    with pytest.raises(Uncertain):
        bolus(rig)
    with pytest.raises(Uncertain):
        bolus(rig)
    resolution = rig.client.resolve_uncertain()
    assert resolution is not None and resolution.was_taken
    assert given_nl(rig, since_s) == pytest.approx(BOLUS_NL, rel=0.05)


@pytest.mark.requirement("LNK-06")
def test_a_host_of_another_major_version_only_observes(pump):
    rig = pump(RATE_NL_PER_H)
    stranger = Client(rig.target.serial, rig.clock, version=ids.PROTOCOL_MAJOR - 1)
    assert stranger.hello().major == ids.PROTOCOL_MAJOR
    assert stranger.status().mode == "RUNNING"
    with pytest.raises(OtherVersion, match="protocol 2 and this host 1"):
        stranger.stop()
    assert rig.status.mode == "RUNNING"


class ManInTheMiddle:
    """Without any key he turns the pump's OK to a sealed bolus into REPLAYED, then loses answers to HELLO and the first
    copies of what follows, each for less than a host's patience, so that the first bolus is over meanwhile.
    """

    def __init__(self, rig):
        self.is_armed = False
        self.has_struck = False
        self._hellos, self._boluses = 3, 3
        rig.world.cable.insert(self._to_device, self._to_host)

    def _to_device(self, data):
        if self.has_struck and self._boluses and any(kind == ids.MSG_SEALED for kind, _ in decoded(data)):
            self._boluses -= 1
            return b""
        return data

    def _to_host(self, data):
        out = b""
        for kind, sequence, body in numbered(data):
            if self.is_armed and not self.has_struck and kind == ids.MSG_ANSWER and body[0] == ids.MSG_SEALED:
                self.has_struck = True
                body = bytes([ids.MSG_SEALED, ids.REPLAYED])
            elif self.has_struck and self._hellos and kind == ids.MSG_ANSWER and body[0] == ids.MSG_HELLO:
                self._hellos -= 1
                continue
            out += frame.encode(kind, sequence, body)
        return out


def numbered(data):
    decoder, found = frame.FrameDecoder(), []
    for byte in data:
        if decoder.feed_byte(byte) == frame.FRAME:
            start = frame.DECODED_PAYLOAD_AT
            payload = bytes(decoder.buffer[start : start + decoder.payload_length])
            found.append((decoder.type, decoder.sequence, payload))
    return found


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize(("volume_nl", "duration_s"), [(1_000, 1), (20_000, 2), (40_000, 3)])
def test_a_man_in_the_middle_without_a_key_does_not_double_a_bolus(keyed, volume_nl, duration_s):
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    keyed.run_for(60.0)
    man = ManInTheMiddle(keyed)
    since_s, man.is_armed = keyed.now_s, True
    with pytest.raises(Uncertain):
        keyed.client.clinician_bolus(volume_nl, duration_s)
    assert man.has_struck
    assert keyed.client.resolve_uncertain().was_taken
    # A stroke, and 480 nL by which the rollers may make three strokes differ; two boluses are beyond it.
    assert given_nl(keyed, since_s) == pytest.approx(volume_nl, rel=0.05, abs=780)
    assert len([event for event in keyed.client.log() if event.code == "BOLUS_STARTED"]) == 1


@pytest.mark.requirement("INT-06")
def test_the_pump_s_log_tells_of_guesses_openings_and_who_asked(keyed):
    for _ in range(6):
        with pytest.raises(Refused):
            keyed.client.open_session("SERVICE", PATIENT)
    keyed.client.open_session("CLINICIAN", CLINICIAN)
    keyed.client.stop()
    keyed.run_for(1.0)
    told = [event.text for event in keyed.client.log() if event.code in ("SESSION", "COMMAND")]
    assert told[-7:] == [
        *["SESSION SERVICE PROOF_FAILED"] * 4,
        "SESSION SERVICE LOCKED",
        "SESSION CLINICIAN OPENED",
        "COMMAND STOP OK as CLINICIAN",
    ]


@pytest.mark.requirement("LNK-02")
def test_a_sealed_bolus_that_a_restarted_pump_has_forgotten_is_uncertain(keyed):
    """A host of more patience than a boot takes: the bolus was taken, its answer lost, the pump restarted."""
    patient = Client(keyed.target.serial, keyed.clock, answer_timeout_s=3.0)
    patient.open_session("CLINICIAN", CLINICIAN)
    tap = Tap(keyed)
    tap.answers_to_lose = 1
    write = keyed.target.serial.write
    sent = []

    def restart_before_the_second(data):
        sent.append(data)
        if len(sent) == 2:
            keyed.target.power.off()
            keyed.target.power.on()
        return write(data)

    keyed.target.serial.write = restart_before_the_second
    with pytest.raises(Uncertain):
        patient.clinician_bolus(BOLUS_NL, 60)
    keyed.target.serial.write = write
    resolved = patient.resolve_uncertain()
    assert resolved is not None and resolved.was_taken is None
    assert len([event for event in patient.log() if event.code == "BOLUS_STARTED"]) == 1
