"""What the board's Python has: the check of one source text of firmware/ or protocols/.

mpy-cross finds what does not parse (`make lint`); this finds what parses and is missing, allocates or is
inexact at run time. What of the language the board has not stands in emulator/mcu/language_table.py.
"""

from __future__ import annotations

import ast

from emulator.mcu.language_table import complaints

# Modules of the RPI_PICO image that the project uses or may use.
MODULES = {
    "array",
    "binascii",
    "collections",
    "errno",
    "firmware",
    "gc",
    "hashlib",
    "io",
    "json",
    "machine",
    "micropython",
    "os",
    "protocols",
    "rp2",
    "select",
    "struct",
    "sys",
    "time",
    "vfs",
}

# The executive is the only scheduler.
_COROUTINES = {"AsyncFor", "AsyncWith", "AsyncFunctionDef"}


def module_complaints(node: ast.AST) -> list[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            return ["imports are absolute, as they are on the board"]
        names = [node.module or ""]
    return [f"module {name} is not on the board" for name in names if name.split(".")[0] not in MODULES]


def syntax_complaints(node: ast.AST) -> list[str]:
    """What emulator/mcu/language_table.py finds, and coroutines."""
    if type(node).__name__ in _COROUTINES:
        return ["the executive is the only scheduler"]
    return complaints(node)


def number_complaints(node: ast.AST) -> list[str]:
    """Single precision floats and true division have no place where volumes are counted (INT-10)."""
    if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
        return [f"float literal {node.value}"]
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        return ["true division makes a float: use // with an explicit remainder"]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("float", "round"):
        return [f"{node.func.id}() belongs to floats"]
    return []


def formatting_lines(tree: ast.Module) -> set[int]:
    """Lines of f-strings outside `raise` and `print`: those run once, at boot or on the way down."""
    excused: set[int] = set()
    for node in ast.walk(tree):
        is_print = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        if is_print or isinstance(node, ast.Raise):
            excused |= {id(inner) for inner in ast.walk(node)}
    return {node.lineno for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) and id(node) not in excused}


def subset_violations(module: str, source: str) -> list[str]:
    """Everything in the text that the board does not have or that the steady path must not do."""
    tree = ast.parse(source)
    found = [(line, "an f-string allocates") for line in sorted(formatting_lines(tree))]
    line = 1
    for node in ast.walk(tree):
        line = getattr(node, "lineno", line)
        several = module_complaints(node) + syntax_complaints(node) + number_complaints(node)
        found += [(line, complaint) for complaint in several]
    return [f"{module}:{line}: {complaint}" for line, complaint in sorted(found)]
