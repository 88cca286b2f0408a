"""Silence at the buzzer: how it begins, what ends it, what it leaves alone (ALM-04, ALM-05)."""

from __future__ import annotations

import pytest

from tests.pump.causes import CAUSES
from tests.pump.prescribing import reason
from tests.pump.pump_rig import PumpRig
from tests.pump.sounding import lamp, sound

MAX_SILENCE_S = 120.0
LINK_LOST_S = 30.0  # without a frame from the host
BURST_S = 26.0  # the medium alarm of these tests sounds at least so often


def alarmed(pump) -> PumpRig:
    rig = pump()
    CAUSES["CLOCK_FAULT"].bring(rig)
    rig.run_for(10.0)
    return rig


def keep_talking(rig: PumpRig, seconds: float) -> None:
    """Let time pass with a host that asks for the status now and then."""
    end_s = rig.now_s + seconds
    while rig.now_s < end_s:
        rig.run_until(min(end_s, rig.now_s + 10.0))
        assert rig.status.top_alarm


def press_silence(rig: PumpRig) -> None:
    rig.bench.press("silence", 300_000_000)
    rig.run_for(1.0)


@pytest.mark.requirement("ALM-04")
@pytest.mark.parametrize("by", ["host", "button"])
def test_silence_lasts_120_s_takes_the_sound_and_leaves_the_light(pump, by):
    rig = alarmed(pump)
    press_silence(rig) if by == "button" else rig.client.silence()
    since_s = rig.now_s
    keep_talking(rig, MAX_SILENCE_S + BURST_S)
    first_ms = sound(rig, since_s, rig.now_s)[0][0]
    assert MAX_SILENCE_S - 1.5 <= first_ms / 1e3 - since_s <= MAX_SILENCE_S + 0.1
    flashes = [t_ms for t_ms, level in lamp(rig, since_s, since_s + MAX_SILENCE_S) if level]
    assert len(flashes) == pytest.approx(MAX_SILENCE_S / 2, abs=1)


@pytest.mark.requirement("ALM-04")
def test_asking_again_and_again_never_keeps_the_buzzer_quiet_for_longer(pump):
    rig = alarmed(pump)
    since_s = rig.now_s
    rig.client.silence()
    while rig.now_s < since_s + 900.0:
        rig.client.exchange("SILENCE")
        rig.run_for(7.0)
    ends_s = [since_s, *(tone[1] / 1e3 for tone in sound(rig, since_s, rig.now_s)), rig.now_s]
    longest_s = max(after - before for before, after in zip(ends_s, ends_s[1:], strict=False))
    # The silence may begin at the end of a pause between two bursts.
    assert longest_s <= MAX_SILENCE_S + BURST_S
    assert len(ends_s) > 8


@pytest.mark.requirement("ALM-04")
@pytest.mark.parametrize("name", ["BUTTON_STUCK", "MOTOR_STALL"], ids=["a lesser alarm", "a higher alarm"])
def test_a_new_alarm_is_heard_although_the_others_are_silenced(pump, name):
    rig = alarmed(pump)
    CAUSES[name].inject(rig)
    rig.run_for(1.0)
    while name not in rig.active():
        rig.client.exchange("SILENCE")
        asked_s = rig.now_s
        rig.run_for(5.0)
    assert sound(rig, asked_s, rig.now_s)


@pytest.mark.requirement("ALM-04")
@pytest.mark.parametrize(
    ("by", "within_s"),
    [("host", LINK_LOST_S + 1.0), ("button", MAX_SILENCE_S + 0.1)],
    ids=["the host's ends with its link", "that of the button stays"],
)
def test_a_silence_ends_with_the_link_that_asked_for_it(pump, by, within_s):
    rig = alarmed(pump)
    press_silence(rig) if by == "button" else rig.client.silence()
    since_s = rig.now_s
    rig.target.set_connected(False)
    rig.run_for(MAX_SILENCE_S + BURST_S)
    first_s = sound(rig, since_s, rig.now_s)[0][0] / 1e3 - since_s
    assert within_s - 2.0 <= first_s <= within_s


@pytest.mark.requirement("ALM-04")
def test_there_is_nothing_to_silence_without_an_alarm(pump):
    rig = pump()
    assert reason(rig.client.silence) == "NOT_ALLOWED"
    press_silence(rig)
    CAUSES["CLOCK_FAULT"].bring(rig)
    raised_s = rig.now_s
    rig.run_for(2.0)
    assert sound(rig, raised_s - 0.5, rig.now_s)


@pytest.mark.requirement("ALM-04", "ALM-05")
def test_every_active_alarm_is_logged_as_silenced(pump):
    rig = alarmed(pump)
    CAUSES["BUTTON_STUCK"].bring(rig)
    rig.client.silence()
    rig.run_for(1.0)
    silenced = {seen.name for seen in rig.alarms if seen.event == "SILENCED"}
    assert silenced == {"CLOCK_FAULT", "BUTTON_STUCK"}
