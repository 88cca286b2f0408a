"""Whatever happens on the line, the pump steps as it would have without: stroke by stroke against a twin."""

from __future__ import annotations

import binascii
import struct

import pytest

from protocols import frame, ids
from tests.pump.pump_rig import PumpRig

DAY_S = 86_400.0
# A stroke may wait for the 256 bytes that one turn reads, and for a flash write of the log.
LATE_S = 0.25
ANSWER_S = 0.2  # LNK-02

# Over USB the pump makes the host wait, and there are as many bytes as it takes; a UART makes nobody wait.
LINES = pytest.mark.parametrize(
    ("settings", "line_bytes_per_s"),
    [
        pytest.param(None, 1_000_000.0, id="USB at full speed"),
        pytest.param({"link_uart": 1}, 11_520.0, id="UART at 115200 baud"),
    ],
)


def strokes_of(rig):
    return [(burst.at_s, burst.microsteps) for burst in rig.bursts]


def assert_same_strokes(rig, twin):
    """The same bursts, none late, and the same truth in the end."""
    seen, expected = strokes_of(rig), strokes_of(twin)
    assert len(expected) > 10
    assert [microsteps for _, microsteps in seen] == [microsteps for _, microsteps in expected]
    assert max(abs(a - b) for (a, _), (b, _) in zip(seen, expected, strict=True)) <= LATE_S
    assert rig.truth.delivered_nl == pytest.approx(twin.truth.delivered_nl, abs=1.0)
    assert rig.raised(0.0) == twin.raised(0.0)


def seconds_to_answer(rig):
    """From a request, on a line that babbled until now, to its answer."""
    before_s = rig.now_s
    assert rig.status.mode == "RUNNING"
    return rig.now_s - before_s


@LINES
@pytest.mark.requirement("LNK-01")
@pytest.mark.requirement("LNK-02")
@pytest.mark.requirement("LNK-03")
def test_a_flood_at_full_line_rate_moves_no_stroke(pump, settings, line_bytes_per_s):
    rig, twin = pump(500_000, settings=settings), pump(500_000, settings=settings)
    for each in (rig, twin):
        each.run_until(30.0)
    fault = rig.inject("link.flood", duration=30.0, rate=line_bytes_per_s)
    for each in (rig, twin):
        each.run_until(60.001)
    assert fault.took_effect
    assert seconds_to_answer(rig) < 1.0
    assert rig.status.frames_bad > 100
    for each in (rig, twin):
        each.run_until(90.0)
    assert_same_strokes(rig, twin)
    rig.client.stop()
    assert rig.status.mode == "STOPPED"


@LINES
@pytest.mark.requirement("LNK-02")
@pytest.mark.parametrize("flood_s", [0.5, 1.01, 2.03, 3.9])
def test_behind_seconds_of_flood_the_first_request_is_answered_in_time(pump, settings, line_bytes_per_s, flood_s):
    rig = pump(20_000, settings=settings)
    rig.run_until(30.0)
    rig.inject("link.flood", duration=flood_s, rate=line_bytes_per_s)
    rig.run_until(30.001 + flood_s)
    assert seconds_to_answer(rig) < ANSWER_S
    assert seconds_to_answer(rig) < 0.05


@pytest.fixture(scope="module")
def a_day():
    """The twin of all dead hosts: its own asks for a status every hour."""
    with PumpRig(20_000) as twin:
        for hour in range(1, 25):
            twin.run_until(hour * 3600.0)
            assert twin.status.mode == "RUNNING"
        yield twin


@LINES
@pytest.mark.requirement("LNK-03")
def test_a_babbling_line_gets_a_share_of_the_processor_and_no_more(pump, settings, line_bytes_per_s):
    rig = pump(20_000, settings=settings)
    rig.run_until(30.0)
    rounds = []
    turn_of = rig.world.mcu.modules["firmware.services.link.commands"].Commands.act
    rig.world.mcu.modules["firmware.services.link.commands"].Commands.act = lambda commands, now_ms: (
        rounds.append(now_ms),
        turn_of(commands, now_ms),
    )
    rig.inject("link.flood", duration=10.0, rate=line_bytes_per_s)
    rig.run_until(40.0)
    # Every 45 ms once, or every 40 ms with two chunks; each byte as it comes would be ten times as often.
    assert 100 < len(rounds) < 650


@pytest.mark.requirement("LNK-01")
def test_a_damaged_command_moves_no_stroke(pump):
    rig = pump(100_000)
    sequence = rig.client.hello().next_sequence
    before = rig.status.frames_bad
    content = struct.pack("<BBH", ids.PROTOCOL_MAJOR, ids.MSG_STOP, sequence + 1)
    for crc in (0x01010101, binascii.crc32(content) ^ 1):
        rig.target.serial.write(stuffed(content + crc.to_bytes(4, "little")))
        rig.run_for(1.0)
    assert rig.status.mode == "RUNNING"
    assert rig.status.frames_bad == before + 2


def stuffed(content):
    """COBS between two delimiters, whatever the content is."""
    pieces = [bytes([len(piece) + 1]) + piece for piece in content.split(b"\0")]
    return b"\0" + b"".join(pieces) + b"\0"


@pytest.mark.slow
@pytest.mark.timeout(3000)
@LINES
@pytest.mark.requirement("LNK-03")
def test_a_day_of_flood_at_full_line_rate_moves_no_stroke(pump, a_day, settings, line_bytes_per_s):
    rig = pump(20_000, settings=settings)
    rig.run_until(10.0)
    fault = rig.inject("link.flood", duration=DAY_S - 20.0, rate=line_bytes_per_s)
    rig.run_until(DAY_S)
    assert fault.took_effect
    assert_same_strokes(rig, a_day)
    assert rig.status.frames_bad > 100_000


@pytest.mark.requirement("LNK-03")
@pytest.mark.parametrize(
    "how",
    ["silent", "unplugged", *(pytest.param(how, marks=pytest.mark.slow) for how in ("half a frame", "dead line"))],
)
def test_a_dead_host_for_a_day_moves_no_stroke(pump, a_day, how):
    rig = pump(20_000)
    rig.run_until(10.0)
    if how == "unplugged":
        rig.target.set_connected(False)
    elif how == "half a frame":
        rig.target.serial.write(frame.encode(ids.MSG_GIVE_CLINICIAN_BOLUS, 0, bytes(8))[:9])
    elif how == "dead line":
        rig.inject("link.drop", duration=DAY_S - 10.0)
    rig.run_until(DAY_S)
    assert_same_strokes(rig, a_day)
    if how == "unplugged":
        rig.target.set_connected(True)
    rig.client.hello()
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("LNK-03")
@pytest.mark.requirement("LNK-01")
def test_noise_replays_and_stalls_under_a_working_host_move_no_stroke(pump):
    rig, twin = pump(100_000), pump(100_000)
    rig.inject("link.noise", fraction=0.02, spurious=50.0)
    rig.inject("link.replay", delay=0.7, times=3)
    for minute in range(1, 11):
        for each in (rig, twin):
            each.run_until(minute * 60.0)
        rig.target.serial.write(frame.encode(ids.MSG_STOP, minute, b""))  # out of turn: refused
        twin.target.serial.write(b"")
    assert_same_strokes(rig, twin)


@pytest.mark.requirement("LNK-03")
def test_a_control_c_is_a_byte_like_any_other_also_during_the_boot(pump):
    rig = pump(is_commissioned=False)
    rig.target.power.off()
    rig.run_for(1.0)
    rig.target.power.on()
    rig.run_for(0.6)
    for _ in range(100):
        rig.target.serial.write(b"\x03\x03")
        rig.run_for(0.1)
    rig.client.hello()
    assert rig.status.mode == "STANDBY"
    assert rig.target.trouble() is None
