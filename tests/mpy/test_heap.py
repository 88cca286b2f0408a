"""The heap of a Pico is enough, and does not fill (INT-10). Figures are in the interpreter's 64 bit words."""

from __future__ import annotations

import pytest

from emulator.mpy.interpreter import HEAP_BYTES, OWN_HEAP_BYTES, WORD_PERCENT
from hil.targets.mpy import MpyTarget
from tests.conformance.rig import Rig, scenario

HOUR_S = 3600.0
RATE_NL_PER_H = 20_000
# Conservative collection keeps what looks like a pointer: a few objects more or less, not hour by hour.
LEEWAY_BYTES = 512
LEAST_FREE_BYTES = 32 * 1024


def used_by_the_hour(hours: int, every: int, files: dict[str, bytes] | None = None) -> list[int]:
    """Bytes in use after a collection, from an hour of delivery on, while the host asks and listens."""
    used: list[int] = []
    with MpyTarget.of_scenario(scenario(), files=files) as target:
        rig = Rig(target)
        rig.deliver(RATE_NL_PER_H, patient=(10_000, 60, 600, 10))
        rig.run_for(HOUR_S)
        for hour in range(0, hours, every):
            if hour:
                rig.run_for(every * HOUR_S)
            rig.client.status()
            if hour % (4 * every) == 0:
                rig.target.bench.press("patient", 500_000_000)
                rig.run_for(120.0)
            heap = target.heap()
            assert heap is not None
            used.append(heap.used)
        assert rig.client.status().mode == "RUNNING"
        assert rig.client.status().boots == 1
    return used


def assert_level(used: list[int]) -> None:
    assert max(used[1:]) - used[0] <= LEEWAY_BYTES, used
    assert used[-1] - used[len(used) // 2] <= LEEWAY_BYTES, used


@pytest.mark.requirement("INT-10")
def test_the_firmware_boots_in_a_picos_heap_and_leaves_some_of_it():
    """In bytes of a Pico; target chip has the last word."""
    with MpyTarget.of_scenario(scenario()) as target:
        Rig(target)
        heap = target.heap()
    assert heap is not None
    assert heap.used + heap.free <= HEAP_BYTES
    assert heap.free * 100 // WORD_PERCENT > LEAST_FREE_BYTES
    assert heap.used > OWN_HEAP_BYTES


@pytest.mark.requirement("INT-10")
def test_the_heap_is_as_full_after_five_hours_as_after_one():
    assert_level(used_by_the_hour(5, 1))


@pytest.mark.requirement("INT-10")
def test_a_firmware_that_keeps_something_of_every_stroke_would_be_found(pytestconfig):
    ledger = "firmware/services/delivery/stroke_ledger.py"
    source = (pytestconfig.rootpath / ledger).read_text()
    spoiled = source.replace("self.strokes += 1\n", "self.strokes += 1\n        _KEPT.append(bytearray(8))\n")
    assert spoiled != source
    used = used_by_the_hour(3, 1, {"/" + ledger: (spoiled + "\n\n_KEPT = []\n").encode()})
    with pytest.raises(AssertionError):
        assert_level(used)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("INT-10")
def test_the_heap_is_as_full_after_a_week_as_after_an_hour():
    assert_level(used_by_the_hour(7 * 24, 6))
