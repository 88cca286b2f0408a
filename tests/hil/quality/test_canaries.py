"""Broken firmwares: each edit still applies, says why it matters, and a sample of them is caught."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hil.quality.canaries.catalogue import DoesNotApply, canaries, edit
from hil.quality.canaries.check import SCENARIO, Canary, check
from hil.quality.edited_run import EditedRun, file_of
from hil.scenario.reader import library_names
from hil.targets import firmware_source

ALL = canaries()
# One of a unit test, one of the pump as a whole, one of a scenario of the library: those whose tests are short.
SAMPLE = ("asking-extends-lockout", "reversal-accepted", "old-numbers-accepted")


def names(canary: Canary) -> str:
    return canary.id


def test_there_are_enough_of_them_under_names_of_their_own():
    assert len(ALL) >= 25
    assert len({canary.id for canary in ALL}) == len(ALL)


def test_the_documents_tell_their_number():
    for document in ("docs/measuring.md", "CHANGELOG.md"):
        assert f"{len(ALL)} " in (firmware_source.REPOSITORY / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("canary", ALL, ids=names)
def test_an_edit_applies_to_the_firmware_of_today_and_is_still_python(canary):
    ((path, text),) = edit(canary).items()
    assert text != firmware_source.source(path)
    compile(text, path, "exec")
    assert len(canary.why) > 30


@pytest.mark.parametrize("canary", ALL, ids=names)
def test_what_catches_it_is_there(canary):
    assert canary.caught_by
    for name in canary.caught_by:
        if name.startswith(SCENARIO):
            assert name.removeprefix(SCENARIO) in library_names()
        else:
            function = name.partition("::")[2].partition("[")[0]  # one of several cases may be named
            assert not function or f"def {function}(" in file_of(name).read_text(encoding="utf-8")


def test_a_case_that_catches_one_is_there():
    cases = [name for canary in ALL for name in canary.caught_by if name.endswith("]")]
    assert cases
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", *cases],
        cwd=firmware_source.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_edit_of_a_text_that_moved_on_is_refused():
    with pytest.raises(DoesNotApply, match="stands 0 times in firmware/core/units.py"):
        edit(Canary("gone", "firmware/core/units.py", "no such text", "", "", ("x",)))
    with pytest.raises(DoesNotApply, match="not once"):
        edit(Canary("many", "firmware/core/units.py", "return", "", "", ("x",)))


def test_a_module_is_loaded_from_its_edited_copy_only_inside(firmware_module):
    path = "firmware/core/press.py"
    source = firmware_source.source(path)
    with firmware_source.edited({path: source.replace("SETTLE_MS = const(50)", "SETTLE_MS = const(7)")}):
        assert firmware_module("firmware.core.press").SETTLE_MS == 7
    assert firmware_module("firmware.core.press").SETTLE_MS == 50


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        pytest.param("failed", "caught", id="a failing test caught it"),
        pytest.param("timeout", "caught", id="a pump that hangs is noticed"),
        pytest.param("passed", "survived", id="a passing test did not"),
        pytest.param("broken", "broken", id="tests that cannot run prove nothing"),
    ],
)
def test_a_canary_is_caught_by_a_failing_test_only(monkeypatch, outcome, state):
    monkeypatch.setattr("hil.quality.edited_run.run_tests", lambda edits, tests, timeout_s: EditedRun(outcome, 0.1, ""))
    wanted = [next(canary for canary in ALL if canary.id == SAMPLE[0])]
    assert [finding.state for finding in check(wanted, {}, lambda finding: None)] == [state]
    failing = {name: "" for name in wanted[0].caught_by}
    assert [finding.state for finding in check(wanted, failing, lambda finding: None)] == ["useless"]


def run_canaries(*ids: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hil.quality.canaries", *ids]
    return subprocess.run(command, cwd=firmware_source.REPOSITORY, capture_output=True, text=True)


def test_a_sample_is_caught():
    done = run_canaries(*SAMPLE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(SAMPLE)} of {len(SAMPLE)} broken firmwares caught" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_one_is_caught():
    done = run_canaries()
    assert done.returncode == 0, done.stdout + done.stderr
