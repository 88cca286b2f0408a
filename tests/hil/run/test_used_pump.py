"""The lead-in of a pump that was used before: it begins in a known state, or the run is blocked and says why."""

from __future__ import annotations

import pytest

from hil.errors import BenchBroken, Blocked
from hil.pump.client import Client
from hil.run.execution import result_of_error
from hil.run.lead_in import lead_in, wait_for_boot
from hil.run.oracle import Oracle
from hil.run.person import Person
from hil.scenario.reader import read_text
from hil.targets.base import LEAD_IN_NS
from hil.targets.sim import SimTarget
from tests.therapy import give_therapy

STORY = """
name = "A bolus on top of basal"
requirements = ["THR-09"]
duration = "1 min"
[therapy]
fill = "15 mL"
basal = "600 uL/h"
[[step]]
at = "10 s"
do = "clinician_bolus"
volume = "10 uL"
duration = "30 s"
[[expect]]
mode = "RUNNING"
at = "50 s"
"""
S = 10**9


class UsedTarget(SimTarget):
    is_fresh = False

    def begin_again(self):
        self.clock._zero_ns = self.world.env.now + LEAD_IN_NS


def scenario():
    return read_text(STORY, "story.toml")[0]


@pytest.fixture
def stalled():
    """A pump that has stalled: its target, and the fault, still there. The alarm outlives what comes next."""
    with SimTarget.of_scenario(scenario()) as target:
        wait_for_boot(target.clock)
        client = Client(target.serial, target.clock)
        client.hello()
        give_therapy(client, 600_000)
        fault = target.bench.inject("motor.stall", {})
        target.clock.run_until(target.clock.now_ns + 60 * S)
        client.poll()
        assert [alarm.name for alarm in client.alarms()] == ["MOTOR_STALL"]
        yield target, fault


def second_run(world):
    """Power off and on, and the lead-in of the next run."""
    target = UsedTarget(world)
    target.power.off()
    target.clock.run_until(target.clock.now_ns + S)
    target = UsedTarget(world)
    target.power.on()
    client = Client(target.serial, target.clock)
    story = scenario()
    person = Person(client, target, Oracle(story.start_clock), story.therapy, story.start_clock)
    return client, lambda: lead_in(story, target, client, person)


@pytest.mark.requirement("DET-02")
def test_a_stall_that_is_over_is_cleared_by_a_start_before_time_zero(stalled):
    target, fault = stalled
    fault.clear()
    client, begin = second_run(target.world)
    assert begin().verdict == "pass"
    assert client.alarms() == []
    assert client.status().mode == "RUNNING"
    client.clinician_bolus(10_000, 30)


def test_limits_of_an_earlier_run_do_not_bind_this_one(stalled):
    target, fault = stalled
    fault.clear()
    before = Client(target.serial, target.clock)
    before.hello()
    before.stop()
    before.programme_begin()
    before.stage_drug("strong", 500, hard_rate_nl_per_h=20_000, hard_bolus_nl=5_000)
    before.stage_day(0b111_1111, [(0, 10_000)])
    before.stage_patient_bolus(2_000, 60, 3_600, 2)
    before.stage_dose_limit(100_000, 86_400)
    before.programme_commit()
    client, begin = second_run(target.world)
    assert begin().verdict == "pass"
    client.clinician_bolus(10_000, 30)
    assert client.prescription()["dose_limit_nl"] == 0


def test_a_refill_entered_by_an_earlier_run_is_no_mismatch_of_this_one(stalled):
    target, fault = stalled
    fault.clear()
    client, begin = second_run(target.world)
    begin()
    assert not any(event.alarm == "REFILL_MISMATCH" for event in client.log())


def test_a_stall_that_is_still_there_blocks_the_run_and_leaves_the_motor_off(stalled):
    target, _ = stalled
    client, begin = second_run(target.world)
    with pytest.raises(Blocked, match="STOPPED with alarms of before this run that do not clear: MOTOR_STALL; mend"):
        begin()
    assert client.status().mode == "STOPPED"


def test_what_is_blocked_is_no_verdict_about_the_pump():
    result = result_of_error(scenario(), "serial:/dev/x", Blocked("the pump is in FAULT"), "")
    assert (result.verdict, result.exit_code) == ("blocked", 5)


def test_a_firmware_of_another_protocol_is_one_line_and_no_verdict(stalled):
    target, _ = stalled
    story = scenario()
    client = Client(target.serial, target.clock, version=1)
    person = Person(client, target, Oracle(story.start_clock), story.therapy, story.start_clock)
    with pytest.raises(BenchBroken, match="the pump speaks protocol 2 and this host 1, .*: pumpbench flash PORT$"):
        lead_in(story, target, client, person)
