"""The linked and compiled modules that a board gets do what their sources do, in the real interpreter."""

from __future__ import annotations

import pytest

from hil.campaign.compare import ENABLE_NET, STEP_NET
from hil.targets.mpy import MpyTarget
from tests.conformance.rig import Rig, scenario


def told_and_stepped(is_compiled: bool) -> tuple[list[tuple[str, int, int]], list[int], int]:
    """(log entries, microsteps of each stroke, bytes of heap in use) of a short therapy with a bolus and a stall."""
    with MpyTarget.of_scenario(scenario(), (STEP_NET, ENABLE_NET), is_compiled=is_compiled) as target:
        rig = Rig(target)
        rig.deliver(1_000_000, patient=(6_000, 60, 600, 3))
        rig.run_for(20.0)
        target.bench.press("patient", 500_000_000)
        rig.run_for(90.0)
        target.bench.inject("motor.stall", {})
        rig.wait_for_alarm("MOTOR_STALL", 60.0)
        rig.client.stop()
        rig.run_for(2.0)
        heap = target.heap()
        assert heap is not None
        log = [(event.code, event.a, event.b) for event in rig.client.log(0)]
        return log, [steps for _, steps in rig.strokes()], heap.used


@pytest.mark.slow
@pytest.mark.requirement("INT-10")
def test_compiled_modules_tell_the_story_of_their_sources_in_less_memory():
    log, strokes, used = told_and_stepped(is_compiled=True)
    log_of_sources, strokes_of_sources, used_by_sources = told_and_stepped(is_compiled=False)
    assert [code for code, _, _ in log] == [code for code, _, _ in log_of_sources]
    assert abs(len(strokes) - len(strokes_of_sources)) <= 1
    assert set(strokes) == set(strokes_of_sources)
    assert used < used_by_sources - 16 * 1024
