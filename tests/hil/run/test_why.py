"""A run that shows nothing, or an alarm that never came, says what was missing."""

from __future__ import annotations

import pytest

from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.scenario.reader import read_text

HEAD = 'name = "x"\nduration = "2 h"\n[therapy]\nfill = "15 mL"\nbasal = "30 uL/h"\n'
KINK = '[[step]]\nat = "1 h"\ninject = "catheter.kink"\nk = {k}\n'
OCCLUSION = '[[expect]]\nalarm = "CATHETER_OCCLUSION"\nafter = "1 h"\nwithin = "30 min"\n'


def run(text: str):
    (scenario,) = read_text(text, "x.toml")
    return run_scenario(scenario, "sim", Options())[0]


def test_a_fault_on_a_pump_that_was_not_started_says_so_and_names_the_step():
    result = run(HEAD + KINK.format(k=1e6) + '[[step]]\nwhen = "alarm CATHETER_OCCLUSION"\ndo = "start"\n' + OCCLUSION)
    assert result.verdict == "invalid"
    assert "STANDBY" in result.message and "step 1" in result.message


def test_an_alarm_that_never_came_says_how_near_its_quantity_came_to_the_limit():
    result = run(HEAD + KINK.format(k=50) + OCCLUSION)
    seen = result.expectations[-1].seen
    assert seen.startswith("never raised") and "highest line pressure" in seen and "limit 60 kPa" in seen


@pytest.mark.parametrize(
    ("alarm", "words"),
    [("LOW_RESERVOIR", "level 2 mL"), ("SUPPLY_LOW", "level 3300 mV"), ("MOTOR_STALL", "strokes in that time")],
)
def test_other_alarms_name_their_quantity_too(alarm, words):
    assert words in run(HEAD + f'[[expect]]\nalarm = "{alarm}"\n').expectations[-1].seen
