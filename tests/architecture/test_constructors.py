"""The firmware frees its constructors when the pump is made (firmware/forgetting.py): nothing may want one later."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from hil.board.bundling import FORGOTTEN
from tests.architecture.tree import modules

# What runs before the constructors are freed, beside the constructors themselves and the bodies of the modules.
BEFORE = {("firmware.app", "build"), *(("firmware.drivers.store", name) for name in ("record", "ring", "image"))}


def made_later() -> set[str]:
    """Classes with a constructor of which some function makes an object when the pump has been made."""
    trees = {name: ast.parse(source) for name, source in modules("firmware", "protocols")}
    classes = {node.name for name, tree in trees.items() for node in tree.body if isinstance(node, ast.ClassDef)}
    return {
        made
        for name, tree in trees.items()
        if name not in FORGOTTEN
        for function, made in _calls(tree, "")
        if made in classes and function not in ("", "__init__") and (name, function) not in BEFORE
    }


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, str]]:
    """(the function it is in, the name that is called)."""
    for below in ast.iter_child_nodes(node):
        if isinstance(below, ast.Call):
            yield function, getattr(below.func, "id", getattr(below.func, "attr", ""))
        yield from _calls(below, below.name if isinstance(below, ast.FunctionDef) else function)


def test_objects_made_while_the_pump_runs_are_of_classes_that_keep_their_constructor():
    names: dict = {}
    exec(dict(modules("firmware"))["firmware.forgetting"], names)
    assert made_later() == set(names["MADE_ANEW"])
