"""Names that nobody reads on a board become short, and the same short ones everywhere.

MicroPython keeps the text of each attribute and of each parameter once, whichever module it is from, in pools
that double when they are full: at some 1 270 names that is 8 KiB at once. Renamed are parameters, unless some
call anywhere names one, and private attributes that hold data and that only the methods of one class use. What
stands in a traceback (modules and functions) keeps its name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import count

from hil.board.linking import MAIN, Edit, edited, span

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SELF = "self"


def with_short_names(sources: dict[str, str]) -> dict[str, str]:
    """Dotted module name -> source, the same program; `main` stays as it is."""
    trees = {name: ast.parse(source) for name, source in sources.items()}
    nodes = [node for tree in trees.values() for node in ast.walk(tree)]
    taken = set(_words(nodes))
    attributes = _data_attributes(nodes)
    named_in_calls = {keyword.arg for node in nodes if isinstance(node, ast.Call) for keyword in node.keywords}
    short = dict(sources)
    for name, tree in trees.items():
        if name != MAIN:
            edits = [*_attribute_edits(sources[name], tree, attributes, taken)]
            edits += _parameter_edits(sources[name], tree, named_in_calls, taken)
            short[name] = edited(sources[name], edits)
    return short


def _shorts(taken: set[str]) -> Iterator[str]:
    """_a to _z, _aa and so on, without those that are something else already."""
    for number in count():
        text, left = "", number
        while left >= 0:
            text, left = _LETTERS[left % len(_LETTERS)] + text, left // len(_LETTERS) - 1
        if "_" + text not in taken:
            yield "_" + text


def _words(nodes: list[ast.AST]) -> Iterator[str]:
    """Everything that is a name somewhere, texts included: `getattr` may ask for one."""
    for node in nodes:
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg


# ---- attributes


def _data_attributes(nodes: list[ast.AST]) -> set[str]:
    """Private attributes that are used as `self._x` in the class that sets them, and in no other way."""
    found: set[str] = set()
    other: set[str] = set()
    in_classes: set[ast.AST] = set()
    classes = [node for node in nodes if isinstance(node, ast.ClassDef)]
    bases = {base.id for node in classes for base in node.bases if isinstance(base, ast.Name)}
    for class_ in classes:
        inside = list(ast.walk(class_))
        in_classes.update(inside)
        used, set_here = _own_attributes(inside)
        # A class with a base shares its attributes with it, whichever file that is in.
        (other if class_.bases else found).update(used & set_here)
        other |= used if class_.name in bases else used - set_here
    for node in nodes:
        if isinstance(node, ast.Attribute) and not (node in in_classes and _is_own(node)):
            other.add(node.attr)
        elif isinstance(node, ast.FunctionDef):
            other.add(node.name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            other.add(node.value)
    return found - other


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == _SELF


def _own_attributes(inside: list[ast.AST]) -> tuple[set[str], set[str]]:
    """Of all nodes of a class: (private attributes that its methods use of self, those of them that they set)."""
    used: set[str] = set()
    set_here: set[str] = set()
    for node in inside:
        if isinstance(node, ast.Attribute) and _is_own(node) and _is_private(node.attr):
            used.add(node.attr)
            if isinstance(node.ctx, ast.Store):
                set_here.add(node.attr)
    return used, set_here


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _attribute_edits(source: str, tree: ast.Module, attributes: set[str], taken: set[str]) -> Iterator[Edit]:
    shorts = _shorts(taken)
    by_name: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and _is_own(node) and node.attr in attributes:
            if node.attr not in by_name:
                by_name[node.attr] = next(shorts)
            _, end = span(source, node)
            yield end - len(node.attr), end, by_name[node.attr]


# ---- parameters


def _parameter_edits(source: str, tree: ast.Module, named_in_calls: set[str | None], taken: set[str]) -> list[Edit]:
    """Functions inside functions keep theirs, and a name that is bound again inside."""
    edits: list[Edit] = []
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.Lambda))]
    inner = {below for node in functions for below in ast.walk(node) if below is not node}
    for function in functions:
        if not isinstance(function, ast.FunctionDef) or function in inner:
            continue
        renamed = _renamed(function, named_in_calls, taken)
        for node in ast.walk(function.args):
            if isinstance(node, ast.arg) and node.arg in renamed:
                begin, _ = span(source, node)
                edits.append((begin, begin + len(node.arg), renamed[node.arg]))
        for statement in function.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and node.id in renamed:
                    edits.append((*span(source, node), renamed[node.id]))
    return edits


def _renamed(function: ast.FunctionDef, named_in_calls: set[str | None], taken: set[str]) -> dict[str, str]:
    shorts = _shorts(taken)
    bound_inside: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) and node is not function:
            bound_inside |= {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            bound_inside |= set(node.names)
        elif isinstance(node, ast.comprehension):
            bound_inside |= {name.id for name in ast.walk(node.target) if isinstance(name, ast.Name)}
    kept = named_in_calls | bound_inside | {_SELF}
    parameters = [argument.arg for argument in function.args.posonlyargs + function.args.args]
    return {name: next(shorts) for name in parameters if name not in kept}
