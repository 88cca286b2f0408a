"""Frames survive any neighbour: noise, damage, truncation, excess length; one bad frame costs one frame."""

from __future__ import annotations

import gc
import itertools
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocols import frame

payloads = st.binary(max_size=frame.MAX_PAYLOAD)
types = st.integers(0, 255)
sequences = st.integers(0, 0xFFFF)


def outcomes(data: bytes, decoder: frame.FrameDecoder | None = None) -> list[tuple[int, int, bytes] | None]:
    """What a decoder makes of the bytes: a tuple for each good frame, None for each bad one."""
    decoder = decoder or frame.FrameDecoder()
    found: list[tuple[int, int, bytes] | None] = []
    for byte in data:
        outcome = decoder.feed_byte(byte)
        if outcome == frame.FRAME:
            end = frame.DECODED_PAYLOAD_AT + decoder.payload_length
            payload = bytes(decoder.buffer[frame.DECODED_PAYLOAD_AT : end])
            found.append((decoder.type, decoder.sequence, payload))
        elif outcome == frame.BAD:
            found.append(None)
    return found


def outcomes_in_chunks(data: bytes, sizes: list[int]) -> list[tuple[int, int, bytes] | None]:
    """As `outcomes`, with the bytes handed over in chunks whose sizes are those of the list, over and over."""
    decoder = frame.FrameDecoder()
    found: list[tuple[int, int, bytes] | None] = []
    begin = 0
    for size in itertools.cycle(sizes):
        chunk = bytearray(b"\0\1") + data[begin : begin + size] + b"\0"
        at, end = 2, len(chunk) - 1
        while at < end:
            at = decoder.feed(chunk, at, end)
            if decoder.outcome == frame.FRAME:
                stop = frame.DECODED_PAYLOAD_AT + decoder.payload_length
                payload = bytes(decoder.buffer[frame.DECODED_PAYLOAD_AT : stop])
                found.append((decoder.type, decoder.sequence, payload))
            elif decoder.outcome == frame.BAD:
                found.append(None)
        assert at == end
        begin += size
        if begin >= len(data):
            return found
    raise AssertionError("no sizes")


GOOD = frame.encode(2, 7, b"good")
GOOD_FOUND = (2, 7, b"good")


@pytest.mark.requirement("LNK-01")
@given(types, sequences, payloads)
@example(255, 0xFFFF, bytes(frame.MAX_PAYLOAD))
@example(1, 0x0101, bytes([255]) * frame.MAX_PAYLOAD)
def test_what_is_encoded_is_decoded(frame_type, sequence, payload):
    encoded = frame.encode(frame_type, sequence, payload)
    assert 0 not in encoded[1:-1]
    assert len(encoded) == len(payload) + 11
    assert outcomes(encoded) == [(frame_type, sequence, payload)]


@pytest.mark.requirement("LNK-01")
@given(st.binary(max_size=600))
def test_the_next_good_frame_is_read_after_any_bytes(noise):
    assert outcomes(noise + GOOD)[-1] == GOOD_FOUND


@pytest.mark.requirement("LNK-01")
@given(payloads, st.data())
def test_a_flipped_bit_never_passes_as_another_frame(payload, data):
    encoded = bytearray(frame.encode(9, 1, payload))
    position = data.draw(st.integers(1, len(encoded) - 2))
    encoded[position] ^= 1 << data.draw(st.integers(0, 7))
    found = outcomes(bytes(encoded) + GOOD)
    assert found[-1] == GOOD_FOUND
    assert [one for one in found if one] == [GOOD_FOUND]
    assert None in found


@pytest.mark.requirement("LNK-01")
@given(payloads, st.data())
def test_a_truncated_frame_is_one_bad_frame(payload, data):
    encoded = frame.encode(9, 1, payload)
    cut = data.draw(st.integers(2, len(encoded) - 2))
    assert outcomes(encoded[:cut] + GOOD) == [None, GOOD_FOUND]


@pytest.mark.requirement("LNK-01")
@given(st.integers(frame.MAX_CONTENT + 2, 5000), st.integers(1, 255))
def test_an_oversized_frame_is_one_bad_frame(length, filler):
    assert outcomes(bytes([filler]) * length + GOOD) == [None, GOOD_FOUND]


@pytest.mark.requirement("LNK-01")
@settings(max_examples=30)
@given(st.lists(st.one_of(st.binary(min_size=1, max_size=40), st.none()), max_size=12))
def test_good_frames_between_noise_are_all_found(pieces):
    line = b"".join(GOOD if piece is None else b"\0" + piece + b"\0" for piece in pieces)
    assert outcomes(line).count(GOOD_FOUND) == pieces.count(None)


streams = st.lists(
    st.one_of(
        st.binary(max_size=300),
        st.builds(frame.encode, types, sequences, payloads),
        st.builds(lambda n: b"\1" * n, st.integers(frame.MAX_CONTENT - 2, frame.MAX_CONTENT + 3)),
        st.just(b"\0"),
    ),
    max_size=8,
).map(b"".join)


@pytest.mark.requirement("LNK-01")
@given(streams, st.lists(st.integers(1, 300), min_size=1, max_size=5))
@example(b"\1" * 600 + GOOD, [256])
@example(GOOD + GOOD, [1])
def test_bytes_mean_the_same_one_by_one_and_in_chunks(data, sizes):
    assert outcomes_in_chunks(data + b"\0", sizes) == outcomes(data + b"\0")


def test_delimiters_alone_are_not_frames():
    assert outcomes(bytes(50)) == []


def test_a_payload_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="at most 240"):
        frame.encode(1, 1, bytes(frame.MAX_PAYLOAD + 1))


def test_a_byte_inside_a_frame_leaves_no_object_behind():
    decoder = frame.FrameDecoder()
    data = frame.encode(2, 3, bytes(range(1, 201)))[:-1]
    for byte in data:
        decoder.feed_byte(byte)
    gc.collect()
    before = sys.getallocatedblocks()
    for byte in data:
        decoder.feed_byte(byte)
    assert sys.getallocatedblocks() - before <= 4  # the loop's own iterator
