"""What the board's Python has: the check of one source text of firmware/ or protocols/.

mpy-cross finds what does not parse (`make lint`); this finds what parses and is missing, allocates or is
inexact at run time. Source of the lists: MicroPython 1.28, "MicroPython differences from CPython".
"""

from __future__ import annotations

import ast

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

MISSING_METHODS = {
    "as_integer_ratio",
    "bit_count",
    "bit_length",
    "capitalize",
    "casefold",
    "isidentifier",
    "ljust",
    "removeprefix",
    "removesuffix",
    "rjust",
    "swapcase",
    "title",
    "translate",
    "zfill",
}

MISSING_BUILTINS = {"breakpoint", "vars", "ascii", "aiter", "anext"}

MISSING_SYNTAX: dict[str, str] = {
    "Match": "match is not there",
    "TryStar": "except* is not there",
    "TypeAlias": "type aliases are not there",
    "AsyncFor": "the executive is the only scheduler",
    "AsyncWith": "the executive is the only scheduler",
    "AsyncFunctionDef": "the executive is the only scheduler",
}


def module_complaints(node: ast.AST) -> list[str]:
    names: list[str] = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        if node.level:
            return ["imports are absolute, as they are on the board"]
        names = [node.module or ""]
        hidden = [alias.name for alias in node.names if alias.name.startswith("_")]
        if hidden:
            return [f"{hidden[0]} cannot be imported: const() hides names with an underscore"]
    return [f"module {name} is not on the board" for name in names if name.split(".")[0] not in MODULES]


def syntax_complaints(node: ast.AST) -> list[str]:
    kind = type(node).__name__
    if kind in MISSING_SYNTAX:
        return [MISSING_SYNTAX[kind]]
    if isinstance(node, ast.arguments) and node.posonlyargs:
        return ["positional-only arguments are not there"]
    if isinstance(node, ast.ClassDef) and node.keywords:
        return ["class keywords (metaclass) are not there"]
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in MISSING_METHODS:
            return [f"method {node.func.attr} is not there"]
        if isinstance(node.func, ast.Name) and node.func.id in MISSING_BUILTINS:
            return [f"builtin {node.func.id} is not there"]
    return []


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
        complaints = module_complaints(node) + syntax_complaints(node) + number_complaints(node)
        found += [(line, complaint) for complaint in complaints]
    return [f"{module}:{line}: {complaint}" for line, complaint in sorted(found)]
