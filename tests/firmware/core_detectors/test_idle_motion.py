"""A rotor that turns without command (DET-04, INT-09)."""

from __future__ import annotations

import pytest

from tests.firmware.core_detectors.bench_figures import STROKE_MICROSTEPS, Rotor, core

module = core("idle_motion")


@pytest.mark.requirement("ALM-06")
def test_twin_a_resting_rotor_with_noise_is_still():
    motion, rotor = module.IdleMotion(), Rotor(1, 1.0)
    for _ in range(2_000):
        rotor.turn(STROKE_MICROSTEPS)
        motion.rest(rotor.read())
        assert all(motion.look(rotor.read()) == module.IDLE_STILL for _ in range(10))


@pytest.mark.requirement("DET-04")
@pytest.mark.parametrize(
    ("microsteps", "verdict"),
    [
        pytest.param(16, "IDLE_TURNED", id="one stroke forward"),
        pytest.param(1500, "IDLE_TURNED", id="most of half a turn forward"),
        pytest.param(-16, "IDLE_TURNED_BACK", id="one stroke back"),
    ],
)
def test_motion_without_command_is_seen_at_the_next_look(microsteps, verdict):
    motion, rotor = module.IdleMotion(), Rotor(2)
    motion.rest(rotor.read())
    rotor.turn(microsteps)
    assert motion.look(rotor.read()) == getattr(module, verdict)


@pytest.mark.requirement("DET-04")
def test_a_creep_that_no_single_look_would_notice_adds_up():
    motion, rotor = module.IdleMotion(), Rotor(3)
    motion.rest(rotor.read())
    for _ in range(16):
        rotor.turn(1)
        verdict = motion.look(rotor.read())
    assert verdict == module.IDLE_TURNED
