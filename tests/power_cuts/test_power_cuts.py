"""A seeded sample of what `make power-cuts` sweeps: cuts at flash operations, and again in the recovery."""

from dataclasses import replace

import pytest

from tests.power_cuts.copies import Cut
from tests.power_cuts.cut_series import CutSeries
from tests.power_cuts.stories import STORIES, toggle
from tests.power_cuts.sweep import sample_of
from tests.pump.pump_rig import PumpRig

SLOW = ("log wrap", "littlefs moves the folder of the log", "littlefs moves its root")
CASES = [pytest.param(story, id=story.name, marks=pytest.mark.slow if story.name in SLOW else ()) for story in STORIES]


@pytest.mark.requirement("INT-04", "INT-05", "THR-02", "THR-13")
@pytest.mark.parametrize("count", [12, pytest.param(20, marks=pytest.mark.slow)])
@pytest.mark.parametrize("story", CASES)
def test_after_a_cut_the_state_is_that_before_or_that_after(story, count):
    series = CutSeries(story)
    found = series.sweep(sample_of(series, count, "quick").__contains__)
    series.close()
    assert {str(each.cut): each.complaints for each in found if each.complaints} == {}
    assert len(found) >= count // 4
    assert any(each.cut.again for each in found)


@pytest.mark.requirement("INT-04")
def test_every_wanted_point_is_cut_once_and_nothing_else():
    series = CutSeries(STORIES[0])
    wanted = [Cut(2, ("before", 0.0)), Cut(2, ("garbled", 0.5)), Cut(2, ("garbled", 0.5), Cut(1, ("after", 0.0)))]
    found = series.sweep(lambda cut: cut in wanted)
    series.close()
    assert sorted(str(each.cut) for each in found) == sorted(map(str, wanted))


@pytest.mark.requirement("INT-04")
def test_the_checks_see_a_pump_that_lost_its_programme():
    """The sweep itself can fail: a state that is neither before nor after is told."""
    series = CutSeries(STORIES[0])
    series.before["prescription"] = series.after["prescription"] = {"segments": []}
    cut = Cut(series.operations // 2, ("before", 0.0))
    [found] = series.sweep(lambda other: other == cut)
    series.close()
    assert any("prescription" in complaint for complaint in found.complaints)


def erased(rig: PumpRig, saves: int) -> list[int]:
    """Erases of each block while so many entries are written."""
    before = list(rig.world.flash.erases)
    toggle(rig, saves)
    return [after - first for after, first in zip(rig.world.flash.erases, before, strict=True)]


def busiest(erases: list[int]) -> set[int]:
    """The two blocks of the folder that is written most."""
    return set(sorted(range(len(erases)), key=lambda block: -erases[block])[:2])


@pytest.mark.slow
@pytest.mark.requirement("INT-04", "INT-07")
def test_littlefs_really_moves_in_the_stories_that_say_so():
    log, root = (story for story in STORIES if "moves" in story.name)
    rig, _meter = replace(log, prepare=lambda rig: toggle(rig, 600)).begin()
    before = busiest(erased(rig, 60))
    rig.world.mcu.power_off()
    rig, _meter = log.begin()
    log.do(rig)
    after = busiest(erased(rig, 60))
    rig.world.mcu.power_off()
    assert len(before & after) == 1, "one block of the pair is another one"
    rig, _meter = root.begin()
    worn = list(rig.world.flash.erases)
    root.do(rig)
    assert rig.world.flash.erases[0] + rig.world.flash.erases[1] > worn[0] + worn[1]
    assert erased(rig, 60)[:2] == [0, 0], "the root is elsewhere"
    rig.world.mcu.power_off()


@pytest.mark.slow
@pytest.mark.requirement("INT-04", "INT-06")
def test_the_log_really_wraps_in_the_story_that_says_so():
    story = next(story for story in STORIES if story.name == "log wrap")
    rig, _meter = story.begin()
    whole = len(rig.world.flash.read_file("/log/00"))
    story.do(rig)
    assert len(rig.world.flash.read_file("/log/00")) < whole, "the file with the oldest entries is begun anew"
    rig.world.mcu.power_off()
