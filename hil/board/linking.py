"""Whole-program step before mpy-cross: inlines constants across modules, drops what nobody uses.

mpy-cross puts numbers for constants inside one module only. Here the same is done across modules, before it:
a constant's name becomes its number wherever it is used, and what nobody names any more is left out. On the
board each name costs its text, an entry in a dictionary and a look-up. Lines keep their numbers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from struct import calcsize

# A longer text would be put into each place of use as a copy of its own; a shorter one MicroPython interns.
_LONGEST_TEXT = 9
MAIN = "main"  # on the board as its source
ROOTS = (MAIN, "firmware.maintenance")  # what the board itself or a person starts from

Constant = int | str
Edit = tuple[int, int, str]


class _Module:
    """One source. `constants`: module-level names with one value, `imported`: name here -> (module, name there).
    `nodes`: all of the tree.
    """

    def __init__(self, name: str, source: str, modules: frozenset[str]) -> None:
        self.name = name
        self.source = source
        self.tree = ast.parse(source)
        self.nodes = list(ast.walk(self.tree))
        self.constants: dict[str, Constant] = {}
        self.imported: dict[str, tuple[str, str]] = {}
        self.aliases: dict[str, str] = {}  # name here -> module
        for node in self.nodes:
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    here = alias.asname or alias.name
                    if whole in modules:
                        self.aliases[here] = whole
                    else:
                        self.imported[here] = (node.module, alias.name)
        self._bound = _times_bound(self.nodes)

    def is_bound_once(self, name: str) -> bool:
        return self._bound.get(name, 0) == 1

    def text_of(self, node: ast.expr) -> str | None:
        """The text that an expression is, or that its name always stands for here."""
        if isinstance(node, ast.Name) and self.is_bound_once(node.id):
            node = dict(self.assignments())[node.id].value if node.id in dict(self.assignments()) else node
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    def assignments(self) -> Iterator[tuple[str, ast.Assign]]:
        """Module-level assignments to one plain name."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                yield node.targets[0].id, node


def linked(sources: dict[str, str]) -> dict[str, str]:
    """Dotted module name -> source, the same program; modules that nobody imports any more are not in it.

    `main` stays as it is, and is where the program begins.
    """
    sources = _with_numbers(_parsed(sources, {}))
    modules: dict[str, _Module] = {}
    while True:
        modules = _parsed(sources, modules)
        shaken = _without_unnamed(modules)
        if shaken == sources:
            return sources
        sources = shaken


# ---- constants


def _with_numbers(modules: dict[str, _Module]) -> dict[str, str]:
    _find_constants(modules)
    return {
        name: module.source if name == MAIN else edited(module.source, _number_edits(module, modules))
        for name, module in modules.items()
    }


def _find_constants(modules: dict[str, _Module]) -> None:
    """Until nothing is added: a constant may be made of another module's."""
    found = -1
    while found != (found := sum(len(module.constants) for module in modules.values())):
        for module in modules.values():
            for name, node in module.assignments():
                value = _value(node.value, module, modules)
                if value is not None and module.is_bound_once(name):
                    module.constants[name] = value


def _value(node: ast.expr, module: _Module, modules: dict[str, _Module]) -> Constant | None:
    """The number or short text that an expression always has; None when it is anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const":
        return _value(node.args[0], module, modules)
    if isinstance(node, ast.Call) and _is_calcsize(node):
        layout = module.text_of(node.args[0])
        return None if layout is None else calcsize(layout)
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return node.value if len(node.value) <= _LONGEST_TEXT else None
        return node.value if isinstance(node.value, int) and not isinstance(node.value, bool) else None
    if isinstance(node, (ast.Name, ast.Attribute)):
        return _named(node, module, modules)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Invert)):
        operand = _value(node.operand, module, modules)
        if isinstance(operand, int):
            return -operand if isinstance(node.op, ast.USub) else ~operand
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left, module, modules), _value(node.right, module, modules)
        if isinstance(left, int) and isinstance(right, int) and type(node.op) in _OPERATORS:
            return _OPERATORS[type(node.op)](left, right)
    return None


def _is_calcsize(node: ast.Call) -> bool:
    """`calcsize(...)` or `struct.calcsize(...)`: the bytes of a layout."""
    return getattr(node.func, "id", "") == "calcsize" or getattr(node.func, "attr", "") == "calcsize"


_OPERATORS = {
    ast.Add: int.__add__,
    ast.Sub: int.__sub__,
    ast.Mult: int.__mul__,
    ast.FloorDiv: int.__floordiv__,
    ast.Mod: int.__mod__,
    ast.LShift: int.__lshift__,
    ast.RShift: int.__rshift__,
    ast.BitOr: int.__or__,
    ast.BitAnd: int.__and__,
    ast.BitXor: int.__xor__,
}


def _named(node: ast.expr, module: _Module, modules: dict[str, _Module]) -> Constant | None:
    """The constant that a name or `module.NAME` stands for."""
    if isinstance(node, ast.Name) and module.is_bound_once(node.id):
        if node.id in module.imported:
            origin, there = module.imported[node.id]
            return modules[origin].constants.get(there) if origin in modules else None
        return module.constants.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and module.is_bound_once(node.value.id):
        origin = module.aliases.get(node.value.id)
        return modules[origin].constants.get(node.attr) if origin else None
    return None


def _number_edits(module: _Module, modules: dict[str, _Module]) -> list[Edit]:
    edits: list[Edit] = []
    for node in module.nodes:
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            value = _named(node, module, modules)
            if value is not None:
                text = repr(value)
                edits.append((*span(module.source, node), f"({text})" if text.startswith("-") else text))
    return edits


def _times_bound(nodes: list[ast.AST]) -> dict[str, int]:
    """How often each name gets a value anywhere in a file, parameters and imports included."""
    times: dict[str, int] = {}
    for node in nodes:
        names: tuple[str, ...] = ()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names = (node.id,)
        elif isinstance(node, ast.arg):
            names = (node.arg,)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names = (node.name,)
        elif isinstance(node, ast.alias):
            names = (node.asname or node.name,)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names = (node.name,)
        for name in names:
            times[name] = times.get(name, 0) + 1
    return times


# ---- what nobody names


def _without_unnamed(modules: dict[str, _Module]) -> dict[str, str]:
    named = {(name, here) for name, module in modules.items() for here in _loaded(module)}
    reached: set[str] = set(ROOTS)
    for module in modules.values():
        named |= set(module.imported.values())
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                origin = module.aliases.get(node.value.id)
                if origin:
                    named.add((origin, node.attr))
            elif isinstance(node, ast.ImportFrom) and node.module:
                reached.add(node.module)
                reached |= {f"{node.module}.{alias.name}" for alias in node.names}
            elif isinstance(node, ast.Import):
                reached |= {alias.name for alias in node.names}
    return {
        name: module.source if name == MAIN else edited(module.source, _drop_edits(module, named))
        for name, module in modules.items()
        if name in reached
    }


def _loaded(module: _Module) -> set[str]:
    return {node.id for node in module.nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def _drop_edits(module: _Module, named: set[tuple[str, str]]) -> list[Edit]:
    edits: list[Edit] = []
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom):
            kept = [alias for alias in node.names if (module.name, alias.asname or alias.name) in named]
            if len(kept) < len(node.names):
                words = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in kept)
                edits.append(replaced(module.source, node, f"from {node.module} import {words}" if kept else ""))
        elif isinstance(node, ast.FunctionDef) and (module.name, node.name) not in named:
            edits.append(replaced(module.source, node, ""))
    for name, node in module.assignments():
        if (module.name, name) not in named and module.is_bound_once(name) and _is_plain(node.value):
            edits.append(replaced(module.source, node, ""))
    return edits


def _is_plain(node: ast.expr) -> bool:
    """True when leaving out the expression leaves out nothing but its value."""
    if isinstance(node, ast.Call):
        return _is_calcsize(node) or isinstance(node.func, ast.Name) and node.func.id == "const"
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(_is_plain, node.elts))
    if isinstance(node, ast.BinOp):
        return _is_plain(node.left) and _is_plain(node.right)
    if isinstance(node, ast.UnaryOp):
        return _is_plain(node.operand)
    if isinstance(node, ast.Attribute):
        return _is_plain(node.value)
    return isinstance(node, (ast.Constant, ast.Name))


# ---- text


def _parsed(sources: dict[str, str], before: dict[str, _Module]) -> dict[str, _Module]:
    """`before`: the modules of the round before; those with the same source are them still. (A module that has
    gone since was imported by nobody, so what is an import of a module stays one.)
    """
    names = frozenset(sources)
    return {
        name: before[name] if name in before and before[name].source == source else _Module(name, source, names)
        for name, source in sources.items()
    }


def span(source: str, node: ast.expr | ast.stmt | ast.arg) -> tuple[int, int]:
    """Place of the first character and the one after the last; ast counts columns in bytes of UTF-8."""
    assert node.end_lineno is not None and node.end_col_offset is not None
    lines = _lines(source)
    begins, first = lines[node.lineno - 1]
    ends, last = lines[node.end_lineno - 1]
    return begins + len(first[: node.col_offset].decode()), ends + len(last[: node.end_col_offset].decode())


@lru_cache(maxsize=4)
def _lines(source: str) -> list[tuple[int, bytes]]:
    """Where each line begins, and the line."""
    lines = source.splitlines(keepends=True)
    return list(zip(accumulate(map(len, lines), initial=0), map(str.encode, lines), strict=False))


def replaced(source: str, node: ast.stmt, text: str) -> Edit:
    """Another statement, or none, on as many lines."""
    begin, end = span(source, node)
    return begin, end, text + "\n" * source[begin:end].count("\n")


def edited(source: str, edits: list[Edit]) -> str:
    for begin, end, text in sorted(edits, reverse=True):
        source = source[:begin] + text + source[end:]
    return source
