"""The pytest plugin: scenario files as items, properties in JUnit, evidence, and the fixtures."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from hil.traceability.evidence import Evidence, read_evidence

REPOSITORY = Path(__file__).resolve().parents[3]

GOOD = """\
name = "good"
duration = "10 min"
requirements = ["THR-04", "THR-05"]
[therapy]
fill = "18 mL"
basal = "60 uL/h"
[[expect]]
truth = "delivered"
equals_programme_within = "10 %"
"""
FAILS = GOOD.replace('"good"', '"fails"') + '[[expect]]\nalarm = "MOTOR_STALL"\n'
INVALID = GOOD.replace('"good"', '"invalid"') + '[[step]]\nat = "10 min"\ninject = "head.wear"\n'
SWEEP = GOOD + '[sweep]\n"therapy.basal" = ["60 uL/h", "120 uL/h"]\n'


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs pytest with the plugin, whether it is installed or only lies in this checkout."""
    paths = [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))

    def call(*arguments: str):
        return pytester.runpytest_inprocess("-p", "hil.pytest_plugin.plugin", "-p", "no:cacheprovider", *arguments)

    return call


def test_a_scenario_file_is_an_item_and_its_requirements_are_in_junit(pytester, run):
    pytester.path.joinpath("good.toml").write_text(GOOD)
    pytester.path.joinpath("other.toml").write_text("[tool]\nx = 1\n")
    result = run("-p", "no:xdist", "--junitxml", "j.xml")
    result.assert_outcomes(passed=1)
    case = ElementTree.parse(pytester.path / "j.xml").find(".//testcase")
    assert case is not None
    found = [(each.get("name"), each.get("value")) for each in case.iter("property")]
    assert ("requirement", "THR-04") in found and ("requirement", "THR-05") in found
    assert ("target", "sim") in found and ("verdict", "pass") in found


def test_a_failed_and_an_invalid_scenario_fail_with_what_was_seen_and_how_to_repeat_it(pytester, run):
    pytester.path.joinpath("fails.toml").write_text(FAILS)
    pytester.path.joinpath("invalid.toml").write_text(INVALID)
    result = run("-p", "no:xdist")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*fail: alarm MOTOR_STALL: never raised*", "again: pumpbench run fails.toml --target sim --seed 0"]
    )
    result.stdout.fnmatch_lines(["*invalid: head.wear at * never took effect*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_sweep_is_an_item_for_each_run_and_workers_share_them(pytester, run):
    pytester.path.joinpath("sweep.toml").write_text(SWEEP)
    result = run("-n", "2", "--pump-evidence", "seen")
    result.assert_outcomes(passed=2)
    seen = read_evidence(pytester.path / "seen")
    assert {(item.name, item.requirement, item.verdict) for item in seen} == {
        (f"sweep[therapy.basal = {rate} uL/h]", requirement, "pass")
        for rate in (60, 120)
        for requirement in ("THR-04", "THR-05")
    }


def test_a_file_that_cannot_be_read_is_an_error_with_file_line_and_field(pytester, run):
    pytester.path.joinpath("bad.toml").write_text(GOOD.replace("programme_within", "programme_withn"))
    result = run("-p", "no:xdist")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*bad.toml:9: expect.0.equals_programme_withn: unknown key*"])


CONFLICT = "<<<<<<< HEAD\n" + GOOD


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CONFLICT.encode(), "bad.toml:1"),
        (GOOD.replace("duration", "duraton").encode(), "duraton"),
        (b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
        (GOOD.replace("uL", "µL").encode("latin-1"), "UTF-8"),
        (GOOD.encode("utf-16"), "UTF-16"),
        (GOOD.split("[[expect]]")[0].encode()[:-2], "bad.toml"),
    ],
    ids=["a merge conflict", "a misspelt key", "a byte order mark", "Latin-1", "UTF-16", "a file cut off"],
)
def test_a_scenario_that_cannot_be_read_is_an_error_beside_the_others_of_its_folder(pytester, run, data, words):
    folder = pytester.path / "set"
    folder.mkdir()
    (folder / "good.toml").write_text(GOOD)
    (folder / "bad.toml").write_bytes(data)
    (folder / "pyproject.toml").write_text("[project]\nname = 'other'\nrequirements = []\n")
    result = run("-p", "no:xdist", "set")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*{words}*"])


def test_another_plugin_may_have_the_plain_names_of_options(pytester, run):
    pytester.makeconftest(
        """
        def pytest_addoption(parser):
            for name in ("--target", "--evidence", "--seed", "--port"):
                parser.addoption(name)
        """
    )
    pytester.path.joinpath("good.toml").write_text(GOOD)
    run("-p", "no:xdist").assert_outcomes(passed=1)


@pytest.mark.parametrize("name", ["hil", "emulator", "protocols"])
@pytest.mark.parametrize("blocked", [False, True], ids=["", "blocked"])
def test_a_package_that_hides_one_of_ours_gets_one_line(pytester, monkeypatch, name, blocked):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # of the tests themselves; a worker says nothing
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makepyfile("def test_of_something_else(): pass")
    (pytester.path / name).mkdir()
    (pytester.path / name / "__init__.py").write_text("")
    options = ("-p", "no:pumpbench") if blocked else ()
    result = pytester.run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=1)
    lines = [line for line in result.errlines if "pumpbench" in line]
    assert len(lines) == (0 if blocked else 1)
    assert blocked or (f'"{name}"' in lines[0] and "-p no:pumpbench" in lines[0])


def test_a_scenario_for_another_target_is_skipped_and_an_unknown_target_is_an_error(pytester, run):
    pytester.path.joinpath("board.toml").write_text('targets = ["board"]\n' + GOOD)
    run("-p", "no:xdist").assert_outcomes(skipped=1)
    refused = run("-p", "no:xdist", "--pump-target", "simm")
    assert refused.ret == pytest.ExitCode.USAGE_ERROR


def test_the_fixtures_drive_a_pump_its_bench_and_its_plant(pytester, run):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.requirement("DET-01")
        def test_a_stall_is_told(pump, bench, plant):
            pump.run_for("10 min")
            before_nl = plant.delivered_nl
            assert pump.status().mode == "RUNNING" and 9_000 < before_nl < 11_000
            injection = bench.inject("motor.stall", duration="30 min")
            pump.run_for("2 min")
            assert injection.took_effect and pump.alarms() == ["MOTOR_STALL"]
            assert pump.do("request_patient_bolus") == "ALARM_ACTIVE"
            assert plant.delivered_nl == before_nl
            assert any(event.code == "STALL" for event in pump.events)

        @pytest.mark.therapy('name = "slow"\\nduration = "1 d"\\n[therapy]\\nfill = "10 mL"\\nbasal = "12 uL/h"')
        def test_another_therapy(pump, plant):
            pump.run_until("1 h")
            assert 11_000 < plant.delivered_nl < 13_000

        def test_a_scenario_is_run_and_not_judged(scenario):
            result = scenario(\'\'\'
        name = "short"
        duration = "5 min"
        [therapy]
        fill = "10 mL"
        basal = "60 uL/h"
        [[expect]]
        alarm = "MOTOR_STALL"
        \'\'\')
            assert result.verdict == "fail" and result.programmed_nl == 5_000
        """
    )
    result = run("-p", "no:xdist", "--pump-evidence", "seen")
    result.assert_outcomes(passed=3)
    (seen,) = read_evidence(pytester.path / "seen")
    assert (seen.requirement, seen.kind, seen.target, seen.verdict) == ("DET-01", "test", "sim", "pass")


def test_what_a_folder_of_tests_shows_is_shown_on_the_target_that_the_project_says(pytester, run):
    pytester.makeini("[pytest]\nevidence_targets =\n    parts/whole=mpy\n    parts=chip\n")
    for place in ("parts/whole", "parts", "."):
        folder = pytester.path / place
        folder.mkdir(parents=True, exist_ok=True)
        name = place.replace("/", "_").replace(".", "top")
        text = "import pytest\n@pytest.mark.requirement('ALM-01')\ndef test_it(): pass\n"
        (folder / f"test_{name}.py").write_text(text)
    run("-p", "no:xdist", "--pump-evidence", "seen").assert_outcomes(passed=3)
    seen = read_evidence(pytester.path / "seen")
    assert sorted(item.target for item in seen) == ["chip", "host", "mpy"]


def test_tests_of_several_targets_show_it_on_that_of_their_parameter(pytester, run):
    pytester.makeini("[pytest]\nevidence_targets =\n    all={rig}\n")
    folder = pytester.path / "all"
    folder.mkdir()
    (folder / "test_all.py").write_text(
        "import pytest\n"
        "@pytest.fixture(params=['sim', 'chip'])\n"
        "def rig(request):\n"
        "    if request.param == 'chip': pytest.skip('no image')\n"
        "@pytest.mark.requirement('ALM-01')\ndef test_it(rig): pass\n"
        "@pytest.mark.requirement('ALM-01')\ndef test_other(): pass\n"
    )
    run("-p", "no:xdist", "--pump-evidence", "seen").assert_outcomes(passed=2, skipped=1)
    seen = read_evidence(pytester.path / "seen")
    assert sorted((item.target, item.verdict) for item in seen) == [("chip", "skip"), ("host", "pass"), ("sim", "pass")]


def test_a_line_that_is_no_evidence_is_an_error_with_its_place(tmp_path):
    good = Evidence("THR-01", "test", "x", "sim", "pass", "2026-01-01T00:00:00+00:00")
    (tmp_path / "1.jsonl").write_bytes(msgspec.json.encode(good) + b"\n{}\n")
    with pytest.raises(Exception, match="1.jsonl:2"):
        read_evidence(tmp_path)
