"""Modules that only one other imports are parts of it on the board; the program and its lines stay."""

from __future__ import annotations

import ast

import pytest

from hil.board_files import bundles, source_files
from hil.bundling import bundled, main

LIMITS = "MOST = 5\n\n\ndef within(number):\n    return number <= MOST\n"
USER = "from limits import within\n\n\ndef judge(number):\n    return within(number)\n"


def test_a_module_with_one_importer_becomes_its_first_part():
    found = bundled({"main": "from user import judge", "user": USER, "limits": LIMITS})
    assert set(found) == {"main", "user"}
    assert found["user"].parts == [("limits", 0), ("user", 5)]
    names: dict = {}
    exec(found["user"].source, names)
    assert names["judge"](5) and not names["judge"](6)


def test_a_line_of_the_bundle_is_found_in_its_source():
    bundle = bundled({"main": "import user", "user": USER, "limits": LIMITS})["user"]
    lines = bundle.source.split("\n")
    sources = {"user": USER.split("\n"), "limits": LIMITS.split("\n")}
    for text in ("def judge(number):", "    return number <= MOST", "    return within(number)"):
        module, line = bundle.origin(lines.index(text) + 1)
        assert sources[module][line - 1] == text


@pytest.mark.parametrize(
    "words", [["firmware.nowhere", "1"], ["firmware.app"], ["firmware.app", "x"], ["firmware.app", "0"]]
)
def test_a_line_that_is_nowhere_is_bad_usage(words):
    assert main(words) == 2


def test_a_traceback_of_the_board_leads_to_the_source(capsys):
    bundle = bundles()["firmware.core.therapy"]
    line = bundle.source.split("\n").index("class Flow:") + 1
    assert main(["firmware.core.therapy", str(line)]) == 0
    path, _, number = capsys.readouterr().out.strip().rpartition(":")
    assert path == "firmware/core/flow.py"
    assert source_files()["/" + path].decode().split("\n")[int(number) - 1] == "class Flow:"


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
    found = bundled({"main": "import user, other", **modules, "limits": LIMITS})
    assert found["limits"].parts == [("limits", 0)]
    assert "limits" not in dict(found["user"].parts)


def test_what_is_imported_as_a_whole_stays_by_itself():
    found = bundled({"main": "", "a.user": "from a import limits\nprint(limits.MOST)\n", "a.limits": LIMITS})
    assert set(found) == {"main", "a.user", "a.limits"}


def test_every_module_of_the_firmware_is_in_one_bundle_and_keeps_its_lines():
    sources = {path[1:-3].replace("/", "."): text.decode() for path, text in source_files().items()}
    found = bundled(sources)
    assert sorted(part for bundle in found.values() for part, _ in bundle.parts) == sorted(sources)
    assert len(found) < len(sources) * 2 // 3
    for bundle in found.values():
        lines = {node.name: node.lineno for node in ast.parse(bundle.source).body if isinstance(node, ast.ClassDef)}
        for part, before in bundle.parts:
            for node in ast.parse(sources[part]).body:
                if isinstance(node, ast.ClassDef):
                    assert lines[node.name] == before + node.lineno
