"""Small programs print on target sim what the real interpreter and the emulated chip print, or name why not.

A new difference fails here: mend it, or give the program the row of emulator/mcu/language_table.py that tells of it.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from emulator.mcu.language_table import FIDELITY, TABLE, with_table
from hil.board.image_search import find_image, how_to_get
from tests.emulator.differential.runners import PROGRAMS, cases_of, on_chip, on_interpreter, on_sim


@pytest.fixture(scope="module")
def image() -> Path:
    found = find_image()
    if find_spec("rp2040py") is None:
        pytest.skip("no emulated chip: pip install 'pumpbench[chip]'")
    if found is None:
        pytest.skip(f"no MicroPython image for the emulated chip: {how_to_get()}")
    return found.path


MODULES = sorted(path.stem for path in PROGRAMS.glob("*.txt"))


@pytest.mark.parametrize("module", MODULES)
def test_programs_print_what_the_interpreter_prints(module):
    cases = cases_of(PROGRAMS / f"{module}.txt")
    programs = [(case.name, case.text) for case in cases]
    assert len(dict(programs)) == len(programs), "two programs have one name"
    there, here = on_interpreter(programs), on_sim(programs)
    new = [
        f"{case.name}: there {there[case.name]!r}, here {here[case.name]!r}"
        for case in cases
        if not case.row and there[case.name] != here[case.name]
    ]
    assert new == [], "differs, and names no row of language_table.py"
    mended = [case.name for case in cases if case.row and there[case.name] == here[case.name]]
    assert mended == [], "names a row and differs no more"


@pytest.mark.slow
@pytest.mark.parametrize("module", [name for name in MODULES if cases_of(PROGRAMS / f"{name}.txt")])
def test_programs_print_what_the_emulated_chip_prints(module, image):
    cases = cases_of(PROGRAMS / f"{module}.txt")
    programs = [(case.name, case.text) for case in cases]
    there, here = on_chip(programs, image), on_sim(programs)
    assert list(there) == list(here), "the chip did not come to the end"
    differing = {name for name in there if there[name] != here[name]}
    new = [
        f"{case.name}: chip {there[case.name]!r}, here {here[case.name]!r}"
        for case in cases
        if case.name in differing and not case.row and not case.chip_row
    ]
    assert new == [], "differs, and names no row of language_table.py"
    mended = [case.name for case in cases if case.chip_row and case.name not in differing]
    assert mended == [], "names a row for the chip and differs no more"


def test_rows_that_programs_name_are_those_of_the_table():
    cases = [case for module in MODULES for case in cases_of(PROGRAMS / f"{module}.txt")]
    named = {row for case in cases for row in (case.row, case.chip_row) if row}
    assert named <= {row.name for row in TABLE}


def test_the_table_of_the_document_is_that_of_the_code():
    document = FIDELITY.read_text(encoding="utf-8")
    assert document == with_table(document), "run: python -m emulator.mcu.language_table"


def test_a_difference_is_seen():
    programs = [("a float", "print(1.0)"), ("its last digit", "print(isinstance(True, int), 0.1 + 0.2)")]
    assert on_interpreter(programs)["a float"] == on_sim(programs)["a float"] == "1.0\n"
    assert on_sim([("one", "print(1)")]) != on_interpreter([("one", "print(2)")])


def test_a_program_beyond_the_models_ends_alone():
    programs = [("before", "print(1)"), ("beyond", "import framebuf\nprint(2)"), ("after", "print(3)")]
    assert on_sim(programs) == {"before": "1\n", "beyond": "NotModelled\n", "after": "3\n"}
