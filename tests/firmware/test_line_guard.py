"""What the line guard tells of its verdicts: each change once, the first one always."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from emulator.mcu.loader import load_modules
from protocols import ids
from tests.firmware.core_detectors.bench_figures import REPOSITORY, STROKE_NL

modules = load_modules(REPOSITORY, "firmware.services.delivery.line_guard", "firmware.core.alarms", guard=True)
LIMIT_PA = 60_000
REST_PA = 1_300
CLOCK = SimpleNamespace(run_s=100)


class Listener:
    """Hears of alarms, and takes log entries."""

    def __init__(self):
        self.changes = []
        self.entries = []

    def alarm_changed(self, number, life_cycle):
        self.changes.append((number, life_cycle))

    def add(self, code, a, b):
        self.entries.append((code, a))


class Line:
    def __init__(self):
        self.pressure_pa = REST_PA

    def read_pa(self):
        return self.pressure_pa


def guarded_line():
    listener, line = Listener(), Line()
    alarms = modules.alarms.AlarmManager(listener)
    settings = SimpleNamespace(occlusion_limit_pa=LIMIT_PA, nl_per_rev=60_000, microsteps_per_rev=3_200)
    return modules.line_guard.LineGuard(line, settings, STROKE_NL, alarms, listener, CLOCK), line, alarms, listener


@pytest.mark.requirement("ALM-05", "DET-05")
@pytest.mark.parametrize("number", [ids.ALARM_CATHETER_OCCLUSION, ids.ALARM_CATHETER_DISCONNECTED])
def test_an_alarm_from_the_journal_whose_cause_is_over_can_be_acknowledged_after_the_first_look(number):
    guard, _, alarms, _ = guarded_line()
    alarms.restore(number, 50, True)
    assert alarms.acknowledge(number) == ids.ALARM_ACTIVE
    guard.rest()
    assert alarms.acknowledge(number) == ids.OK


@pytest.mark.requirement("DET-05")
def test_each_occlusion_is_told_and_logged_when_it_begins_and_told_when_it_ends():
    guard, line, alarms, listener = guarded_line()
    for _ in range(2):
        listener.changes.clear()
        listener.entries.clear()
        line.pressure_pa = LIMIT_PA
        guard.rest()
        guard.rest()
        assert listener.entries == [(ids.LOG_OCCLUSION, LIMIT_PA)]
        assert alarms.acknowledge(ids.ALARM_CATHETER_OCCLUSION) == ids.ALARM_ACTIVE
        line.pressure_pa = REST_PA
        guard.rest()
        assert alarms.acknowledge(ids.ALARM_CATHETER_OCCLUSION) == ids.OK
        assert [change[1] for change in listener.changes] == [
            ids.ALARM_RAISED,
            ids.ALARM_ACKNOWLEDGED,
            ids.ALARM_CLEARED,
        ]


@pytest.mark.requirement("DET-05")
def test_an_occlusion_that_comes_back_before_it_was_acknowledged_is_still_one_alarm_with_its_cause():
    guard, line, alarms, listener = guarded_line()
    for pressure_pa in (LIMIT_PA, REST_PA, LIMIT_PA):
        line.pressure_pa = pressure_pa
        guard.rest()
    assert alarms.has_cause(ids.ALARM_CATHETER_OCCLUSION)
    assert listener.changes == [(ids.ALARM_CATHETER_OCCLUSION, ids.ALARM_RAISED)]


@pytest.mark.requirement("DET-05", "DET-08")
def test_a_sensor_that_is_not_trusted_still_counts_against_the_limit():
    guard, line, alarms, _ = guarded_line()
    for shown_pa in [REST_PA] * 20 + [REST_PA + 25_000] * 30:
        # Readings that differ a little: a sensor that shows the same for ever is stuck.
        guard.stroke(shown_pa, shown_pa + 81, shown_pa + 1_500, STROKE_NL)
    assert alarms.has_cause(ids.ALARM_SENSOR_FAULT_PRESSURE)
    assert not alarms.has_cause(ids.ALARM_CATHETER_OCCLUSION)
    guard.stroke(LIMIT_PA + 500, LIMIT_PA + 581, LIMIT_PA + 2_000, STROKE_NL)
    assert alarms.has_cause(ids.ALARM_CATHETER_OCCLUSION)


@pytest.mark.requirement("DET-05", "DET-08")
@pytest.mark.parametrize(
    ("before_pa", "peak_pa", "is_occluded"),
    [(REST_PA, 229_000, True), (229_000, 229_000, False), (-14_800, -14_800, False)],
    ids=["a stroke into a closed stiff line", "shorted to the supply", "wire broken"],
)
def test_out_of_range_is_an_occlusion_only_when_a_stroke_pressed_it_there(before_pa, peak_pa, is_occluded):
    guard, line, alarms, _ = guarded_line()
    guard.stroke(before_pa, before_pa, peak_pa, 5_000)
    assert alarms.has_cause(ids.ALARM_CATHETER_OCCLUSION) == is_occluded
