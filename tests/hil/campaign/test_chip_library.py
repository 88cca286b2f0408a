"""What of the library is run on the chip, and what is CONFIRMED there. The runs themselves need an image."""

from __future__ import annotations

import msgspec
import pytest

from hil.campaign.chip_library import CONFIRMED, SIM_ONLY, UNDECIDED, Row, beginning, chosen
from hil.run.judging import result_without_run
from hil.run.result import AlarmResult, RunResult
from hil.scenario.reader import read_text
from hil.words.quantity import NS_PER_H, NS_PER_MINUTE

SCENARIO = """
name = "a story"
why = "two hours of it"
requirements = ["DET-01"]
duration = "2 h"
[[step]]
at = "{first}"
inject = "motor.stall"
[[step]]
at = "90 min"
clear = "motor.stall"
[[expect]]
alarm = "MOTOR_STALL"
within = "15 min"
[[expect]]
alarm = "MOTOR_STALL"
within = "100 min"
[[expect]]
never = "OVER_DELIVERY"
"""


def story(tmp_path, first: str = "10 min"):
    file = tmp_path / "story.toml"
    file.write_text(SCENARIO.format(first=first))
    return str(file)


def test_of_a_long_scenario_the_beginning_is_run_and_judged_by_what_is_asked_of_it(tmp_path):
    (found,) = chosen([story(tmp_path)], 20 * NS_PER_MINUTE)
    assert found.duration_ns == 20 * NS_PER_MINUTE
    assert len(found.steps) == 1
    assert [asked.end_ns for asked in found.expectations] == [15 * NS_PER_MINUTE, 20 * NS_PER_MINUTE]


def test_a_scenario_in_which_nothing_happens_so_early_is_left_out(tmp_path):
    assert chosen([story(tmp_path, "30 min")], 20 * NS_PER_MINUTE) == []


def test_a_short_scenario_is_run_as_it_is():
    whole = read_text(SCENARIO.format(first="10 min"), "story.toml")[0]
    assert beginning(whole, 2 * NS_PER_H) is whole


def told(verdict: str, *alarms: str) -> RunResult:
    scenario = read_text(SCENARIO.format(first="10 min"), "story.toml")[0]
    result = result_without_run(scenario, "sim", "infra", "", "")
    alarm_results = [AlarmResult(t_s=1.0, name=name, priority="HIGH", event="RAISED") for name in alarms]
    return msgspec.structs.replace(result, verdict=verdict, alarms=alarm_results)


@pytest.mark.parametrize(
    ("sim", "chip", "word", "why"),
    [
        (told("pass", "MOTOR_STALL"), told("pass", "MOTOR_STALL"), CONFIRMED, ""),
        (told("fail"), told("fail"), CONFIRMED, ""),
        (told("pass"), told("fail"), SIM_ONLY, None),
        (told("invalid"), told("invalid"), UNDECIDED, ""),
        (told("invalid"), told("pass"), SIM_ONLY, None),
        (told("pass"), told("infra"), SIM_ONLY, None),
        (told("pass"), told("pass", "SYSTEM_FAULT"), SIM_ONLY, "alarms SYSTEM_FAULT instead of none"),
    ],
)
def test_the_same_verdict_by_the_same_alarms_is_confirmed(sim, chip, word, why):
    scenario = read_text(SCENARIO.format(first="10 min"), "story.toml")[0]
    row = Row(scenario, {"sim": sim, "chip": chip})
    assert row.word == word
    assert why is None or row.why == why
