"""Makes CPython raise where the board would leave its small integers or fall into floating point.

A small int of 32-bit MicroPython has 31 bits: beyond it every operation allocates, and single-precision
floats lose nanolitres (docs/architecture.md, "Volumes are integers"). The guard wraps in a check: each result of an
operator, each literal, and what the calls below return. What the board's compiler works out counts by its result.
Comparisons, names and other calls are left alone.
"""

import ast
from typing import Any

SMALL_INT_MAX = (1 << 30) - 1
SMALL_INT_MIN = -(1 << 30)
CHECK = "<mp>small"  # no name of a program

_FUNCTIONS = frozenset(["int", "float", "sum", "pow", "abs", "divmod", "round", "max", "min"])
_METHODS = frozenset(["from_bytes", "unpack", "unpack_from"])
_NUMBERS = (int, float, complex)


class OutsideSmallInt(ArithmeticError):
    """The board would have allocated, or computed in single precision."""


def check(value: Any, line: int) -> Any:
    """`value` itself, if the board holds it, or each of its items, in a word."""
    if type(value) is int:
        if SMALL_INT_MIN <= value <= SMALL_INT_MAX:
            return value
        raise OutsideSmallInt(f"{value} in line {line} is outside the small-int range")
    if isinstance(value, (float, complex)):
        raise OutsideSmallInt(f"{value} in line {line} is a float")
    if type(value) is tuple:
        for item in value:
            check(item, line)
    return value


def guarded(tree: ast.Module) -> ast.Module:
    """The same program with every arithmetic result checked."""
    return ast.fix_missing_locations(_Guard().visit(tree))


class _Guard(ast.NodeTransformer):
    def __init__(self) -> None:
        self._kept = 0
        self._compared: set[int] = set()

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return node if _is_small(node.value) else _checked(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        return self._operation(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        if isinstance(node.op, ast.Not):
            return self.generic_visit(node)
        return self._operation(node)

    def _operation(self, node: ast.expr) -> ast.AST:
        value = _folded(node)
        if value is not None:
            return self.visit_Constant(ast.copy_location(ast.Constant(value), node))
        return _checked(self.generic_visit(node))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """What is only compared is no result: a sum of check is read so at each boot."""
        for operand in (node.left, *node.comparators):
            if isinstance(operand, ast.Subscript):
                operand = operand.value
            if isinstance(operand, ast.Call):
                self._compared.add(id(operand))
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        if isinstance(function, ast.Name) and function.id == "const":
            return node  # the compiler works it out, and takes nothing but constants there (dialect.py)
        self.generic_visit(node)
        if id(node) in self._compared:
            return node
        is_asked = (isinstance(function, ast.Name) and function.id in _FUNCTIONS) or (
            isinstance(function, ast.Attribute) and function.attr in _METHODS
        )
        return _checked(node) if is_asked else node

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        """The target is worked out once, and looked at again when it has its value."""
        self.generic_visit(node)
        before: list[ast.stmt] = []
        target = node.target
        if isinstance(target, ast.Attribute | ast.Subscript):
            target.value = self._keep(target.value, before)
        if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
            target.slice = self._keep(target.slice, before)
        result = ast.parse("0", mode="eval").body if isinstance(target, ast.Subscript) and isinstance(
            target.slice, ast.Slice
        ) else _loaded(target)  # fmt: skip
        after = ast.Expr(_checked(ast.copy_location(result, node)))
        return [ast.copy_location(statement, node) for statement in (*before, node, after)]

    def _keep(self, value: ast.expr, before: list[ast.stmt]) -> ast.expr:
        self._kept += 1
        name = f"{CHECK}{self._kept}"
        before.append(ast.Assign([ast.Name(name, ast.Store())], value))
        return ast.copy_location(ast.Name(name, ast.Load()), value)


def _loaded(target: ast.expr) -> ast.expr:
    """The value of a target whose parts are names by now."""
    if isinstance(target, ast.Name):
        return ast.Name(target.id, ast.Load())
    if isinstance(target, ast.Attribute):
        return ast.Attribute(target.value, target.attr, ast.Load())
    assert isinstance(target, ast.Subscript)
    return ast.Subscript(target.value, target.slice, ast.Load())


def _is_small(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, _NUMBERS):
        return True
    return isinstance(value, int) and SMALL_INT_MIN <= value <= SMALL_INT_MAX


def _folded(node: ast.expr) -> int | None:
    """The number that the board's compiler makes of an expression of integer literals; None for another one."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant):
            if type(inner.value) is not int:
                return None
        elif not isinstance(inner, ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop):
            return None
    try:
        value = eval(compile(ast.Expression(node), "<constant>", "eval"), {"__builtins__": {}})
    except ArithmeticError:
        return None
    return value if type(value) is int else None


def _checked(node: Any) -> ast.Call:
    call = ast.Call(ast.Name(CHECK, ast.Load()), [node, ast.Constant(node.lineno)], [])
    return ast.copy_location(call, node)
