"""Constants across modules become numbers; the program stays the same."""

from __future__ import annotations

import ast

import pytest

from hil.board.files import source_files
from hil.board.linking import linked

IDS = "LOW = 1\nHIGH = LOW + 2\nNAMES = ('', 'LOW')\n\ndef name(number):\n    return NAMES[number]\n"


def link(program: str) -> dict[str, str]:
    return linked({"main": "import program", "program": program, "ids": IDS})


def run(sources: dict[str, str], name: str) -> dict[str, object]:
    """The names of a module that was executed with the others to import from."""
    done: dict[str, dict[str, object]] = {}

    def load(module, _globals=None, _locals=None, names=(), _level=0):
        if module not in done:
            done[module] = {"__name__": module, "__builtins__": {**vars(__import__("builtins")), "__import__": load}}
            exec(compile(sources[module], module, "exec"), done[module])
        return type("Module", (), {key: staticmethod(v) if callable(v) else v for key, v in done[module].items()})

    load(name)
    return done[name]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("from ids import HIGH\nfound = [HIGH, -HIGH, HIGH * 2]", id="imported by its name"),
        pytest.param("from ids import HIGH as TOP\nfound = [TOP, TOP]", id="imported by another name"),
        pytest.param("from ids import LOW, HIGH, name\nfound = [name(LOW), HIGH]", id="beside a function"),
        pytest.param(
            "from ids import HIGH\ndef get(HIGH):\n    return HIGH\nfound = get(9)", id="hidden by a parameter"
        ),
        pytest.param("from ids import HIGH\nfound = [HIGH for HIGH in (7, 8)]", id="hidden in a comprehension"),
        pytest.param("LIMIT = 5\nLIMIT += 1\nfound = LIMIT", id="given a value twice"),
        pytest.param("LIMIT = -5\nfound = [LIMIT ** 2, 3 - LIMIT, LIMIT % 3]", id="below zero"),
    ],
)
def test_a_linked_program_finds_what_it_found_before(source):
    source += "\nassert found"
    before = run({"program": source, "ids": IDS}, "program")["found"]
    assert run(link(source), "program")["found"] == before


def test_names_of_constants_are_numbers_and_what_nobody_names_is_gone():
    program = "from lib import ids\nfrom lib.ids import LOW\n\nprint(ids.HIGH,\n      LOW)\n"
    files = linked({"main": "import program", "program": program, "lib.ids": IDS})
    assert files == {"main": "import program", "program": "\n\n\nprint(3,\n      1)\n"}


def test_what_is_still_named_stays():
    assert link("from ids import name\nprint(name(1))\n")["ids"] == IDS.replace("LOW = 1\nHIGH = LOW + 2", "\n")


def test_a_program_that_is_put_on_the_board_as_source_is_left_alone():
    main = "from ids import HIGH\nUNUSED = 1\nprint(HIGH)\n"
    assert linked({"main": main, "ids": IDS}) == {"main": main, "ids": "\nHIGH = 1 + 2" + "\n" * 5}


def test_the_firmware_keeps_its_lines_and_needs_no_module_of_mere_numbers():
    sources = {path[1:-3].replace("/", "."): text.decode() for path, text in source_files().items()}
    files = linked(sources)
    assert "protocols.ids" not in files and "firmware.maintenance" in files and len(files) > 50
    for name, source in files.items():
        defined = {
            node.name: node.lineno for node in ast.walk(ast.parse(sources[name])) if isinstance(node, ast.ClassDef)
        }
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                assert defined[node.name] == node.lineno
        assert source.count("\n") == sources[name].count("\n")
    assert files["main"] == sources["main"]


def test_the_bytes_of_a_layout_are_a_number_in_every_module():
    found = linked(
        {
            "main": "from user import room",
            "user": "from record import BYTES\n\n\ndef room():\n    return 2 * BYTES\n",
            "record": 'import struct\n\n_LAYOUT = "<BIIIii"\nBYTES = struct.calcsize(_LAYOUT)\n',
        }
    )
    assert "return 2 * 21" in found["user"]
    assert "BYTES" not in found.get("record", "")
