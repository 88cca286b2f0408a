"""The catalogue is sound, and payloads go through it unchanged or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.docs import layouts as layouts_document
from protocols import alarms, codec, fields, frame, ids, layouts, messages
from protocols import payload as payload_of
from protocols.messages import BODY, CATALOGUE, DIRECTION, FIELDS, NAME, NUMBER, REPEATED, REQUEST

ROW_IDS = [f"{row[NAME]} {row[DIRECTION]}" for row in CATALOGUE]
ANSWER_HEAD_BYTES = 2


@st.composite
def values_of(draw, row):
    """Any values that the row allows."""

    def one(fields):
        drawn = {}
        for name, code, _unit, low, high in fields:
            if code.endswith("s"):
                drawn[name] = draw(st.binary(min_size=high, max_size=high))
            else:
                drawn[name] = draw(st.integers(low, high))
        return drawn

    values = one(row[FIELDS])
    if row[REPEATED]:
        most = next(field[4] for field in row[FIELDS] if field[0] == codec.COUNT)
        least = next(field[3] for field in row[FIELDS] if field[0] == codec.COUNT)
        size = draw(st.integers(least, min(most, 4)))
        values["items"] = [one(row[REPEATED]) for _ in range(size)]
        values["count"] = size
    return values


@pytest.mark.parametrize("row", CATALOGUE, ids=ROW_IDS)
@settings(max_examples=10)
@given(st.data())
def test_a_payload_goes_there_and_back(row, data):
    values = data.draw(values_of(row))
    payload = codec.pack(row, values)
    if row[DIRECTION] == REQUEST:
        assert payload_of.check(row[NUMBER], payload, 0, len(payload)) == ids.OK
        assert list(payload_of.read_values(row[NUMBER], payload, 0)) == [values[field[0]] for field in row[FIELDS]]
    assert codec.unpack(row, payload) == values


@pytest.mark.parametrize("row", CATALOGUE, ids=ROW_IDS)
def test_the_longest_payload_fits_a_frame(row):
    length = codec.size_of(row[FIELDS])
    for name, _code, _unit, _low, high in row[FIELDS]:
        if name == codec.COUNT:
            length += high * codec.size_of(row[REPEATED])
    assert length + (ANSWER_HEAD_BYTES if row[DIRECTION] == BODY else 0) <= frame.MAX_PAYLOAD


@pytest.mark.parametrize("row", [row for row in CATALOGUE if row[DIRECTION] == REQUEST], ids=lambda row: row[NAME])
@settings(max_examples=10)
@given(st.data())
def test_a_payload_of_another_length_is_unknown(row, data):
    payload = codec.pack(row, data.draw(values_of(row)))
    wrong = payload + b"x" if data.draw(st.booleans()) or not payload else payload[:-1]
    assert payload_of.check(row[NUMBER], wrong, 0, len(wrong)) == ids.UNKNOWN


def test_a_value_outside_its_range_is_found_in_fields_and_in_items():
    too_long = (1_000).to_bytes(4, "little") + (6 * 3600 + 1).to_bytes(4, "little")
    assert payload_of.check(ids.MSG_GIVE_CLINICIAN_BOLUS, too_long, 0, 8) == ids.OUT_OF_RANGE
    good, bad = b"\x00\x00\x10\x27\x00\x00", b"\xa0\x05\x10\x27\x00\x00"  # minutes 0 and 1440
    assert payload_of.check(ids.MSG_PROGRAMME_DAY, b"\x7f\x02" + good + good, 0, 14) == ids.OK
    assert payload_of.check(ids.MSG_PROGRAMME_DAY, b"\x7f\x02" + good + bad, 0, 14) == ids.OUT_OF_RANGE


def test_numbers_and_names_are_given_once():
    for column in (NUMBER, NAME):
        keys = [(row[DIRECTION], row[column]) for row in CATALOGUE]
        assert len(keys) == len(set(keys))


def test_every_frame_type_is_in_the_catalogue():
    given_numbers = {value for name, value in vars(ids).items() if name.startswith("MSG_")}
    described = {row[NUMBER] for row in CATALOGUE if row[DIRECTION] != BODY}
    assert given_numbers == described


@pytest.mark.parametrize(
    ("prefix", "names", "is_bit"),
    [
        ("", ids.REASON_NAMES, False),
        ("", ids.MODE_NAMES, False),
        ("", ids.ROLE_NAMES, False),
        ("", ids.PRIORITY_NAMES, False),
        ("", ids.ACTION_NAMES, False),
        ("LOG_", ids.LOG_NAMES, False),
        ("ALARM_", alarms.NAMES, False),
        ("ALARM_", ids.ALARM_EVENT_NAMES, False),
        ("FLAG_", ids.FLAG_NAMES, True),
        ("ALARM_STATE_", ids.ALARM_STATE_NAMES, True),
        ("CAPABILITY_", ids.CAPABILITY_NAMES, True),
    ],
    ids=[
        "reasons",
        "modes",
        "roles",
        "priorities",
        "actions",
        "log",
        "alarms",
        "alarm-events",
        "flags",
        "alarm-states",
        "capabilities",
    ],
)
def test_names_stand_in_the_order_of_their_numbers(prefix, names, is_bit):
    for position, name in enumerate(names):
        if name:
            number = vars(ids)[prefix + name]
            assert number == (1 << position if is_bit else position), name


@pytest.mark.parametrize(
    ("prefix", "names"),
    [("LOG_", ids.LOG_NAMES), ("FLAG_", ids.FLAG_NAMES)],
    ids=["log codes", "flags"],
)
def test_every_number_has_a_name(prefix, names):
    numbers = {name.removeprefix(prefix) for name in vars(ids) if name.startswith(prefix)} - {"NAMES"}
    assert numbers == set(names) - {""}


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"volume_nl": 0, "duration_s": 1}, "volume_nl is 0, allowed 1 to"),
        ({"volume_nl": 5}, "needs the field duration_s"),
        ({"volume_nl": 5, "duration_s": 1, "colour": 3}, "has no field colour"),
    ],
    ids=["out of range", "missing", "unknown"],
)
def test_what_cannot_be_packed_is_named(values, complaint):
    with pytest.raises(ValueError, match=complaint):
        codec.pack(messages.row_named(REQUEST, "GIVE_CLINICIAN_BOLUS"), values)


def test_what_the_board_has_follows_from_the_catalogue():
    assert layouts_document.LAYOUTS.read_text(encoding="utf-8") == layouts_document.text()


class Source:
    """The attributes of a body, each one as large as its number can be, and one more."""

    def __init__(self, more: int) -> None:
        for name, code, _unit, _low, high in fields.SNAPSHOT_FIELDS:
            most = {"<B": 0xFF, "<H": 0xFFFF}.get(code, fields.MOST)
            setattr(self, name, most + more)
            assert high <= most


def test_a_number_that_does_not_fit_its_bytes_is_written_as_the_nearest_that_does():
    fits, over = bytearray(200), bytearray(200)
    end = payload_of.write_values(layouts.SNAPSHOT, fits, 3, Source(0))
    assert (
        payload_of.write_values(layouts.SNAPSHOT, over, 3, Source(1))
        == end
        == 3 + codec.size_of(fields.SNAPSHOT_FIELDS)
    )
    assert over == fits
    under = Source(0)
    vars(under).update(strokes=-1, pressure_pa=-2 * fields.MOST)
    payload_of.write_values(layouts.SNAPSHOT, under_bytes := bytearray(200), 3, under)
    row = (0, "SNAPSHOT", BODY, 0, fields.SNAPSHOT_FIELDS, ())
    values = codec.unpack(row, bytes(under_bytes[3:end]))
    assert (values["strokes"], values["pressure_pa"], values["mode"]) == (0, -fields.MOST, 0xFF)
