"""How much of the processor a line may have: one chunk a turn, and looks now and then while it babbles."""

from __future__ import annotations

import itertools

import pytest

from protocols import frame, ids
from tests.firmware.pump_on_a_wire import PumpOnAWire, link_intake

NEVER_MS = 0x1FFFFFFF
JUNK = b"\1" * 100_000
STATUS_FRAME = frame.encode(ids.MSG_STATUS, 0)


class Line:
    """A link with bytes waiting; `received` counts those that were taken."""

    LOOK_BYTES = 512
    FIRST_LOOK_MS = 40
    LAST_LOOK_MS: int = 40

    def __init__(self, waiting: bytes = b"") -> None:
        self.waiting = waiting
        self.received = 0
        self.is_listening = True

    def is_ready(self) -> bool:
        return bool(self.waiting)

    def listen(self, is_listening: bool) -> None:
        self.is_listening = is_listening

    def receive(self, buffer: bytearray, most: int) -> int:
        taken = self.waiting[:most]
        self.waiting = self.waiting[most:]
        buffer[: len(taken)] = taken
        self.received += len(taken)
        return len(taken)


def turn(intake, now_ms: int = 0) -> int:
    """One turn that uses up whatever it takes in; how many bytes."""
    intake.take_in(now_ms)
    taken, intake.at = intake.end - intake.at, intake.end
    return taken


def babbling(waiting: bytes = JUNK, now_ms: int = 0):
    """A line whose first 1024 bytes have just been junk."""
    line = Line(waiting)
    intake = link_intake.LinkIntake(line)
    for _ in range(4):
        assert line.is_listening
        assert turn(intake, now_ms) == 256
    return intake, line


@pytest.mark.requirement("LNK-03")
def test_a_turn_takes_one_chunk_and_the_rest_is_due_at_once():
    line = Line(bytes(300))
    intake = link_intake.LinkIntake(line)
    assert intake.due_in_ms(0) == 0
    assert [turn(intake), turn(intake), turn(intake)] == [256, 44, 0]
    assert intake.due_in_ms(0) == NEVER_MS


@pytest.mark.requirement("LNK-03")
def test_a_chunk_that_is_not_used_up_is_kept_and_due():
    line = Line(b"abcdef")
    intake = link_intake.LinkIntake(line)
    intake.take_in(0)
    intake.at = 2
    intake.take_in(0)
    assert bytes(intake.chunk[intake.at : intake.end]) == b"cdef"
    assert intake.due_in_ms(0) == 0


@pytest.mark.requirement("LNK-03")
def test_a_babbling_line_wakes_nobody_and_gets_its_looks():
    intake, line = babbling()
    assert not line.is_listening
    assert intake.due_in_ms(0) == 40
    assert turn(intake, 39) == 0
    assert intake.due_in_ms(39) == 1
    assert [turn(intake, 40), intake.due_in_ms(40), turn(intake, 40)] == [256, 0, 256]
    assert intake.due_in_ms(40) == 40
    assert turn(intake, 40) == 0


@pytest.mark.requirement("LNK-03")
def test_a_babbling_line_gets_its_share_and_no_more():
    intake, line = babbling(JUNK * 12)
    begin = line.received
    for now_ms in range(1, 60_001):
        while intake.due_in_ms(now_ms) <= 0:
            turn(intake, now_ms)
    assert line.received - begin == 60_000 // 40 * 512


@pytest.mark.requirement("LNK-03")
def test_the_longer_it_babbles_the_rarer_the_looks():
    intake, line = babbling(JUNK * 10)
    line.LAST_LOOK_MS = 60
    looks = [now_ms for now_ms in range(1, 20_000) if turn(intake, now_ms) + turn(intake, now_ms)]
    pauses = [after - before for before, after in itertools.pairwise([0, *looks])]
    assert pauses[:15] == [40] * 15
    assert pauses[16:32] == [41] * 16
    assert set(pauses[-20:]) == {60}
    intake.found_frame()
    for _ in range(4):
        turn(intake, 20_000)
    assert intake.due_in_ms(20_000) == 40


@pytest.mark.requirement("LNK-03")
def test_looks_go_on_over_the_end_of_the_ring_of_milliseconds():
    end = 1 << 30
    intake, _ = babbling(now_ms=end - 2000)
    taken = 0
    for step in range(1, 101):
        now_ms = (end - 2000 + 40 * step) % end
        taken += turn(intake, now_ms) + turn(intake, now_ms)
    assert taken == 100 * 512


@pytest.mark.requirement("LNK-01")
@pytest.mark.requirement("LNK-03")
def test_a_good_frame_or_silence_ends_the_babbling():
    intake, line = babbling()
    intake.found_frame()
    assert line.is_listening and intake.due_in_ms(0) == 0
    intake, line = babbling(JUNK[: 1024 + 700])
    assert [turn(intake, t) for t in (40, 40, 40, 80, 80)] == [256, 256, 0, 188, 0]
    assert not line.is_listening
    assert turn(intake, 120) == 0
    assert line.is_listening and intake.due_in_ms(120) == NEVER_MS


def test_good_frames_among_noise_keep_the_line_awake():
    line = Line(JUNK)
    intake = link_intake.LinkIntake(line)
    for _ in range(50):
        for _ in range(3):
            turn(intake)
        intake.found_frame()
    assert line.is_listening


@pytest.mark.requirement("LNK-01")
@pytest.mark.parametrize("junk", [b"\1" * 20_000, bytes(20_000), b"\0\1" * 10_000])
def test_the_first_good_frame_behind_the_junk_is_answered(junk):
    device = PumpOnAWire()
    device.feed(frame.encode(ids.MSG_HELLO, 0, b"\1\0"))
    sequence = device.commands._memory.next_sequence
    (answer,) = device.feed(junk + frame.encode(ids.MSG_STATUS, sequence))
    assert answer[2] == ids.PROTOCOL_MAJOR and answer[3] == ids.MSG_ANSWER
    assert device.wire.is_listened_to


@pytest.mark.requirement("LNK-03")
def test_a_turn_carries_out_one_request_and_the_others_are_not_lost():
    device = PumpOnAWire()
    device.feed(frame.encode(ids.MSG_HELLO, 0, b"\1\0"))
    sequence = device.commands._memory.next_sequence
    before = len(device.wire.written)
    device.wire.pump_input += b"".join(frame.encode(ids.MSG_STATUS, sequence + n) for n in range(10))
    device.commands.act(0)
    assert len(device.wire.written) == before + 1
    device.run()
    assert len(device.wire.written) == before + 10
