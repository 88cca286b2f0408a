"""A firmware that hangs: the hardware watchdog, what comes after it, and when it is enough (INT-03)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from emulator.mcu import FlashImage
from emulator.mcu.chip import WATCHDOG_RESET
from emulator.mcu.image import tree_files
from emulator.world import REPOSITORY
from hil.errors import LinkTimeout
from protocols import ids
from tests.pump import pump_rig
from tests.pump.pump_rig import STROKE_NL, PumpRig

BITES_WITHIN_S = 8.388  # the longest period of the RP2040
WINDOW_S = 600.0

# Each activity of the executive, and what the rounds look at: file, method, which of that name in the file.
ACTIVITIES = [
    ("delivery/infusion", "act", 0),
    ("people/switches", "act", 0),
    ("people/annunciation", "act", 0),
    ("link/commands", "act", 0),
    ("health/rounds", "act", 0),
    ("health/monitors", "look", 0),
    ("health/monitors", "look", 1),
    ("health/watchkeeper", "look", 0),
    ("health/periodic_test", "settle", 0),
    ("health/periodic_test", "look", 0),
    ("storage/journal", "act", 0),
    ("storage/event_log", "act", 0),
]
_HANG = """

import machine
import time


def hang():
    if machine.reset_cause() == 1 and time.ticks_ms() > 200_000:
        print("HANGS")
        while True:
            time.sleep_ms(50)
"""


def hanging_image(module: str, method: str, place: int) -> bytes:
    """The firmware with one method that never returns, once 200 s have passed since power-on."""
    path = f"/firmware/services/{module}.py"
    opening = f"    def {method}(self"
    parts = tree_files(REPOSITORY)[path].decode().split(opening)
    head, rest = parts[place + 1].split("\n", 1)
    # A docstring may follow the head: the call goes before it.
    parts[place + 1] = f"{head}\n        hang()\n{rest}"
    return FlashImage.from_tree(REPOSITORY, {path: (opening.join(parts) + _HANG).encode()})


def hang_and_come_back(rig: PumpRig) -> None:
    hang = rig.inject("cpu.hang")
    rig.run_for(9.0)
    hang.clear()
    rig.reconnect()


@pytest.mark.requirement("INT-03")
@pytest.mark.parametrize(
    ("module", "method", "place"), ACTIVITIES, ids=[f"{name} {method} {place}" for name, method, place in ACTIVITIES]
)
def test_a_hang_in_any_activity_is_ended_by_the_watchdog_and_therapy_goes_on(pump, monkeypatch, module, method, place):
    image = hanging_image(module, method, place)
    monkeypatch.setattr(pump_rig, "_flash_image", lambda settings: image)
    rig = pump()
    hangs_ns: list[int] = []
    rig.world.mcu.on_stdout(lambda data, t_ns: hangs_ns.append(t_ns) if b"HANGS" in data else None)
    rig.run_for(200.0)
    rig.inject("clock.jump", by=7_200.0)
    rig.bench.press("patient", 200_000_000)
    with suppress(LinkTimeout):
        rig.client.status()
    while not rig.world.mcu.resets and rig.now_s < 2_000.0:
        rig.run_for(1.0)
    [(reset_ns, cause)] = rig.world.mcu.resets
    assert cause == WATCHDOG_RESET
    assert hangs_ns and reset_ns - hangs_ns[0] <= BITES_WITHIN_S * 1e9
    rig.reconnect()
    boots = [event for event in rig.client.log() if event.code == "BOOT"]
    assert [event.a for event in boots] == [ids.RESET_POWER_ON, ids.RESET_WATCHDOG]
    assert rig.status.mode == "RUNNING"
    assert rig.status.reset_cause == "WATCHDOG"
    turned_nl = rig.turned_nl()
    rig.run_for(1_800.0)
    assert rig.turned_nl() - turned_nl == pytest.approx(10_000.0, abs=2 * STROKE_NL)


@pytest.mark.requirement("INT-03", "THR-15")
def test_a_hang_in_the_middle_of_a_stroke_delivers_no_more_than_that_stroke(pump):
    rig = pump(1_000_000)
    rig.run_for(60.0)
    strokes = len(rig.bursts)
    while len(rig.bursts) == strokes:
        rig.run_for(0.001)
    turned_nl = rig.turned_nl()
    rig.inject("cpu.hang")
    rig.run_for(8.0)
    assert rig.turned_nl() - turned_nl <= STROKE_NL + 1.0
    rig.run_for(1.0)
    rig.reconnect()
    assert rig.status.mode == "RUNNING"


@pytest.mark.requirement("INT-03")
@pytest.mark.parametrize("lived_s", [0.0, 10_000.0], ids=["of a new pump", "of one that has run for hours"])
def test_the_third_watchdog_restart_in_ten_minutes_ends_in_fault(pump, lived_s):
    rig = pump()
    rig.run_for(lived_s)
    for _ in range(3):
        assert rig.status.mode == "RUNNING"
        rig.run_for(100.0)
        hang_and_come_back(rig)
    assert rig.status.mode == "FAULT"
    assert rig.status.top_alarm == "SYSTEM_FAULT"
    assert [event.a for event in rig.client.log() if event.code == "SELF_TEST"] == [ids.ITEM_WATCHDOG]
    since_s = rig.now_s
    rig.run_for(3_600.0)
    assert rig.bursts_after(since_s) == []
    rig.cycle_power()
    assert rig.status.mode == "FAULT"


@pytest.mark.requirement("INT-03")
def test_rarer_watchdog_restarts_are_survived(pump):
    """Twin."""
    rig = pump()
    for _ in range(4):
        rig.run_for(WINDOW_S / 2 + 10.0)
        hang_and_come_back(rig)
    assert rig.status.mode == "RUNNING"
    assert "SYSTEM_FAULT" not in rig.active()


@pytest.mark.requirement("INT-03")
def test_a_pump_that_sleeps_for_hours_is_not_taken_for_a_hung_one(pump):
    """Twin: nothing to deliver, nobody asks."""
    rig = pump(is_started=False)
    rig.run_for(86_400.0)
    assert rig.world.mcu.resets == []
