"""Short names on the board: fewer of them, and the same program."""

from __future__ import annotations

import ast

import pytest

from hil.board.files import source_files
from hil.board.linking import linked
from hil.board.short_names import with_short_names

COUNTER = """
class Counter:
    def __init__(self, first, step=1):
        self._count = first
        self._step = step

    def count(self, times):
        for _ in range(times):
            self._add(self._step)
        return self._count

    def _add(self, number):
        self._count += number
"""

SAME = [
    pytest.param("found = [Counter(3).count(2), Counter(3, 5).count(4)]", id="parameters and attributes"),
    pytest.param("found = Counter(first=3, step=2).count(2)", id="parameters by their names"),
    pytest.param("found = [getattr(Counter(3), '_count'), Counter(4)._step]", id="attributes from outside"),
    pytest.param(
        "class Two(Counter):\n    def get(self):\n        return self._count\nfound = Two(4).get()", id="a base"
    ),
    pytest.param(
        "def outer(number):\n    return [number for number in (number, 2)]\nfound = outer(1)", id="bound again"
    ),
    pytest.param(
        "def outer(a):\n    def inner(a, b=a):\n        return a, b\n    return inner(5)\nfound = outer(1)", id="inner"
    ),
    pytest.param(
        "def outer(n):\n    return (lambda n: n + 1)(n) + (lambda m: m + n)(1)\nfound = outer(1)", id="lambda"
    ),
    pytest.param(
        "def f(number, /, *rest, last=2):\n    return number, rest, last\nfound = f(1, 2, last=3)", id="stars"
    ),
]


@pytest.mark.parametrize("use", SAME)
def test_a_program_with_short_names_finds_what_it_found_before(use):
    source = COUNTER + use
    found = []
    for text in (source, with_short_names({"main": "", "counter": source})["counter"]):
        names: dict[str, object] = {}
        exec(text, names)
        found.append(names["found"])
    assert found[0] == found[1]


def test_data_and_parameters_lose_their_names_and_methods_keep_them():
    short = with_short_names({"main": COUNTER, "counter": COUNTER})
    assert short["main"] == COUNTER
    for name in ("_count", "_step", "first", "times", "number"):
        assert name not in short["counter"]
    assert "def _add(self, _a):\n        self._a += _a" in short["counter"]


def test_what_a_text_names_keeps_its_name():
    source = COUNTER + "NAMES = ('_count',)\n"
    assert "self._count" in with_short_names({"main": "", "counter": source})["counter"]


def test_the_firmware_has_far_fewer_names_on_the_board():
    sources = linked({path[1:-3].replace("/", "."): text.decode() for path, text in source_files().items()})
    before, after = (
        {
            word
            for source in files.values()
            for node in ast.walk(ast.parse(source))
            for word in (getattr(node, "attr", None), getattr(node, "arg", None))
            if word
        }
        for files in (sources, with_short_names(sources))
    )
    assert len(after) < len(before) - 250
