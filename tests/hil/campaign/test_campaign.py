"""`pumpbench campaign`: the same trials on any number of workers, gone on with after an end, and honest figures."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.campaign import statistics
from hil.campaign.page import read_rows
from hil.campaign.tables import table
from hil.cli import app
from hil.scenario.reader import read_file

STORY = """
name = "a stall at some time"
duration = "20 min"
aftermath = "2 min"
seed = 1
[therapy]
fill = "18 mL"
basal = "90 uL/h"
[[step]]
at = "2 min"
inject = "motor.stall"
[[expect]]
alarm = "MOTOR_STALL"
after = "step 0"
within = "1 min"
[monte_carlo]
trials = 4
worlds = 1
"step.0.at" = { uniform = ["1 min", "4 min"] }
"""


@pytest.fixture
def campaign(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.toml").write_text(STORY)

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["campaign", "story.toml", *arguments])
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    return run


def logs(folder) -> list[str]:
    return [row.event_log_sha256 for row in read_rows(folder)]


def test_a_campaign_ends_in_figures_a_page_a_table_and_its_worst_cases_as_files(campaign, tmp_path):
    shown = campaign("--out", "one", "-j", "1", "--json", "figures.json")
    assert "passed 4 of 4" in shown and "detected 4, missed 0" in shown
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert {"trials", "passed", "failed", "invalid", "wall_s", "cpu_s", "shared_prefix_s", "interval_95"} <= set(
        figures
    )
    assert (figures["trials"], figures["passed"], figures["strata"]) == (4, 4, 1)
    assert figures["interval_95"] == pytest.approx([0.3976, 1.0], abs=1e-4)  # (0.05 / 2) ** (1 / 4)
    assert figures["shared_prefix_s"] > 4 * 60
    assert "Kaplan-Meier" in (tmp_path / "one" / "report.html").read_text()
    assert "| all | 4, 1 | 4 of 4" in "\n".join(table(read_rows(tmp_path / "one")))
    worst = sorted((tmp_path / "one" / "worst").iterdir())
    again = CliRunner().invoke(app, ["run", str(worst[0]), "--json", "again.json"])
    assert again.exit_code == 0, again.output
    (result,) = json.loads((tmp_path / "again.json").read_text())
    assert result["event_log_sha256"] == logs(tmp_path / "one")[int(worst[0].stem)]
    assert "monte_carlo" not in tomllib.loads(worst[0].read_text())


def test_two_workers_and_a_second_start_give_the_same_trials(campaign, tmp_path):
    campaign("--out", "two", "-j", "2", "--trials", "3")
    first = logs(tmp_path / "two")
    (tmp_path / "two" / "trials" / "000001.trial").unlink()
    shown = campaign("--out", "two", "-j", "1", "--against", "two")
    assert logs(tmp_path / "two")[:3] == first
    assert "3 trials of both: 0 pass here only, 0 there only" in shown and "0 event logs differ" in shown


def test_a_folder_with_another_campaign_is_refused(campaign):
    campaign("--out", "one", "--trials", "1")
    done = CliRunner().invoke(app, ["campaign", "story.toml", "--out", "one", "--seed", "9"])
    assert "another campaign" in str(done.exception)


@pytest.mark.slow
def test_an_interrupted_campaign_keeps_what_is_done_and_leaves_no_process(campaign, tmp_path):
    command = [sys.executable, "-m", "hil.cli", "campaign", "story.toml", "--out", "cut", "--trials", "60", "-j", "2"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    trials = tmp_path / "cut" / "trials"
    deadline_s = time.monotonic() + 60
    while len(list(trials.glob("*.trial"))) < 5 and time.monotonic() < deadline_s:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 143, said
    assert b"goes on from there" in said
    kept = {path.name: path.read_bytes() for path in trials.glob("*.trial")}
    time.sleep(0.5)
    assert {path.name for path in trials.glob("*.trial")} == set(kept), "a child went on"
    campaign("--out", "cut", "--trials", "60", "-j", "2")
    assert len(list(trials.glob("*.trial"))) == 60
    assert all((trials / name).read_bytes() == data for name, data in kept.items())


@pytest.mark.slow
def test_dask_gives_the_same_trials(campaign, tmp_path):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install pumpbench[campaign]")
    campaign("--out", "here", "-j", "1")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        campaign("--out", "there", "--scheduler", cluster.scheduler_address)
    assert logs(tmp_path / "there") == logs(tmp_path / "here")


def test_none_of_many_is_told_as_a_bound_and_a_missed_alarm_is_censored():
    assert statistics.share(0, 300).text == "0 of 300: below 0.99% with 95% confidence"
    found = statistics.delays([10.0, 20.0, 30.0], [60.0, 60.0])
    assert found is not None
    assert (found.seen, found.missed, found.median_s, found.p95_s) == (3, 2, 30.0, None)
    assert found.curve[-1][1] == pytest.approx(0.6)
    low, high = statistics.rate_interval(0, 100.0)
    assert low == 0.0 and high == pytest.approx(0.03, abs=1e-3)


@pytest.mark.parametrize("file", sorted((Path(__file__).resolve().parents[3] / "docs" / "campaigns").glob("*.toml")))
def test_the_campaigns_of_the_documents_read(file):
    (first, *_) = read_file(file.with_suffix(".toml"))
    assert first.requirements and first.why
