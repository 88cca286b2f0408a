"""What runs on the board keeps to what the board has, and the check that says so can fail."""

from __future__ import annotations

import pytest

from tests.architecture.subset import subset_violations
from tests.architecture.tree import modules


@pytest.mark.requirement("INT-10")
def test_firmware_and_protocols_keep_to_the_subset():
    found = [line for module in modules("firmware", "protocols") for line in subset_violations(*module)]
    assert found == []


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("from __future__ import annotations", "__future__"),
        ("import typing", "typing"),
        ("from dataclasses import dataclass", "dataclasses"),
        ("import enum, abc", "abc"),
        ("import logging", "logging"),
        ("import math", "math"),
        ("from firmware.core.units import _SCALE", "_SCALE cannot be imported"),
        ("from . import units", "absolute"),
        ("match mode:\n    case 1:\n        pass", "match"),
        ("def f(a, /, b):\n    return a", "positional-only"),
        ("class A(metaclass=M):\n    pass", "metaclass"),
        ("n = volume.bit_length()", "bit_length"),
        ("s = name.zfill(4)", "zfill"),
        ("s = name.isalnum()", "isalnum"),
        ("s = name.expandtabs()", "expandtabs"),
        ("m = view.cast('H')", "cast"),
        ("part = data[::2]", "step"),
        ("a, b = '1,2'.split(sep=',')", "keyword"),
        ("n = int.from_bytes(b, 'big', signed=True)", "keyword"),
        ("word = text.rsplit(None, 1)", "rsplit(None, n)"),
        ("both = [*a, *b]", "star"),
        ("both = {**a, **b}", "double star"),
        ("class Both(One, Other):\n    pass", "depth first"),
        ("LENGTH = const(len(NAMES))", "const() of a call"),
        ("half = 0.5", "float literal 0.5"),
        ("share = part / whole", "true division"),
        ("rate /= 2", "true division"),
        ("x = float(y)", "float()"),
        ("text = f'{rate} nL/h'", "f-string"),
        ("async def f():\n    pass", "executive"),
    ],
)
def test_what_the_board_does_not_have_is_found(source, complaint):
    found = subset_violations("firmware.core.dosing", source)
    assert any(complaint in line for line in found), found


def test_what_the_board_has_is_allowed():
    source = (
        "from micropython import const\n"
        "_STROKE_NL = const(300)\n"
        "def strokes(volume_nl: int) -> int:\n"
        "    if volume_nl < 0:\n"
        "        raise ValueError(f'{volume_nl} nL')\n"
        "    return volume_nl // _STROKE_NL\n"
        "print(f'{strokes(600)} strokes')\n"
    )
    assert subset_violations("firmware.core.dosing", source) == []


def test_a_complaint_names_module_and_line():
    assert subset_violations("firmware.app", "a = 1\nb = a / 2\n") == [
        "firmware.app:2: true division makes a float: use // with an explicit remainder"
    ]
