"""No allocation on the steady path (INT-10): ten thousand executive turns with the heap locked.

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

LOCKED_PUMP = Path(__file__).with_name("locked_pump.py").read_bytes()
ML_PER_H = 1_000_000


def acts_of(rig: Rig) -> dict[str, int]:
    """How often each kind of activity acted in the locked turns."""
    counts: dict[str, int] = {}
    for name, count in re.findall(r"^acts (\w+) (\d+)$", rig.world.mcu.console, flags=re.MULTILINE):
        counts[name] = counts.get(name, 0) + int(count)
    return counts


def locked_run(files: dict[str, bytes], seconds: float) -> Rig:
    with MpyTarget.of_scenario(scenario(), ("STEP",), files) as target:
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
def test_ten_thousand_turns_of_a_delivering_pump_take_nothing_from_the_heap():
    rig = locked_run({"/main.py": LOCKED_PUMP}, 4800.0)
    assert "locked turns 10000\n" in rig.world.mcu.console
    acts = acts_of(rig)
    assert acts["Infusion"] > 4_000  # each stroke takes several
    assert acts["Journal"] > 10 and acts["EventLog"] > 1 and acts["Commands"] > 10
    assert acts["Rounds"] > 50 and acts["Watchkeeper"] > 10 and acts["PeriodicTest"] > 3


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
        locked_run({"/main.py": LOCKED_PUMP, "/" + stroke: spoiled.encode()}, 100.0)
