"""The pump's side of the line: one answer to each good request, nothing from any other byte."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.pump.readings import REQUEST_NAMES
from protocols import codec, frame, ids, messages
from tests.firmware.pump_on_a_wire import COMMANDS, DEVICE_ID, PumpOnAWire
from tests.protocols.test_frame import outcomes

REQUESTS = {row[messages.NAME]: row for row in messages.CATALOGUE if row[messages.DIRECTION] == messages.REQUEST}


def request(name, sequence, version=ids.PROTOCOL_MAJOR, **values):
    row = REQUESTS[name]
    return frame.encode(row[messages.NUMBER], sequence, codec.pack(row, values), version)


def answers(written):
    """(request type, sequence, reason, body) of each frame that the pump wrote."""
    found = []
    for one in outcomes(b"".join(written)):
        assert one is not None and one[0] == ids.MSG_ANSWER
        found.append((one[2][0], one[1], one[2][1], one[2][2:]))
    return found


def greeted():
    """A pump that has been said HELLO to, and the next sequence number."""
    device = PumpOnAWire()
    ((_, _, reason, body),) = answers(device.feed(request("HELLO", 99, major=1, minor=0)))
    assert reason == ids.OK
    return device, codec.unpack(messages.row_of(messages.BODY, ids.MSG_HELLO), body)["next_sequence"]


def reason_of(device, data):
    ((_, _, reason, _),) = answers(device.feed(data))
    return reason


EXAMPLES = {
    "stage_drug": (
        "STAGE_DRUG",
        {
            "drug_name": b"baclofen" + bytes(8),
            "concentration_ug_per_ml": 2000,
            "hard_rate_nl_per_h": 100_000,
            "soft_rate_nl_per_h": 50_000,
            "hard_bolus_nl": 40_000,
            "soft_bolus_nl": 20_000,
            "drug_flags": 1,
        },
    ),
    "stage_patient_bolus": (
        "STAGE_PATIENT_BOLUS",
        {"patient_bolus_nl": 10_000, "patient_bolus_s": 60, "patient_lockout_s": 7200, "patient_per_day": 6},
    ),
    "stage_dose_limit": ("STAGE_DOSE_LIMIT", {"dose_limit_nl": 900_000, "dose_window_s": 86_400}),
    "clinician_bolus": ("GIVE_CLINICIAN_BOLUS", {"volume_nl": 20_000, "duration_s": 600}),
    "priming_bolus": ("GIVE_PRIMING_BOLUS", {"volume_nl": 180_000}),
    "bridge_bolus": ("GIVE_BRIDGE_BOLUS", {"volume_nl": 180_000, "rate_nl_per_h": 20_000}),
    "refill_withdrawn": ("REFILL_WITHDRAWN", {"volume_nl": 2_000_000}),
    "refill_filled": ("REFILL_FILLED", {"volume_nl": 18_000_000}),
    "acknowledge": ("ACKNOWLEDGE", {"alarm": ids.ALARM_MOTOR_STALL}),
    "set_clock": ("SET_CLOCK", {"epoch_s": 195_000_000}),
}


@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize("number, method", COMMANDS, ids=[method for _, method in COMMANDS])
def test_a_request_reaches_its_method_with_its_values(number, method):
    device, sequence = greeted()
    name, values = EXAMPLES.get(method, (REQUEST_NAMES[number], {}))
    device.pump.reason = ids.WRONG_MODE
    written = device.feed(request(name, sequence, **values))
    assert device.pump.asked == [(method, *values.values())]
    assert answers(written) == [(number, sequence, ids.WRONG_MODE, b"")]
    assert device.pump.done == [(number, ids.WRONG_MODE)]


def test_every_request_is_a_method_or_has_an_answer_body_or_is_an_envelope():
    with_body = {row[messages.NUMBER] for row in messages.CATALOGUE if row[messages.DIRECTION] == messages.BODY}
    with_method = {number for number, _ in COMMANDS} | {ids.MSG_PROGRAMME_DAY}
    assert with_body.isdisjoint(with_method)
    assert with_body | with_method | {ids.MSG_SEALED} == {row[messages.NUMBER] for row in REQUESTS.values()}


def test_a_day_of_the_programme_arrives_packed():
    device, sequence = greeted()
    items = [{"start_minute": 0, "rate_nl_per_h": 15_000}, {"start_minute": 390, "rate_nl_per_h": 30_000}]
    assert reason_of(device, request("PROGRAMME_DAY", sequence, day_mask=0b11111, items=items)) == ids.OK
    packed = bytes.fromhex("0000983a0000860130750000")
    assert device.pump.asked == [("programme_day", 0b11111, 2, packed)]


@pytest.mark.requirement("LNK-06")
def test_hello_tells_version_identity_and_where_the_numbers_stand():
    device = PumpOnAWire()
    ((_, sequence, _, body),) = answers(device.feed(request("HELLO", 500, major=1, minor=0)))
    told = codec.unpack(messages.row_of(messages.BODY, ids.MSG_HELLO), body)
    assert sequence == 500
    assert (told["major"], told["minor"]) == (ids.PROTOCOL_MAJOR, ids.PROTOCOL_MINOR)
    assert told["device_id"] == DEVICE_ID
    assert told["boots"] == device.pump.snapshot.boots
    assert told["max_payload"] == frame.MAX_PAYLOAD


@pytest.mark.requirement("LNK-06")
def test_a_host_of_another_major_version_can_only_observe():
    device, sequence = greeted()
    other = ids.PROTOCOL_MAJOR + 1
    assert reason_of(device, request("START", sequence, version=other)) == ids.NOT_ALLOWED
    assert reason_of(device, request("STATUS", sequence + 1, version=other)) == ids.OK
    assert device.pump.asked == []


def test_before_hello_the_session_is_expired():
    device = PumpOnAWire()
    assert reason_of(device, request("START", 0)) == ids.SESSION_EXPIRED
    assert device.pump.asked == []


@pytest.mark.requirement("LNK-02")
def test_a_retransmission_is_answered_again_and_not_done_again():
    device, sequence = greeted()
    bolus = request("GIVE_CLINICIAN_BOLUS", sequence, volume_nl=5000, duration_s=60)
    first = device.feed(bolus)
    device.commands.push_event(1, 2, 3, ids.LOG_BOLUS_STARTED, 1, 5000)
    device.pump.reason = ids.BOLUS_ACTIVE
    assert device.feed(bolus + bolus) == first * 2
    assert len(device.pump.asked) == 1


@pytest.mark.requirement("LNK-01")
@pytest.mark.parametrize("age", [1, 2, 255, 30_000], ids=lambda age: f"{age} behind the next")
def test_an_old_frame_is_refused_as_replayed(age):
    device, sequence = greeted()
    old = (sequence - age) & 0xFFFF
    assert reason_of(device, request("GIVE_PATIENT_BOLUS", old)) == ids.REPLAYED
    assert device.pump.asked == []


def test_a_used_number_with_other_content_is_replayed_and_keeps_the_kept_answer():
    device, sequence = greeted()
    first = device.feed(request("START", sequence))
    assert reason_of(device, request("STOP", sequence)) == ids.REPLAYED
    assert device.feed(request("START", sequence)) == first
    assert device.pump.asked == [("start",)]


@pytest.mark.requirement("LNK-01")
def test_a_recorded_conversation_cannot_be_played_back():
    device, sequence = greeted()
    recorded = request("HELLO", 99, major=1, minor=0) + request("GIVE_PATIENT_BOLUS", sequence)
    device.feed(recorded + request("STOP", sequence + 1))
    assert device.pump.asked == [("patient_bolus",), ("stop",)]
    device.feed(recorded)
    device.restart()
    device.feed(recorded)
    assert device.pump.asked == [("patient_bolus",), ("stop",)]


def test_numbers_pass_the_top_of_the_ring():
    device, sequence = greeted()
    for step in range(0, 70_000, 200):
        assert reason_of(device, request("STATUS", (sequence + step) & 0xFFFF)) == ids.OK


@pytest.mark.requirement("LNK-01")
def test_an_unknown_request_is_answered_and_counted():
    device, sequence = greeted()
    assert reason_of(device, frame.encode(127, sequence, b"abc")) == ids.UNKNOWN
    assert status_of(device, sequence)["frames_bad"] == 1


@pytest.mark.requirement("LNK-01")
def test_an_echo_of_the_pumps_own_frames_is_not_answered():
    device, sequence = greeted()
    written = device.feed(request("STATUS", sequence))
    assert device.feed(written[0]) == []


def test_a_value_out_of_range_never_reaches_the_pump():
    device, sequence = greeted()
    payload = (5000).to_bytes(4, "little") + (6 * 3600 + 1).to_bytes(4, "little")
    assert reason_of(device, frame.encode(ids.MSG_GIVE_CLINICIAN_BOLUS, sequence, payload)) == ids.OUT_OF_RANGE
    assert device.pump.asked == []
    assert device.pump.done == [(ids.MSG_GIVE_CLINICIAN_BOLUS, ids.OUT_OF_RANGE)]


@pytest.mark.requirement("LNK-01")
@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_change_nothing_and_the_next_request_is_answered(noise):
    device, sequence = greeted()
    device.feed(noise)
    assert device.pump.asked == []
    assert answers(device.feed(request("START", sequence)))[-1] == (ids.MSG_START, sequence, ids.OK, b"")


MUTATIONS = st.sampled_from(["keep", "drop", "double", "flip", "cut", "swap"])


@pytest.mark.requirement("LNK-01", "LNK-02")
@settings(max_examples=200, deadline=None)
@given(st.lists(MUTATIONS, max_size=30), st.randoms(use_true_random=False))
def test_a_spoiled_line_never_makes_a_bolus_twice_or_out_of_turn(mutations, random):
    device, sequence = greeted()
    frames = []
    for step, mutation in enumerate(mutations):
        volume_nl = 1000 + step
        one = request("GIVE_PRIMING_BOLUS", (sequence + step) & 0xFFFF, volume_nl=volume_nl)
        position = random.randrange(1, len(one) - 1)
        if mutation == "flip":
            one = one[:position] + bytes([one[position] ^ (1 << random.randrange(8))]) + one[position + 1 :]
        elif mutation == "cut":
            one = one[:position]
        elif mutation == "drop":
            one = b""
        elif mutation == "swap" and frames:
            frames.insert(-1, one)
            continue
        frames += [one] * (2 if mutation == "double" else 1)
    device.feed(b"".join(frames))
    volumes = [values[0] for name, *values in device.pump.asked]
    assert volumes == sorted(set(volumes))
    kept = {1000 + step for step, mutation in enumerate(mutations) if mutation in ("keep", "double", "swap")}
    assert set(volumes) <= kept


def status_of(device, sequence):
    ((_, _, reason, body),) = answers(device.feed(request("STATUS", sequence)))
    assert reason == ids.OK
    return codec.unpack(messages.row_of(messages.BODY, ids.MSG_STATUS), body)


def test_status_carries_the_snapshot_the_counts_and_the_last_command():
    device, sequence = greeted()
    device.pump.snapshot.mode = ids.RUNNING
    device.pump.snapshot.delivered_nl = -12
    device.pump.reason = ids.LOCKOUT
    device.feed(b"\0noise\0" + request("GIVE_PATIENT_BOLUS", sequence) * 2)
    status = status_of(device, sequence + 1)
    assert (status["mode"], status["delivered_nl"]) == (ids.RUNNING, -12)
    assert (status["frames_bad"], status["frames_repeated"]) == (1, 1)
    last = (status["last_sequence"], status["last_type"], status["last_reason"])
    assert last == (sequence, ids.MSG_GIVE_PATIENT_BOLUS, ids.LOCKOUT)


def test_a_figure_that_does_not_fit_its_field_is_sent_as_the_nearest():
    device, sequence = greeted()
    device.pump.snapshot.supply_mv = 70_000
    device.pump.snapshot.lockout_s = -5
    status = status_of(device, sequence)
    assert (status["supply_mv"], status["lockout_s"]) == (65_535, 0)


@pytest.mark.requirement("INT-06")
def test_log_entries_are_read_by_range_and_end_where_the_log_ends():
    device, sequence = greeted()
    device.pump.log_entries = [(1000 + n, n, ids.LOG_STALL, n, -n) for n in range(12)]
    read = request("LOG_READ", sequence, from_seq=9, limit=10)
    ((_, _, _, body),) = answers(device.feed(read))
    items = codec.unpack(messages.row_of(messages.BODY, ids.MSG_LOG_READ), body)["items"]
    assert [(item["log_seq"], item["epoch_s"], item["a"], item["b"]) for item in items] == [
        (9, 1009, 9, -9),
        (10, 1010, 10, -10),
        (11, 1011, 11, -11),
    ]


def test_events_are_pushed_only_to_a_host_that_said_hello():
    device = PumpOnAWire()
    device.commands.push_event(1, 2, 3, ids.LOG_MODE, ids.RUNNING, ids.STANDBY)
    assert device.wire.written == []
    device.feed(request("HELLO", 0, major=1, minor=0))
    device.commands.push_event(70_000, 2, 3, ids.LOG_STALL, 300, -2)
    (pushed,) = outcomes(device.wire.written[-1])
    assert pushed is not None
    frame_type, _, payload = pushed
    assert frame_type == ids.MSG_EVENT
    event = codec.unpack(messages.row_of(messages.PUMP, ids.MSG_EVENT), payload)
    assert event == {"log_seq": 70_000, "epoch_s": 2, "run_s": 3, "code": ids.LOG_STALL, "a": 300, "b": -2}


@pytest.mark.requirement("LNK-03")
def test_a_flood_leaves_the_processor_to_others_every_256_bytes():
    device, _ = greeted()
    device.wire.pump_input += bytes([7]) * 1000
    device.commands.act(0)
    assert len(device.wire.pump_input) == 1000 - 256


@pytest.mark.requirement("ALM-04")
def test_a_silent_host_is_reported_lost_once_after_30_s():
    device, sequence = greeted()
    device.advance_s(29.9)
    assert device.pump.links_lost == 0
    device.feed(request("STATUS", sequence))
    device.advance_s(29.9)
    assert device.pump.links_lost == 0
    device.advance_s(0.2)
    device.advance_s(100)
    assert device.pump.links_lost == 1


def test_a_silent_host_is_noticed_across_the_wrap_of_the_millisecond_ring():
    device = PumpOnAWire()
    device.now_ns = ((1 << 30) - 5_000) * 1_000_000
    device.feed(request("HELLO", 0, major=1, minor=0))
    device.advance_s(29)
    assert device.pump.links_lost == 0
    device.advance_s(2)
    assert device.pump.links_lost == 1
