"""Some five hundred small programs print on target sim what the real interpreter prints, or name why they do not.

A new difference fails here: mend it, or give the program the row of emulator/mcu/language_table.py that tells of it.
"""

from __future__ import annotations

import pytest

from emulator.mcu.language_table import FIDELITY, TABLE, with_table
from tests.emulator.differential.runners import PROGRAMS, cases_of, on_interpreter, on_sim

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


def test_rows_that_programs_name_are_those_of_the_table():
    named = {case.row for module in MODULES for case in cases_of(PROGRAMS / f"{module}.txt") if case.row}
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
