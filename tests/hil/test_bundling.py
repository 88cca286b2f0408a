"""Modules that only one other imports are parts of it on the board; the program and its lines stay."""

from __future__ import annotations

import ast

import pytest

from hil.board_files import source_files
from hil.bundling import LINES_OF_A_PART, bundled

LIMITS = "MOST = 5\n\n\ndef within(number):\n    return number <= MOST\n"
USER = "from limits import within\n\n\ndef judge(number):\n    return within(number)\n"


def test_a_module_with_one_importer_becomes_its_first_part():
    bundles = bundled({"main": "from user import judge", "user": USER, "limits": LIMITS})
    assert set(bundles) == {"main", "user"}
    assert (bundles["user"].parts, bundles["user"].title) == (["limits", "user"], "limits+user")
    names: dict = {}
    exec(bundles["user"].source, names)
    assert names["judge"](5) and not names["judge"](6)


def test_a_line_of_a_part_is_found_by_thousands():
    source = bundled({"main": "import user", "user": USER, "limits": LIMITS})["user"].source
    lines = source.split("\n")
    assert lines[LINES_OF_A_PART + 3] == USER.split("\n")[3] == "def judge(number):"
    assert lines[3] == LIMITS.split("\n")[3]


@pytest.mark.parametrize(
    "modules",
    [
        pytest.param({"user": USER, "other": "from limits import MOST\n"}, id="two importers"),
        pytest.param(
            {"user": "def judge(n):\n    from limits import within\n    return within(n)\n"}, id="in a function"
        ),
        pytest.param({"user": "from limits import within as inside\n"}, id="under another name"),
        pytest.param({"user": USER + "MOST = 7\n"}, id="a name for two things"),
        pytest.param({"user": "from other import MOST\n" + USER, "other": "MOST = 1\n"}, id="an imported name for two"),
    ],
)
def test_other_modules_stay_by_themselves(modules):
    bundles = bundled({"main": "import user, other", **modules, "limits": LIMITS})
    assert bundles["limits"].parts == ["limits"]
    assert "limits" not in bundles["user"].parts


def test_what_is_imported_as_a_whole_stays_by_itself():
    bundles = bundled({"main": "", "a.user": "from a import limits\nprint(limits.MOST)\n", "a.limits": LIMITS})
    assert set(bundles) == {"main", "a.user", "a.limits"}


def test_every_module_of_the_firmware_is_in_one_bundle_and_keeps_its_lines():
    sources = {path[1:-3].replace("/", "."): text.decode() for path, text in source_files().items()}
    bundles = bundled(sources)
    assert sorted(part for bundle in bundles.values() for part in bundle.parts) == sorted(sources)
    assert len(bundles) < len(sources) * 2 // 3
    for bundle in bundles.values():
        lines = {node.name: node.lineno for node in ast.parse(bundle.source).body if isinstance(node, ast.ClassDef)}
        for number, part in enumerate(bundle.parts):
            for node in ast.parse(sources[part]).body:
                if isinstance(node, ast.ClassDef):
                    assert lines[node.name] == number * LINES_OF_A_PART + node.lineno
