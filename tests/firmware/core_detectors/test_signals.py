"""Sound and light as the player makes them, against the ranges of IEC 60601-1-8, ALM-03."""

from __future__ import annotations

import pytest

from protocols import ids
from tests.firmware.core_detectors.bench_figures import RING, core

signals = core("signals")
START_MS = RING - 20_000


def played(priority, seconds, late_ms=0, is_silent=False):
    """(sound, light): lists of (on, milliseconds), the last one cut off left out, from an executive that
    always comes late_ms late."""
    player = signals.PatternPlayer()
    player.show(priority, is_silent)
    traces = {"buzzer": [], "lamp": []}
    now = 0
    while now < seconds * 1000:
        due = player.due_in_ms((START_MS + now) % RING)
        if due > 0:
            now += min(due + late_ms, 600_000)
        player.step((START_MS + now) % RING)
        for name, level in (("buzzer", player.buzzer_hz > 0), ("lamp", player.lamp == 1)):
            if not traces[name] or traces[name][-1][0] != level:
                traces[name].append((level, now))
    lengths = {}
    for name, edges in traces.items():
        lengths[name] = [(level, end - begin) for (level, begin), (_, end) in zip(edges, edges[1:], strict=False)]
    return lengths["buzzer"], lengths["lamp"]


def bursts(sound, apart_ms):
    """Pulses and spacings of each complete burst, and the gaps between bursts."""
    found, gaps, burst = [], [], []
    for is_on, length in sound:
        if not is_on and length >= apart_ms:
            found.append(burst)
            gaps.append(length)
            burst = []
        else:
            burst.append(length)
    return found, gaps


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize("late_ms", [0, 5], ids=["on time", "5 ms late"])
def test_high_is_ten_pulses_as_three_and_two_twice(late_ms):
    found, gaps = bursts(played(ids.HIGH, 120, late_ms)[0], 2_000)
    assert len(found) >= 7
    for burst in found:
        pulses, spacings = burst[::2], burst[1::2]
        assert len(pulses) == 10
        assert all(75 <= pulse <= 200 for pulse in pulses)
        within = [spacings[i] for i in (0, 1, 3, 5, 6, 8)]
        assert all(50 <= spacing <= 125 for spacing in within)
        # between the third and the fourth: two spacings and a pulse, which makes it heard as 3+2
        for third in (spacings[2], spacings[7]):
            assert abs(third - (2 * within[0] + pulses[0])) <= 3 * late_ms
        assert 350 <= spacings[4] <= 1300
    assert all(2_500 <= gap <= 15_000 for gap in gaps)


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize(
    ("priority", "pulses", "between"),
    [
        pytest.param(ids.MEDIUM, (3,), (2_500, 30_000), id="medium: three pulses"),
        pytest.param(ids.LOW, (1, 2), (15_000, 3_600_000), id="low: one or two pulses, rarely"),
    ],
)
def test_medium_and_low_are_single_short_bursts(priority, pulses, between):
    found, gaps = bursts(played(priority, 3600)[0], 2_000)
    assert len(found) >= 4
    for burst in found:
        assert len(burst[::2]) in pulses
        assert all(125 <= length <= 250 for length in burst)
    assert all(between[0] <= gap <= between[1] for gap in gaps)


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize(
    ("priority", "hertz"),
    [
        pytest.param(ids.HIGH, (1.4, 2.8), id="high: 1.4 to 2.8 Hz"),
        pytest.param(ids.MEDIUM, (0.4, 0.8), id="medium: 0.4 to 0.8 Hz"),
    ],
)
def test_the_lamp_flashes_at_the_rate_of_its_priority(priority, hertz):
    light = played(priority, 60)[1]
    for (lit, on_ms), (_, off_ms) in zip(light[::2], light[1::2], strict=False):
        assert lit
        assert hertz[0] <= 1000 / (on_ms + off_ms) <= hertz[1]
        assert 0.2 <= on_ms / (on_ms + off_ms) <= 0.6


@pytest.mark.requirement("ALM-03")
def test_the_lamp_of_a_low_alarm_is_steady():
    player = signals.PatternPlayer()
    player.show(ids.LOW, False)
    player.step(START_MS)
    assert player.lamp == 1
    assert played(ids.LOW, 3600)[1] == []


@pytest.mark.requirement("ALM-03")
@pytest.mark.parametrize("priority", [ids.LOW, ids.MEDIUM, ids.HIGH])
def test_the_pitch_and_four_of_its_odd_harmonics_are_in_range(priority):
    pitch_hz = signals.PITCHES_HZ[priority]
    assert 150 <= pitch_hz <= 1000
    assert sum(300 <= pitch_hz * n <= 4000 for n in (3, 5, 7, 9)) == 4


@pytest.mark.requirement("ALM-04")
def test_silence_takes_the_sound_and_leaves_the_light():
    sound, light = played(ids.HIGH, 60, is_silent=True)
    assert sound == []
    assert len(light) > 100


@pytest.mark.requirement("ALM-03")
def test_a_higher_priority_is_heard_at_once_and_its_end_is_silence_and_darkness():
    player = signals.PatternPlayer()
    player.show(ids.LOW, False)
    player.step(0)
    player.step(180)
    assert player.buzzer_hz == 0
    player.show(ids.HIGH, False)
    assert player.due_in_ms(181) <= 0
    player.step(181)
    assert player.buzzer_hz == signals.PITCHES_HZ[ids.HIGH]
    player.show(ids.NOTICE, False)
    assert player.due_in_ms(182) <= 0
    player.step(182)
    assert (player.buzzer_hz, player.lamp) == (0, 0)
    assert player.due_in_ms(183) == 2**29 - 1


def test_repeating_what_is_shown_does_not_disturb_the_pattern():
    player = signals.PatternPlayer()
    for now in range(0, 120, 10):
        player.show(ids.HIGH, False)
        player.step(now)
        assert player.buzzer_hz > 0
    player.step(120)
    assert player.buzzer_hz == 0
