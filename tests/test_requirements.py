"""The requirement list and the check that a test can only claim what is in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hil.words.requirements import parse_requirements, requirements, unknown_ids

CONFTEST = Path(__file__).with_name("conftest.py")


def test_the_list_has_every_group_and_each_entry_says_where_it_comes_from():
    groups = {requirement.group for requirement in requirements().values()}
    assert groups == {"therapy", "reservoir", "detection", "alarm", "integrity", "link"}
    assert requirements()["THR-04"].source == "OURS"
    assert "less than one stroke" in requirements()["THR-04"].text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param('[a]\nthr-1 = { text = "x", source = "y" }', "three capitals", id="malformed id"),
        pytest.param('[a]\nTHR-01 = { text = "x" }', "needs a text and a source", id="no source"),
        pytest.param('[a]\nTHR-01 = { text = "", source = "y" }', "needs a text", id="empty text"),
        pytest.param(
            '[a]\nTHR-01 = { text = "x", source = "y" }\n[b]\nTHR-01 = { text = "x", source = "y" }',
            "used in a and in b",
            id="an id used in two groups",
        ),
    ],
)
def test_a_bad_list_is_refused_with_the_id_and_the_cause(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        parse_requirements(text)


def test_an_unknown_id_comes_with_its_nearest_known_one():
    assert unknown_ids(["THR-01", "TRH-02"]) == {"TRH-02": "THR-02"}
    assert unknown_ids(["??"]) == {"??": ""}


def run_with_marker(pytester, marker_arguments):
    pytester.makeconftest(CONFTEST.read_text(encoding="utf-8"))
    pytester.makepyfile(f"import pytest\n@pytest.mark.requirement({marker_arguments})\ndef test_it(): pass")
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist")


def test_a_marker_with_a_known_id_is_accepted(pytester):
    run_with_marker(pytester, "'ALM-02', 'INT-10'").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [("'ALM-20'", "*no requirement ALM-20, did you mean*"), ("", "*names no id*")],
)
def test_a_marker_with_an_unknown_or_no_id_stops_the_run(pytester, arguments, complaint):
    result = run_with_marker(pytester, arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([complaint])
