"""The host's side of the line, against the real commands.py: accepted, refused or uncertain, never twice."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.errors import BenchBroken, LinkTimeout, OtherVersion, PumpbenchError, Refused, Uncertain
from hil.pump.client import Client
from hil.pump.readings import Segment
from hil.pump.requests import TypedRequests
from protocols import ids
from tests.firmware.pump_on_a_wire import DEVICE_ID, PumpOnAWire


@pytest.fixture
def device():
    return PumpOnAWire()


@pytest.fixture
def client(device):
    client = Client(device, device)
    client.hello()
    return client


class Dropping:
    """A direction of the line that loses the next `count` writes, or all while `count` is negative."""

    def __init__(self, count=-1):
        self.count = count

    def __call__(self, data):
        if self.count == 0:
            return data
        self.count -= 1
        return b""


def test_hello_shows_who_answers(device):
    with Client(device, device) as client:
        assert client.pump is not None
        assert client.pump.device_id == DEVICE_ID
        assert client.pump.capabilities == ("LOG",)
        assert client.pump.boots == device.pump.snapshot.boots


def test_the_first_request_says_hello_by_itself(device):
    Client(device, device).start()
    assert device.pump.asked == [("start",)]


def test_status_comes_in_words(device, client):
    snapshot = device.pump.snapshot
    snapshot.mode = ids.RUNNING
    snapshot.flags = ids.FLAG_CLOCK_SET | ids.FLAG_KEYLESS
    snapshot.top_alarm = ids.ALARM_MOTOR_STALL
    snapshot.bolus_kind = ids.PATIENT_BOLUS
    snapshot.reset_cause = ids.RESET_WATCHDOG
    snapshot.reservoir_nl = 17_999_700
    status = client.status()
    assert (status.mode, status.bolus_kind, status.top_alarm) == ("RUNNING", "PATIENT", "MOTOR_STALL")
    assert status.flags == ("CLOCK_SET", "KEYLESS")
    assert (status.reset_cause, status.reservoir_nl) == ("WATCHDOG", 17_999_700)


def test_a_number_without_a_word_is_shown_not_hidden(device, client):
    device.pump.snapshot.mode = 77
    assert client.status().mode == "?77"


@pytest.mark.requirement("LNK-02")
def test_a_refusal_names_its_reason(device, client):
    device.pump.reason = ids.LOCKOUT
    with pytest.raises(Refused, match="GIVE_PATIENT_BOLUS refused by the pump: LOCKOUT") as caught:
        client.patient_bolus()
    assert caught.value.reason == "LOCKOUT"
    assert client.exchange("GIVE_PATIENT_BOLUS") == ("LOCKOUT", {})


def test_a_programme_is_staged_and_read_back(device, client):
    client.stage_day(0b1100000, [(0, 20_000), (720, 25_000)])
    assert client.programme_day(6, staged=True) == [Segment(0, 20_000), Segment(720, 25_000)]
    assert client.programme_day(6) == []


def test_a_drug_record_is_staged(device, client):
    client.stage_drug("baclofen", 2000, hard_rate_nl_per_h=100_000)
    assert device.pump.asked == [("stage_drug", b"baclofen".ljust(16, b"\0"), 2000, 100_000, 0, 0, 0, 0)]
    with pytest.raises(ValueError, match="at most 16 fit"):
        client.stage_drug("a name that is too long", 1)


def test_a_prescription_is_read_with_its_name_as_text(device, client):
    device.pump.committed.drug_name = "µ-drug".encode().ljust(16, b"\0")
    device.pump.committed.dose_limit_nl = 900_000
    found = client.prescription()
    assert (found["drug_name"], found["dose_limit_nl"]) == ("µ-drug", 900_000)


def test_alarms_come_in_words_in_the_pumps_order(device, client):
    device.pump.alarm_items = bytes([2, 3, 3, 1, 0, 0, 0, 17, 1, 1, 2, 0, 0, 0])
    first, second = client.alarms()
    assert (first.name, first.priority, first.state, first.raised_at_s) == (
        "MOTOR_STALL",
        "HIGH",
        ("CAUSE", "LATCHED"),
        1,
    )
    assert (second.name, second.priority, second.state) == ("LOW_RESERVOIR", "LOW", ("CAUSE",))


def test_an_alarm_is_acknowledged_by_name(device, client):
    client.acknowledge("CATHETER_OCCLUSION")
    assert device.pump.asked == [("acknowledge", ids.ALARM_CATHETER_OCCLUSION)]


@pytest.mark.requirement("INT-06")
@pytest.mark.parametrize(("count", "expected"), [(None, 25), (12, 12), (100, 25), (0, 0)])
def test_the_log_is_read_in_portions(device, client, count, expected):
    device.pump.log_entries = [(0, n, ids.LOG_MODE, ids.RUNNING, ids.STANDBY) for n in range(25)]
    entries = list(client.log(0, count))
    assert [entry.log_seq for entry in entries] == list(range(expected))
    assert all(entry.text == "MODE RUNNING STANDBY" for entry in entries)


def test_events_arrive_between_answers_with_the_hosts_time(device):
    heard = []
    client = Client(device, device, on_event=heard.append)
    client.hello()
    device.now_ns = 5_000_000_000
    device.commands.push_event(1, 100, 50, ids.LOG_ALARM, ids.ALARM_MOTOR_STALL, ids.ALARM_RAISED)
    client.status()
    (event,) = client.events
    assert heard == [event]
    assert (event.alarm, event.alarm_event, event.host_s) == ("MOTOR_STALL", "RAISED", 5.0)
    assert event.text == "ALARM MOTOR_STALL RAISED"


def test_events_are_taken_in_without_a_request(device, client):
    device.commands.push_event(1, 0, 0, ids.LOG_LINK_LOST, 0, 0)
    client.poll()
    assert [event.code for event in client.events] == ["LINK_LOST"]
    device.commands.push_event(2, 0, 0, ids.LOG_MODE, 1, 0)
    assert [event.log_seq for event in client.listen(0.2)] == [2]
    assert device.now_s() >= 0.2


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize("losses", [1, 2, 3])
@pytest.mark.parametrize("direction", ["to_pump", "to_host"])
def test_a_bolus_survives_losses_and_is_given_once(device, client, losses, direction):
    setattr(device.wire, direction, Dropping(losses))
    client.clinician_bolus(5000, 60)
    assert device.pump.asked == [("clinician_bolus", 5000, 60)]


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize("was_taken", [True, False], ids=["answers lost", "requests lost"])
def test_an_uncertain_bolus_is_resolved_by_status_before_another_is_sent(device, client, was_taken):
    direction = "to_host" if was_taken else "to_pump"
    setattr(device.wire, direction, Dropping())
    with pytest.raises(Uncertain, match="GIVE_PATIENT_BOLUS"):
        client.patient_bolus()
    setattr(device.wire, direction, bytes)
    with pytest.raises(Uncertain, match="GIVE_PATIENT_BOLUS"):
        client.clinician_bolus(1000, 0)
    client.stop()
    device.pump.asked.remove(("stop",))
    assert device.pump.asked == ([("patient_bolus",)] if was_taken else [])


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize(("reason", "was_taken"), [(ids.OK, True), (ids.LOCKOUT, False)], ids=["accepted", "refused"])
def test_resolution_tells_what_the_pump_said(device, client, reason, was_taken):
    device.pump.reason = reason
    device.wire.to_host = Dropping()
    with pytest.raises(Uncertain):
        client.patient_bolus()
    device.wire.to_host = bytes
    resolution = client.resolve_uncertain()
    assert (resolution.was_taken, resolution.reason) == (was_taken, ids.REASON_NAMES[reason])
    device.pump.reason = ids.OK
    client.patient_bolus()
    assert client.resolve_uncertain() is None


def test_a_late_answer_to_an_earlier_request_is_not_taken_for_this_one(device, client):
    device.pump.reason = ids.LOCKOUT
    with pytest.raises(Refused):
        client.patient_bolus()
    late = device.wire.written[-1]
    device.pump.reason = ids.OK
    device.wire.host_input += late
    device.wire.to_pump = Dropping(1)  # nothing but the late answer is there to be read at first
    client.patient_bolus()
    assert device.pump.asked == [("patient_bolus",), ("patient_bolus",)]


def test_a_bolus_that_never_arrived_is_known_not_to_have_been_taken(device, client):
    client.start()
    device.wire.to_pump = Dropping()
    with pytest.raises(Uncertain):
        client.patient_bolus()
    device.wire.to_pump = bytes
    assert client.resolve_uncertain().was_taken is False


def test_a_late_copy_of_a_bolus_resolved_as_not_taken_is_not_given(device, client):
    held = []
    device.wire.to_pump = lambda data: held.append(data) or b""
    with pytest.raises(Uncertain):
        client.patient_bolus()
    device.wire.to_pump = bytes
    assert client.resolve_uncertain().was_taken is False
    device.feed(held[-1])
    assert device.pump.asked == []


def test_after_a_restart_the_pump_cannot_say_and_boluses_stay_blocked(device, client):
    device.wire.to_host = Dropping()
    with pytest.raises(Uncertain):
        client.patient_bolus()
    device.restart()
    device.wire.to_host = bytes
    assert client.resolve_uncertain().was_taken is None
    with pytest.raises(Uncertain):
        client.patient_bolus()
    client.forget_uncertain()
    client.patient_bolus()
    assert device.pump.asked == [("patient_bolus",), ("patient_bolus",)]


def test_a_restart_between_requests_goes_unnoticed(device, client):
    client.start()
    device.restart()
    client.stop()
    assert device.pump.asked == [("start",), ("stop",)]


@pytest.mark.requirement("LNK-02")
def test_a_bolus_that_a_restarted_pump_refuses_is_not_asked_anew_by_itself(device, client):
    client.start()
    device.restart()
    with pytest.raises(Refused, match="SESSION_EXPIRED"):
        client.patient_bolus()
    client.patient_bolus()  # a person asks again, and the host is in step
    assert device.pump.asked == [("start",), ("patient_bolus",)]


def test_a_restart_between_a_bolus_and_its_retransmission_leaves_it_uncertain(device, client):
    """The pump that took it has forgotten; sending it anew would be a second bolus."""

    def lose_and_restart(data):
        device.wire.to_host = bytes
        device.restart()
        return b""

    device.wire.to_host = lose_and_restart
    with pytest.raises(Uncertain):
        client.patient_bolus()
    assert device.pump.asked == [("patient_bolus",)]


def test_a_second_host_does_not_put_the_first_out_of_step(device, client):
    other = Client(device, device)
    other.start()
    client.stop()
    other.bolus_cancel()
    assert device.pump.asked == [("start",), ("stop",), ("bolus_cancel",)]


@pytest.mark.requirement("LNK-06")
def test_a_host_of_another_version_observes_only(device):
    client = Client(device, device, version=ids.PROTOCOL_MAJOR + 1)
    assert client.hello().major == ids.PROTOCOL_MAJOR
    assert client.status().mode == "BOOT"
    with pytest.raises(OtherVersion, match="protocol 2 and this host 3, so it can only be read"):
        client.start()
    with pytest.raises(OtherVersion, match="SESSION_BEGIN"):
        client.open_session("CLINICIAN", bytes(32))


def test_a_dead_pump_times_out_by_the_clients_clock(device, client):
    device.is_dead = True
    before_s = device.now_s()
    with pytest.raises(LinkTimeout, match="seen none after 3 retransmissions") as caught:
        client.status()
    assert isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value, PumpbenchError)
    assert device.now_s() - before_s == pytest.approx(2.0, abs=0.25)
    device.is_dead = False
    device.run()
    assert client.status().mode == "BOOT"


def test_a_stream_that_does_not_wait_is_a_broken_bench(device, client, monkeypatch):
    monkeypatch.setattr(device, "read", lambda size: b"")
    with pytest.raises(BenchBroken, match="clock stands still"):
        client.status()


def test_a_stream_that_fails_is_a_broken_bench(device, client, monkeypatch):
    def fail(data):
        raise OSError("device reports readiness to read but returned no data")

    monkeypatch.setattr(device, "write", fail)
    with pytest.raises(BenchBroken, match="writing to the pump failed"):
        client.status()


def test_what_the_catalogue_does_not_know_is_not_sent(device, client):
    with pytest.raises(ValueError, match="no request FLY; there are ACKNOWLEDGE"):
        client.request("FLY")
    with pytest.raises(ValueError, match="allowed 1 to"):
        client.priming_bolus(0)
    assert device.pump.asked == []


@pytest.mark.requirement("LNK-01", "LNK-02")
@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.floats(0, 0.6))
def test_every_request_over_a_bad_line_is_done_once_or_resolved(random, damage):
    device = PumpOnAWire()
    client = Client(device, device)
    client.hello()

    def spoil(data):
        if random.random() > damage:
            return data
        position = random.randrange(len(data))
        return random.choice([b"", data[:position], data * 2, data[:position] + b"\x07" + data[position + 1 :]])

    given_nl = []
    for volume_nl in range(1, 8):
        device.wire.to_pump = device.wire.to_host = spoil
        try:
            client.priming_bolus(volume_nl)
            given_nl.append(volume_nl)
        except Uncertain:
            device.wire.to_pump = device.wire.to_host = bytes
            resolution = client.resolve_uncertain()
            assert resolution is not None and resolution.was_taken is not None
            given_nl += [volume_nl] * resolution.was_taken
    assert [values[0] for name, *values in device.pump.asked] == given_nl


def test_a_request_takes_less_than_a_millisecond_of_the_processor(device, client):
    spent_s = []
    for _ in range(101):
        start_s = time.process_time()
        client.stop()
        spent_s.append(time.process_time() - start_s)
    assert sorted(spent_s)[50] < 1e-3


def entry(number: int) -> dict[str, int]:
    return {"log_seq": number, "epoch_s": 5, "run_s": 5, "code": 3, "a": 2, "b": 1}


class LyingLog(TypedRequests):
    """Answers log requests as it likes."""

    def __init__(self, *numbers: int, log_seq: int = 10) -> None:
        self.numbers = numbers
        self.log_seq = log_seq
        self.asked = 0

    def request(self, name, **fields):
        self.asked += 1
        assert self.asked < 2_000, "it is asked for ever"
        return {"items": [entry(number) for number in self.numbers]}

    def status(self):
        return SimpleNamespace(log_seq=self.log_seq)


@pytest.mark.parametrize("read", ["log", "faults"])
def test_a_log_that_repeats_itself_is_not_read_for_ever(read):
    with pytest.raises(BenchBroken, match="goes back"):
        list(getattr(LyingLog(*range(10)), read)())


def test_a_log_that_is_said_to_be_endless_and_has_nothing_is_given_up():
    with pytest.raises(BenchBroken, match="has nothing"):
        list(LyingLog(log_seq=2**30 - 1).log())


def test_the_last_number_that_a_log_can_have_ends_it():
    assert [event.log_seq for event in LyingLog(2**30 - 1).log()] == [2**30 - 1]
    assert [event.log_seq for event in LyingLog(2**30 - 1).faults()] == [2**30 - 1]
