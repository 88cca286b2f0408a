"""Mutants of one source file: the same text with one small change each.

Changes are made in the text at the place of the syntax node, so line numbers stay and a mutant reads as a diff.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import msgspec

_COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "in": "not in"}
_ARITHMETIC = {
    "+": "-",
    "-": "+",
    "*": "//",
    "//": "*",
    "%": "//",
    "<<": ">>",
    ">>": "<<",
    "&": "|",
    "|": "&",
    "^": "&",
}
_SYMBOLS: dict[type[ast.AST], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.And: "and",
    ast.Or: "or",
}


class Mutant(msgspec.Struct, frozen=True):
    """`scope`: first line of the function that it is in, 0 at module level. `text` is the whole mutated file."""

    file: str
    line: int
    scope: int
    before: str
    after: str
    text: str

    @property
    def name(self) -> str:
        return f"{self.file}:{self.line}"


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Every mutant of the source, in the order of the text."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found = []
    for node, scope in _nodes(ast.parse(source), 0):
        for begin, end, new in _changes(node, source, starts):
            line = source.count("\n", 0, begin) + 1
            text = source[:begin] + new + source[end:]
            at = starts[line - 1]
            shown = lines[line - 1].strip()
            after = text[at : text.index("\n", at + begin - at + len(new))].strip()
            found.append((begin, Mutant(file, line, scope, shown, after, text)))
    found.sort(key=lambda item: item[0])
    for _, mutant in found:
        yield mutant


def _nodes(tree: ast.AST, scope: int) -> Iterator[tuple[ast.AST, int]]:
    """All nodes that run, with the function that they are in; texts and annotations are left out."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            continue
        inner = child.lineno if isinstance(child, ast.FunctionDef) else scope
        yield child, inner
        yield from _nodes(child, inner)


def _changes(node: ast.AST, source: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """(begin, end, new text) of what may be done to this node."""

    def place(part: ast.AST) -> tuple[int, int]:
        begin = starts[part.lineno - 1] + part.col_offset  # type: ignore[attr-defined]
        end = starts[part.end_lineno - 1] + part.end_col_offset  # type: ignore[attr-defined]
        return begin, end

    def operator(left: ast.AST, right: ast.AST, kind: ast.AST, table: dict[str, str]) -> Iterator[tuple[int, int, str]]:
        symbol = _SYMBOLS.get(type(kind), "")
        begin, end = place(left)[1], place(right)[0]
        at = source.find(symbol, begin, end)
        if symbol in table and at >= 0:
            yield at, at + len(symbol), table[symbol]

    if isinstance(node, ast.Compare):
        for left, kind, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            yield from operator(left, right, kind, _COMPARE)
    elif isinstance(node, ast.BinOp):
        yield from operator(node.left, node.right, node.op, _ARITHMETIC)
    elif isinstance(node, ast.BoolOp):
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from operator(left, right, node.op, {"and": "or", "or": "and"})
    elif isinstance(node, ast.AugAssign):
        symbol = _SYMBOLS.get(type(node.op), "")
        if symbol in _ARITHMETIC:
            begin, end = place(node.target)[1], place(node.value)[0]
            at = source.find(symbol + "=", begin, end)
            yield at, at + len(symbol), _ARITHMETIC[symbol]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        begin = place(node)[0]
        yield begin, begin + (1 if isinstance(node.op, ast.USub) else len("not ")), ""
    elif isinstance(node, ast.If | ast.While) and isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
        begin, end = place(node.test)
        yield begin, end, f"not {source[begin:end]}"
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        yield *place(node), str(node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield *place(node), str(not node.value)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        begin, end = place(node)
        yield begin, end, "pass" + "\n" * source.count("\n", begin, end)
