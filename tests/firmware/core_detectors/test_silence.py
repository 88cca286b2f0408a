"""Silence never outlives its 120 s, a new alarm, or the link that asked for it (ALM-04)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols import ids
from tests.firmware.core_detectors.bench_figures import RING, core

module = core("silence")
START_MS = RING - 5_000  # the clock wraps while the silence runs
BUTTON, LINK = False, True


def at(seconds):
    return (START_MS + seconds * 1000) % RING


def silenced(by=BUTTON):
    silence = module.Silence()
    assert silence.ask(1, by, at(0)) == ids.OK
    return silence


@pytest.mark.requirement("ALM-04")
def test_silence_ends_after_120_s_and_asking_again_meanwhile_does_not_move_the_end():
    silence = silenced()
    assert silence.due_in_ms(at(0)) == 120_000
    assert silence.ask(1, BUTTON, at(100)) == ids.OK
    assert silence.is_silent(at(119))
    assert not silence.is_silent(at(120))


@pytest.mark.requirement("ALM-04")
def test_after_a_full_silence_the_alarm_sounds_before_it_can_be_silenced_again():
    silence = silenced()
    assert silence.ask(1, BUTTON, at(120)) == ids.BUSY
    assert silence.ask(1, BUTTON, at(149)) == ids.BUSY
    assert silence.ask(1, BUTTON, at(150)) == ids.OK


@pytest.mark.requirement("ALM-04")
@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.1, 40), min_size=50, max_size=150))
def test_no_rhythm_of_requests_keeps_an_alarm_silent_for_longer_than_120_s(pauses):
    silence, now_s, quiet_since = module.Silence(), 0.0, None
    for pause in pauses:
        target = now_s + pause
        while now_s < target:
            now_s = min(target, now_s + 1)
            if silence.is_silent(int(START_MS + now_s * 1000) % RING):
                quiet_since = now_s if quiet_since is None else quiet_since
                assert now_s - quiet_since <= 120
            else:
                quiet_since = None
        silence.ask(1, LINK, int(START_MS + now_s * 1000) % RING)


@pytest.mark.requirement("ALM-04")
def test_a_new_alarm_is_heard_at_once_and_may_be_silenced_at_once():
    silence = silenced()
    silence.alarm_raised()
    assert not silence.is_silent(at(1))
    assert silence.ask(2, BUTTON, at(2)) == ids.OK
    assert silence.is_silent(at(3))


@pytest.mark.requirement("ALM-04")
@pytest.mark.parametrize(
    ("by", "stays"), [pytest.param(LINK, False, id="link"), pytest.param(BUTTON, True, id="button")]
)
def test_a_lost_link_ends_the_silence_that_it_asked_for_and_no_other(by, stays):
    silence = silenced(by)
    silence.link_lost()
    assert silence.is_silent(at(1)) == stays


def test_without_an_alarm_there_is_nothing_to_silence():
    silence = module.Silence()
    assert silence.ask(0, BUTTON, at(0)) == ids.NOT_ALLOWED
    assert not silence.is_silent(at(1))
    assert silence.due_in_ms(at(1)) == 2**29 - 1
