"""The differential oracle with the chip in it: one short story of a stall on three targets."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from hil.cli import app

SCENARIO = """
name = "three targets"
why = "machine code tells the story of the shims"
requirements = ["DET-01"]
duration = "40 s"
seed = 7
start_clock = "2026-03-02 08:00:00"
[therapy]
fill = "18 mL"
basal = [{ days = "mon,tue,wed,thu,fri,sat,sun", segments = [["00:00", "900 uL/h"]] }]
[[step]]
at = "12 s"
inject = "motor.stall"
[[expect]]
never = ["SYSTEM_FAULT"]
"""


@pytest.mark.requirement("DET-01", "THR-04")
def test_sim_mpy_and_chip_tell_the_same_story_of_a_stall(image, tmp_path):
    file = tmp_path / "three.toml"
    file.write_text(SCENARIO)
    done = CliRunner().invoke(app, ["compare", str(file), "--targets", "sim,mpy,chip"])
    assert done.exit_code == 0, done.output
    for target in ("mpy", "chip"):
        assert f"sim and {target} agree on" in done.output
    print(done.output)
