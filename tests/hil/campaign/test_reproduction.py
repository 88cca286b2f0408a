"""A failed run is replayed bit for bit from its report, and cut down to the least that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.campaign import reproduction
from hil.cli import app
from hil.report.recipe import recipes
from hil.scenario.reader import read_file
from hil.targets import firmware_source

SERIES = """\
name = "series"
duration = "12 min"
seed = 5
[bench]
pressure_noise = "0.21 kPa"
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "60 uL/h"
[[step]]
at = "2 min"
do = "silence"
every = "1 min"
count = 3
[[step]]
at = "5 min"
inject = "motor.stall"
[[expect]]
never = "MOTOR_STALL"
[[expect]]
truth = "delivered"
above = "1 uL"
[monte_carlo]
trials = 2
"step.1.at" = { uniform = ["5 min", "9 min"] }
"""


def pumpbench(*arguments: str):
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One failing trial of the series, with its report and its results."""
    folder = tmp_path_factory.mktemp("series")
    file = folder / "series.toml"
    file.write_text(SERIES)
    arguments = ["--report", str(folder), "--json", str(folder / "result.json")]
    done = pumpbench("run", str(file), "--only", "trial 0", *arguments)
    assert done.exit_code == 1, done.output
    return folder


def test_a_failed_run_is_replayed_bit_for_bit_from_its_report(folder):
    done = pumpbench("replay", str(folder / "report.html"))
    assert done.exit_code == 0, done.output
    assert "same event log, bit for bit" in done.output


def test_a_report_is_replayed_when_the_file_has_moved_on(folder):
    (recipe,) = recipes(folder / "report.html")
    file = folder / "series.toml"
    text = file.read_text()
    try:
        file.write_text(text.replace("60 uL/h", "90 uL/h"))
        result = reproduction.replay(recipe)
    finally:
        file.write_text(text)
    assert result.event_log_sha256 == recipe.event_log_sha256
    assert result.verdict == recipe.verdict == "fail"


def test_the_results_of_a_run_are_replayed_too(folder):
    (recipe,) = recipes(folder / "result.json")
    (of_report,) = recipes(folder / "report.html")
    assert recipe == of_report


def test_the_command_line_of_the_report_is_the_same_run(folder):
    (recipe,) = recipes(folder / "report.html")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "--only" in page and "trial 0, step.1.at" in page
    (scenario,) = [each for each in read_file(folder / "series.toml") if recipe.variant in each.variant]
    assert scenario == reproduction.scenario_of(recipe)


def test_another_seed_is_another_event_log(folder):
    (recipe,) = recipes(folder / "report.html")
    recipe.seed += 1
    recipe.variant = next(each.variant for each in read_file(folder / "series.toml", recipe.seed))
    assert reproduction.replay(recipe).event_log_sha256 != recipe.event_log_sha256


def test_another_firmware_is_not_taken_for_the_one_of_the_report(folder):
    (recipe,) = recipes(folder / "report.html")
    path = "firmware/core/units.py"
    with (
        firmware_source.edited({path: firmware_source.source(path) + "\n# another\n"}),
        pytest.raises(reproduction.CannotReplay, match="the firmware here is image"),
    ):
        reproduction.replay(recipe)


def test_an_event_log_that_differs_is_told(folder):
    row = json.loads((folder / "result.json").read_text())
    row[0]["event_log_sha256"] = "0" * 64
    (folder / "other.json").write_text(json.dumps(row))
    assert pumpbench("replay", str(folder / "other.json")).exit_code == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<html></html>", id="a page that is no report"),
        pytest.param("[{}]", id="results of something else"),
    ],
)
def test_what_is_no_report_is_refused(tmp_path, text):
    file = tmp_path / "x.html"
    file.write_text(text)
    with pytest.raises(reproduction.CannotReplay, match="neither a report"):
        recipes(file)


def test_every_report_says_what_it_means_for_the_patient(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    for text in ("Hours below threshold", "Hours above threshold", "Missed dose", "not a clinical prediction"):
        assert text in page
    assert "µg of the drug" in page


@pytest.mark.slow
def test_a_trial_of_a_series_is_cut_down_to_a_file_that_fails_the_same(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = pumpbench("shrink", str(folder / "series.toml"), "--only", "trial 0", "--minutes", "1.5")
    assert done.exit_code == 0, done.output
    (scenario,) = read_file("series-minimal.toml")
    assert len(scenario.steps) == 1
    assert len(scenario.expectations) == 1
    assert scenario.duration_ns < 12 * 60 * 10**9
    run = pumpbench("run", "series-minimal.toml")
    assert run.exit_code == 1
    assert "never MOTOR_STALL" in run.output


def test_a_file_that_passes_cannot_be_cut_down(tmp_path):
    file = tmp_path / "good.toml"
    file.write_text(SERIES.partition("[[step]]")[0].replace("12 min", "1 min") + '[[expect]]\nmode = "RUNNING"\n')
    done = CliRunner().invoke(app, ["shrink", str(file)])
    assert "no run of it fails" in str(done.exception)
