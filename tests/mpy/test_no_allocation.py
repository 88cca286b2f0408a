"""No allocation on the steady path (INT-10): three thousand executive turns with the heap locked; slow: ten.

The calls that get the heap, and why: `Journal` and `EventLog` write files (a file object and its buffers),
`Commands` answers the link (a view of the frame that is sent, a log read opens a file), and the periodic
test of the image reads a file. Everything else, the turn itself, delivery with its interrupts, detectors,
buttons and lamps, runs locked.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hil.targets.mpy import MpyTarget
from tests.conformance.rig import Rig, scenario

LOCKED_PUMP = Path(__file__).with_name("locked_pump.py").read_text()
ML_PER_H = 1_000_000


def acts_of(rig: Rig) -> dict[str, int]:
    """How often each kind of activity acted in the locked turns."""
    counts: dict[str, int] = {}
    for name, count in re.findall(r"^acts (\w+) (\d+)$", rig.target.world.mcu.console, flags=re.MULTILINE):
        counts[name] = counts.get(name, 0) + int(count)
    return counts


def locked_run(turns: int, files: dict[str, bytes], seconds: float) -> Rig:
    main = LOCKED_PUMP.replace("TURNS = 10_000", f"TURNS = {turns}").encode()
    with MpyTarget.of_scenario(scenario(), ("STEP",), {"/main.py": main, **files}) as target:
        rig = Rig(target)
        rig.deliver(ML_PER_H)
        for part in range(20):
            rig.run_for(seconds / 20)
            rig.client.status()
            if part % 5 == 0:
                rig.client.stop()
                rig.client.start()
        return rig


@pytest.mark.requirement("INT-10")
@pytest.mark.parametrize("turns", [3_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_the_turns_of_a_delivering_pump_take_nothing_from_the_heap(turns):
    rig = locked_run(turns, {}, turns * 0.48)
    assert f"locked turns {turns}\n" in rig.target.world.mcu.console
    acts = acts_of(rig)
    assert acts["Infusion"] > 0.4 * turns  # each stroke takes several
    assert acts["Journal"] > 10 and acts["EventLog"] > 1 and acts["Commands"] > 10
    assert acts["Rounds"] > turns // 200 and acts["Watchkeeper"] > turns // 1_000
    assert acts["PeriodicTest"] >= turns // 3_000


@pytest.mark.requirement("INT-10")
def test_an_allocation_in_delivery_would_be_found(pytestconfig):
    stroke = "firmware/core/stroke.py"
    path = Path(pytestconfig.rootpath) / stroke
    source = path.read_text()
    spoiled = re.sub(
        r"(    def \w+\(self(?:, \w+)*\):\n(?:        \"\"\".*?\"\"\"\n)?)", r"\1        [0]\n", source, flags=re.DOTALL
    )
    assert spoiled != source
    with pytest.raises(AssertionError, match="MemoryError"):
        locked_run(2_000, {"/" + stroke: spoiled.encode()}, 100.0)
