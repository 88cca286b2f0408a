"""Branches of a common story: the same as fresh runs, and what becomes of those that die, hang or cannot write."""

from __future__ import annotations

import errno
import os
import signal
import time

import pytest

from hil.campaign.branches import BranchDiffers, Branching, Trial, why_fresh
from hil.errors import BenchBroken, ScenarioError
from hil.run.execution import run_scenario
from hil.run.runner import Options
from hil.scenario.reader import read_text

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork a process")

STORY = """
name = "short"
duration = "7 min"
seed = 1
[therapy]
fill = "18 mL"
basal = "90 uL/h"
[[step]]
at = "2 min"
inject = "motor.stall"
duration = "1 min"
[[step]]
when = "alarm MOTOR_STALL"
delay = "10 s"
do = "minimum_rate"
expect = { any = true }
[[step]]
at = "6 min"
do = "stop"
[[expect]]
alarm = "MOTOR_STALL"
within = "4 min"
"""


def trials(sweep: str, text: str = STORY) -> list[Trial]:
    return [Trial(f"{number:03}", scenario) for number, scenario in enumerate(read_text(text + sweep, "short.toml"))]


def keys(outcomes) -> dict[str, str]:
    return {outcome.key: outcome.result.verdict for outcome in outcomes}


@pytest.mark.parametrize(
    "sweep",
    [
        pytest.param('"step.0.at" = ["2 min", "2.5 min", "1 min"]', id="a step at other times", marks=pytest.mark.slow),
        pytest.param('"step.0.duration" = ["20 s", "1 min"]\n"step.2.do" = ["stop", "minimum_rate"]', id="twice"),
        pytest.param('"step.1.do" = ["minimum_rate", "stop"]\n"step.2.at" = ["5 min", "6 min"]', id="when triggered"),
        pytest.param('duration = ["7 min", "6 min"]', id="a shorter story", marks=pytest.mark.slow),
        pytest.param(
            'seed = [1, 2]\n"expect.0.within" = ["3 min", "4 min"]',
            id="other worlds and expectations",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_branches_are_bit_for_bit_what_fresh_runs_are(tmp_path, sweep):
    wanted = trials(f"[sweep]\n{sweep}\n")
    branching = Branching(tmp_path, jobs=2)
    outcomes = branching.run(wanted)
    assert [outcome.key for outcome in outcomes] == [trial.key for trial in wanted]
    for trial, outcome in zip(wanted, outcomes, strict=True):
        fresh, _ = run_scenario(trial.scenario, "sim", Options())
        assert outcome.result.event_log_sha256 == fresh.event_log_sha256, trial.scenario.variant
        assert outcome.result.contract() | {"wall_s": 0} == fresh.contract() | {"wall_s": 0}
    assert all(outcome.shared_s > 0 for outcome in outcomes)
    assert len(branching.checked) == 1


@pytest.mark.slow
def test_a_trial_whose_process_dies_or_hangs_is_infra_and_the_rest_goes_on(tmp_path):
    def examine(trial, runner, result):
        if trial.key == "001":
            os.kill(os.getpid(), signal.SIGKILL)
        if trial.key == "002":
            time.sleep(100)

    wanted = trials('[sweep]\n"step.2.at" = ["5 min", "5.5 min", "6 min", "6.5 min"]\n')
    outcomes = Branching(tmp_path, jobs=2, examine=examine, timeout_s=20).run(wanted)
    assert keys(outcomes) == {"000": "pass", "001": "infra", "002": "infra", "003": "pass"}
    assert "signal 9" in outcomes[1].result.message
    assert "hung" in outcomes[2].result.message


def test_a_branch_that_is_not_as_a_fresh_run_ends_the_campaign(tmp_path):
    wanted = trials('[sweep]\n"step.2.at" = ["5 min", "6 min"]\n')
    with pytest.raises(BranchDiffers, match="short.toml"):
        Branching(tmp_path, examine=lambda trial, runner, result: os.getpid()).run(wanted)


def test_what_is_on_disk_is_not_run_again_and_a_torn_file_is(tmp_path):
    wanted = trials('[sweep]\n"step.2.at" = ["5 min", "6 min", "7 min"]\n')
    first = Branching(tmp_path).run(wanted)
    (tmp_path / "001.trial").write_bytes(b"torn")
    again = []
    assert Branching(tmp_path).run(wanted, again.append)[1].result.event_log_sha256 == first[1].result.event_log_sha256
    assert [outcome.key for outcome in again] == ["001"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000.trial", "001.trial", "002.trial"]


@pytest.mark.slow
def test_a_full_disk_ends_the_campaign_and_keeps_what_is_done(tmp_path):
    class Full(Branching):
        def write(self, outcome):
            if outcome.key == "002":
                raise OSError(errno.ENOSPC, "No space left on device")
            super().write(outcome)

    wanted = trials('[sweep]\n"step.2.at" = ["5 min", "5.5 min", "6 min", "6.5 min"]\n')
    with pytest.raises(BenchBroken, match="disk is full"):
        Full(tmp_path).run(wanted)
    assert (tmp_path / "000.trial").is_file()
    assert set(keys(Branching(tmp_path).run(wanted)).values()) == {"pass"}


def test_a_trial_that_cannot_be_is_told_with_its_place_in_the_file(tmp_path):
    stuck = '[[step]]\nat = "150 s"\ninject = "sensor.rotor_stuck"\n'
    twice = STORY + 2 * stuck + '[sweep]\n"step.2.at" = ["5 min", "6 min"]\n'
    with pytest.raises(ScenarioError, match="active already"):
        Branching(tmp_path).run(trials("", twice))


def test_a_target_outside_this_process_says_why_its_trials_run_fresh():
    assert why_fresh("sim") == ""
    assert "mpy" in why_fresh("mpy") and "fresh" in why_fresh("mpy")
