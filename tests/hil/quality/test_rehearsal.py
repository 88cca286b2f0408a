"""`make rehearsal`: its stories are such as a bench with a rig can do, and a step that fails is counted."""

from __future__ import annotations

import pytest

from hil.quality import rehearsal
from hil.run import blocked
from hil.scenario.reader import read_file


@pytest.mark.parametrize("name", rehearsal.STORIES)
def test_a_story_is_for_a_bench_with_a_rig_and_takes_a_minute(tmp_path, name):
    file = tmp_path / f"{name}.toml"
    file.write_text(rehearsal.STORIES[name], encoding="utf-8")
    [story] = read_file(str(file))
    assert blocked.reasons(story, has_rig=True, may_be_long=False) == []
    assert blocked.reasons(story, has_rig=False, may_be_long=False)


def test_a_step_that_fails_is_named():
    day = rehearsal.Day()
    day.step("nowhere", "ctl", "--port", "/dev/nobody", "status")
    assert day.failed == ["nowhere"]


@pytest.mark.slow
def test_the_day_goes_well_from_flash_to_report(tmp_path):
    assert rehearsal.rehearse(tmp_path) == []
    assert (tmp_path / "report.html").is_file()
