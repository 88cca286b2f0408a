"""Makes the nodes that the dialect (dialect.py) puts into a syntax tree."""

import ast
from typing import Any

from emulator.mcu.dialect_scan import PREFIX


def hook(name: str, *arguments: ast.expr, keywords: list[ast.keyword] | None = None) -> ast.Call:
    return ast.Call(ast.Name(PREFIX + name, ast.Load()), list(arguments), keywords or [])


def at(node: Any, place: ast.AST) -> Any:
    """`node` where `place` stands, with everything in it that has no place yet."""
    ast.copy_location(node, place)
    for inner in ast.walk(node):
        if not hasattr(inner, "lineno") and hasattr(inner, "_attributes") and inner._attributes:
            ast.copy_location(inner, place)
    return node


def slice_value(index: ast.expr) -> ast.expr:
    """The index as an expression of its own."""
    if not isinstance(index, ast.Slice):
        return index
    nothing = ast.Constant(None)
    return ast.Call(
        ast.Name(PREFIX + "slice_type", ast.Load()),
        [index.lower or nothing, index.upper or nothing, index.step or nothing],
        [],
    )


def decorator(node: ast.expr) -> ast.expr | None:
    """@micropython.native and its like are the compiler's affair: no module need be imported for them."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "micropython"):
        return node
    if node.attr in ("native", "bytecode"):
        return None
    return at(hook("not_compiled", ast.Constant(f"micropython.{node.attr}")), node)
