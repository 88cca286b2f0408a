"""Makes CPython raise where the board would leave its small integers or fall into floating point.

A small int of 32-bit MicroPython has 31 bits: beyond it every operation allocates, and single-precision
floats lose nanolitres (docs/architecture.md, "Volumes are integers"). The guard wraps each arithmetic result
of a syntax tree in a check; comparisons and names are left alone.
"""

import ast
from typing import Any

SMALL_INT_MAX = (1 << 30) - 1
SMALL_INT_MIN = -(1 << 30)

_CHECK = "__small__"


class OutsideSmallInt(ArithmeticError):
    """The board would have allocated, or computed in single precision."""


def check(value: Any, line: int) -> Any:
    """`value` itself, if the board holds it in a word."""
    if type(value) is int:
        if SMALL_INT_MIN <= value <= SMALL_INT_MAX:
            return value
        raise OutsideSmallInt(f"{value} in line {line} is outside the small-int range")
    if isinstance(value, float):
        raise OutsideSmallInt(f"{value} in line {line} is a float")
    return value


def guarded(tree: ast.Module) -> ast.Module:
    """The same program with every arithmetic result checked."""
    tree = _Guard().visit(tree)
    place = 1 if ast.get_docstring(tree) is not None else 0
    bind = ast.parse(f"from {_CHECK} import {_CHECK}").body[0]
    tree.body.insert(place, bind)
    return ast.fix_missing_locations(tree)


class _Guard(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return self._checked(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return node if isinstance(node.op, ast.Not) else self._checked(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        self.generic_visit(node)
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        return [node, ast.copy_location(ast.Expr(self._checked(target, node.lineno)), node)]

    def _checked(self, node: ast.expr, line: int | None = None) -> ast.Call:
        arguments: list[ast.expr] = [node, ast.Constant(line or node.lineno)]
        call = ast.Call(ast.Name(_CHECK, ast.Load()), arguments, [])
        return ast.copy_location(call, node) if line is None else call
