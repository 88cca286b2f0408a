"""`pumpbench when` on a run whose three numbers follow by hand."""

from __future__ import annotations

import json
import os

import pytest
from typer.testing import CliRunner

from hil.campaign.point_of_no_return import Moment, first_lost
from hil.cli import app

# 20 uL/h for 2 h would be 40 uL. The stall begins at 1 h; 30 uL is out of reach once less than half an hour is left.
STORY = """
name = "a stall"
duration = "2 h"
seed = 4
[therapy]
fill = "18 mL"
basal = "20 uL/h"
[[step]]
at = "1 h"
inject = "motor.stall"
[[expect]]
truth = "delivered"
above = "30 uL"
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")
@pytest.mark.slow
def test_harm_becomes_inevitable_when_what_is_left_of_the_time_cannot_make_up_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.toml").write_text(STORY)
    options = ["--moments", "6", "--futures", "3", "--response", "1 min", "--json", "n.json", "--report", "n.html"]
    done = CliRunner().invoke(app, ["when", "story.toml", *options])
    assert done.exit_code == 0, (done.output, done.exception)
    found = json.loads((tmp_path / "n.json").read_text())
    assert found["has_harmed"]
    # Somebody who comes within a minute of 89 min may just be in time; of 90 min nobody is.
    assert 85 * 60 < found["inevitable_s"] <= 94 * 60
    assert 3_600 < found["knowable_s"] <= 3_600 + 54  # the next stroke after the fault
    assert found["spoke"] == "MOTOR_STALL"
    assert found["knowable_s"] < found["spoke_s"] < found["knowable_s"] + 60
    assert [moment["harmed"] for moment in found["moments"] if moment["t_s"] <= 3_600] == [0, 0, 0, 0]
    assert "point of no return" in (tmp_path / "n.html").read_text()


def test_a_moment_is_lost_only_when_all_later_ones_are():
    moments = [Moment(t_s, harmed, 4, 0.0, 1.0) for t_s, harmed in ((0.0, 0), (1.0, 4), (2.0, 3), (3.0, 4), (4.0, 4))]
    assert first_lost(moments) == 3
    assert first_lost(moments[:3]) is None
