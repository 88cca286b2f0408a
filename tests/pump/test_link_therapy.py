"""Whatever happens on the line, the pump steps as it would have without: stroke by stroke against a twin."""

from __future__ import annotations

import pytest

from protocols import frame, ids
from tests.pump.pump_rig import PumpRig

LINE_BYTES_PER_S = 11_520.0  # 115 200 baud
DAY_S = 86_400.0
# A stroke may wait for the 256 bytes that one turn reads, and for a flash write of the log.
LATE_S = 0.25


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


def under_flood(pump, rate, seconds):
    rig, twin = pump(rate), pump(rate)
    for each in (rig, twin):
        each.run_until(30.0)
    fault = rig.inject("link.flood", duration=seconds, rate=LINE_BYTES_PER_S)
    for each in (rig, twin):
        each.run_until(60.0 + seconds)
    assert fault.took_effect
    assert_same_strokes(rig, twin)
    assert rig.status.frames_bad > seconds * LINE_BYTES_PER_S / 1000
    return rig


@pytest.mark.requirement("LNK-03")
@pytest.mark.requirement("LNK-01")
def test_a_flood_at_full_line_rate_moves_no_stroke(pump):
    rig = under_flood(pump, 500_000, 30.0)
    rig.client.stop()
    assert rig.status.mode == "STOPPED"


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.requirement("LNK-03")
def test_an_hour_of_flood_at_full_line_rate_moves_no_stroke(pump):
    under_flood(pump, 100_000, 3600.0)


@pytest.fixture(scope="module")
def a_day():
    """The twin of all dead hosts: its own asks for a status every hour."""
    with PumpRig(20_000) as twin:
        for hour in range(1, 25):
            twin.run_until(hour * 3600.0)
            assert twin.status.mode == "RUNNING"
        yield twin


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
