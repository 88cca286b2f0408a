"""What a person does who follows the texts is what the texts say, and it brings a pump back."""

from __future__ import annotations

import pytest

from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.scenario.alarm_texts import ACTS, ASKING_FOR_MORE, CHECK
from hil.scenario.reader import read_text
from hil.scenario.verbs import VERBS
from protocols import alarms, ids

TEXTS = {row[alarms.NAME]: row[alarms.TEXT].lower() for row in alarms.ALARMS if row[alarms.PRIORITY] != ids.NOTICE}


def test_every_alarm_has_its_acts_and_a_notice_has_none():
    assert set(ACTS) == set(TEXTS)
    assert all(ACTS.values())


def test_a_row_of_acts_is_that_of_an_alarm():
    assert set(ASKING_FOR_MORE) <= set(TEXTS)


@pytest.mark.parametrize("alarm", ACTS)
def test_an_act_is_asked_for_by_the_text_of_its_alarm(alarm):
    for act in ACTS[alarm]:
        assert act.words in TEXTS[alarm]
        assert act.verb == CHECK or act.verb in VERBS


@pytest.mark.requirement("ALM-05")
@pytest.mark.parametrize("row", alarms.ALARMS, ids=[row[alarms.NAME] for row in alarms.ALARMS])
def test_a_latched_alarm_that_holds_something_back_asks_for_its_acknowledgement_before_a_start(row):
    """A start is refused until then, and so is a bolus: who reads the text has to know."""
    holds_back = row[alarms.ACTION] > ids.CONTINUE or row[alarms.INHIBITS]
    if row[alarms.CLEARING] == ids.LATCHED and holds_back:
        text = row[alarms.TEXT].lower()
        assert "acknowledge" in text
        assert row[alarms.ACTION] < ids.STOP or text.index("acknowledge") < text.rindex("start")


@pytest.mark.requirement("ALM-05")
def test_who_follows_the_texts_after_a_reversed_motor_has_a_pump_that_runs_without_an_alarm():
    (scenario,) = read_text(
        """
name = "Reversed, mended, followed"
duration = "40 min"
[bench]
friction_torque = "2 mN.m"
refill_due = "1 h"
[therapy]
fill = "18 mL"
basal = "60 uL/h"
[[step]]
at = "5 min"
inject = "motor.reverse"
duration = "5 min"
[[step]]
at = "11 min"
do = "follow_alarm_texts"
every = "1 min"
count = 4
[[expect]]
log = "ALARM"
at_least = 1
[[expect]]
mode = "RUNNING"
over = ["15 min", "40 min"]
[[expect]]
status = "alarm_count"
equals = 0
at = "40 min"
""",
        "reversed.toml",
    )
    result, _record = run_scenario(scenario, "sim", Options())
    assert result.verdict == "pass", result.message
