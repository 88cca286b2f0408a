"""Mutants differ from their source in one place, stay valid, and cover what they claim to."""

from __future__ import annotations

import ast

import pytest

from hil.quality.edited_run import EditedRun
from hil.quality.mutation.mutator import Mutant, mutants
from hil.quality.mutation.reach import Reach, Reached
from hil.quality.mutation.score import Score, Tried, every_mutant, measure
from hil.targets import firmware_source

SOURCE = '''"""A text is left alone: 1 < 2."""

from micropython import const

_LIMIT = const(5)


def is_more(a, b):
    """So is this one."""
    if a and not b:
        tell(a)
    a += 1
    return a < b + _LIMIT
'''


def changed_lines(source: str) -> set[tuple[int, str]]:
    return {(mutant.line, mutant.after) for mutant in mutants("f.py", source)}


def test_each_kind_of_change_is_made_at_its_place_and_nowhere_else():
    assert changed_lines(SOURCE) == {
        (5, "_LIMIT = const(6)"),
        (10, "if a or not b:"),
        (10, "if a and b:"),
        (11, "pass"),
        (12, "a -= 1"),
        (12, "a += 2"),
        (13, "return a <= b + _LIMIT"),
        (13, "return a < b - _LIMIT"),
    }


def test_a_mutant_knows_its_function():
    assert {mutant.line: mutant.scope for mutant in mutants("f.py", SOURCE)} == {5: 0, 10: 8, 11: 8, 12: 8, 13: 8}


def assert_other_valid_file(mutant: Mutant) -> None:
    source = firmware_source.source(mutant.file)
    assert mutant.text != source
    assert mutant.text.count("\n") == source.count("\n")
    ast.parse(mutant.text)


def test_every_fifth_mutant_of_the_core_is_another_valid_file():
    possible = every_mutant(firmware_source.paths_of("core"))
    assert {mutant.file for mutant in possible[::5]} == {mutant.file for mutant in possible}
    for mutant in possible[::5]:
        assert_other_valid_file(mutant)


@pytest.mark.slow
def test_every_mutant_of_the_core_is_another_valid_file():
    for mutant in every_mutant(firmware_source.paths_of("core")):
        assert_other_valid_file(mutant)


def test_a_mutant_is_tried_on_the_tests_that_reach_its_function_quickest_first():
    reach = Reach(
        [
            Reached("slow", 2.0, [("f.py", 8)]),
            Reached("other function", 0.1, [("f.py", 20)]),
            Reached("other file", 0.1, [("g.py", 8)]),
            Reached("quick", 0.5, [("f.py", 8), ("g.py", 1)]),
        ]
    )
    assert [test.name for test in reach.tests_for("f.py", 8)] == ["quick", "slow"]
    assert [test.name for test in reach.tests_for("f.py", 0)] == ["other function", "quick", "slow"]


def test_the_quickest_test_of_each_file_comes_before_the_second_of_any():
    times = {"a::one": 0.1, "a::two": 0.2, "b::one": 5.0, "a::three": 0.3, "b::two": 6.0}
    reach = Reach([Reached(name, wall_s, [("f.py", 8)]) for name, wall_s in times.items()])
    assert [test.name for test in reach.tests_for("f.py", 8)] == ["a::one", "b::one", "a::two", "b::two", "a::three"]


def test_a_mutant_is_tried_on_half_a_minute_of_tests_and_at_least_on_one(monkeypatch):
    tried = []

    def run_tests(edits, tests, timeout_s):
        tried.append(tests)
        return EditedRun("passed", 1.0, "")

    monkeypatch.setattr("hil.quality.edited_run.run_tests", run_tests)
    source = "def f():\n    return 1\n"
    monkeypatch.setattr(firmware_source, "source", lambda path: source)
    for seconds in ([40.0, 50.0], [10.0, 15.0, 20.0]):
        reach = Reach([Reached(f"{s}::t", s, [("f.py", 1)]) for s in seconds])
        score = measure(["f.py"], reach, 1, 1, 60.0, lambda tried: None)
        assert score.count("survived") == 1
    assert tried == [["40.0::t"], ["10.0::t", "15.0::t"]]


@pytest.mark.parametrize(
    ("states", "percent"),
    [
        pytest.param(["killed", "timeout", "survived", "unreached"], 50.0, id="what no test reaches is not noticed"),
        pytest.param([], 0.0, id="nothing tried is no success"),
    ],
)
def test_the_score_counts_what_was_noticed(states, percent):
    mutant = next(mutants("f.py", SOURCE))
    assert Score(9, [Tried(mutant, state) for state in states]).percent == percent
