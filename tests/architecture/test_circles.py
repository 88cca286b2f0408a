"""No import circle in the product, and the check that says so can fail."""

from __future__ import annotations

import pytest

from tests.architecture.circles import import_circles
from tests.architecture.imports import PRODUCT
from tests.architecture.tree import modules


def test_no_modules_import_each_other():
    assert import_circles(modules(*PRODUCT)) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        pytest.param("emulator.nets", "from emulator.world import World", id="upward"),
        pytest.param(
            "emulator.mcu.chip",
            "if TYPE_CHECKING:\n    from emulator.mcu.device import Mcu",
            id="for type checkers alone",
        ),
        pytest.param("emulator.mcu.guard", "def f():\n    import emulator.mcu.cpu", id="in a function"),
        pytest.param("emulator.faults.base", "from emulator import faults", id="a package by name"),
    ],
)
def test_one_line_too_many_in_a_real_file_is_found(module, line):
    broken = [(name, f"{text}\n{line}\n" if name == module else text) for name, text in modules("emulator")]
    [circle] = import_circles(broken)
    assert module in circle


def test_each_circle_is_told_apart_and_a_tree_has_none():
    assert import_circles([("a", "import b"), ("b", "from c import x"), ("c", "import a"), ("d", "import a")]) == [
        ["a", "b", "c"]
    ]
    two = [("p", "from p.q import x"), ("p.q", "from p import y"), ("r", "import s"), ("s", "import r")]
    assert import_circles(two) == [["p", "p.q"], ["r", "s"]]
    assert import_circles([("a", "import b, c"), ("b", "import c"), ("c", "import a.b.c")]) == []
