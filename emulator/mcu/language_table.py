"""Where the board's Python and CPython part, and what target sim makes of each: the one list of it.

The table in FIDELITY.md is made of it, the check of the firmware's sources finds what it can of it, and the programs
of tests/emulator/differential name the row by which they may differ. `python -m emulator.mcu.language_table` writes
the table into FIDELITY.md.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emulator.mcu.board_types import METHODS_WITHOUT_KEYWORDS, MISSING_ATTRIBUTES, SHARED_METHODS

SAME, REFUSED, DIFFERS = "as on the board", "NotModelled", "differs"
FIDELITY = Path(__file__).with_name("FIDELITY.md")
_BEGIN, _END = "<!-- language: begin -->", "<!-- language: end -->"

Finder = Callable[[ast.AST], str | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """`board`: what happens there. `here`: SAME, REFUSED or DIFFERS. `find(node)` is a complaint, where a look at the
    source tells.
    """

    name: str
    board: str
    here: str
    find: Finder = lambda node: None


def _of_type(name: str, complaint: str) -> Finder:
    return lambda node: complaint if type(node).__name__ == name else None


def _missing_method(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name in MISSING_ATTRIBUTES - SHARED_METHODS:
            return f"method {name} is not there"
    return None


def _keyword_of_method(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.keywords:
        name = node.func.attr
        is_text = isinstance(node.func.value, ast.Constant | ast.JoinedStr)
        if is_text and name in METHODS_WITHOUT_KEYWORDS - SHARED_METHODS:
            return f"{name} takes no keyword arguments"
        if name in ("split", "rsplit", "encode", "decode", "from_bytes", "replace", "strip"):
            return f"{name} takes no keyword arguments"
    return None


def _rsplit_none(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "rsplit"):
        return None
    if len(node.args) == 2 and isinstance(node.args[0], ast.Constant) and node.args[0].value is None:
        return "rsplit(None, n) is not there"
    return None


def _missing_builtin(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return None
    name = node.func.id
    is_missing = name in ("breakpoint", "vars", "ascii", "aiter", "anext", "format")
    return f"builtin {name} is not there" if is_missing else None


def _step(node: ast.AST) -> str | None:
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.step is not None:
        return "a slice with a step"
    return None


def _star_display(node: ast.AST) -> str | None:
    if isinstance(node, ast.Dict) and None in node.keys:
        return "no double star in a dict display"
    if not isinstance(node, ast.List | ast.Tuple | ast.Set) or not isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        return None
    has_star = any(isinstance(element, ast.Starred) for element in node.elts)
    return "no star in a list, tuple or set display" if has_star else None


def _positional_only(node: ast.AST) -> str | None:
    return "positional-only arguments are not there" if isinstance(node, ast.arguments) and node.posonlyargs else None


def _class_keywords(node: ast.AST) -> str | None:
    if isinstance(node, ast.ClassDef) and node.keywords:
        return "class keywords (metaclass) are not there"
    return None


def _many_bases(node: ast.AST) -> str | None:
    if isinstance(node, ast.ClassDef) and len(node.bases) > 1:
        return "several base classes are searched depth first"
    return None


def _hidden_constant(node: ast.AST) -> str | None:
    if isinstance(node, ast.ImportFrom) and not node.level:
        hidden = [alias.name for alias in node.names if alias.name.startswith("_")]
        if hidden:
            return f"{hidden[0]} cannot be imported: const() hides names with an underscore"
    return None


def _const_of_call(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
        return None
    call = node.value
    is_const = isinstance(call.func, ast.Name) and call.func.id == "const"
    if is_const and any(isinstance(each, ast.Call) for each in ast.walk(call.args[0])):
        return "const() of a call is a SyntaxError"
    return None


TABLE: tuple[Difference, ...] = (
    # ---- syntax
    Difference("match", "SyntaxError", SAME, _of_type("Match", "match is not there")),
    Difference("except*", "SyntaxError", SAME, _of_type("TryStar", "except* is not there")),
    Difference("positional-only arguments", "SyntaxError", SAME, _positional_only),
    Difference("`[*x]`, `(*x,)`, `{*x}`, `{**x}`", "SyntaxError", SAME, _star_display),
    Difference("`const()` of what is no constant", "SyntaxError", SAME, _const_of_call),
    Difference("`_X = const(5)` imported elsewhere", "ImportError; `module._X` is AttributeError",
               "as on the board when imported by name", _hidden_constant),
    Difference("metaclass and other class keywords", "TypeError", SAME, _class_keywords),
    Difference("nested quotes, braces and backslashes in f-strings, `\\N{...}`", "SyntaxError or other text", DIFFERS),
    Difference("an assignment expression that binds a loop's name again", "allowed", "SyntaxError"),
    # ---- types
    Difference("slices with a step", "NotImplementedError but for reading list and range", SAME, _step),
    Difference("methods that CPython's types have", "AttributeError", SAME, _missing_method),
    Difference("keyword arguments of methods of built-in types", "TypeError; `encoding=` NotImplementedError", SAME,
               _keyword_of_method),
    Difference("`rsplit(None, n)`, attributes and items in `str.format`", "NotImplementedError", SAME, _rsplit_none),
    Difference("built-in functions and modules beyond the board's", "NameError, ImportError", SAME, _missing_builtin),
    Difference("`isinstance(True, int)`", "False", SAME),
    Difference("a number too large for its place in bytearray, array, `struct`", "cut to the lowest bits", SAME),
    Difference("relative imports", "count from the package, never above it", SAME),
    Difference("attributes of functions", "AttributeError when set; `__name__` and `__globals__` are there", SAME),
    Difference("special methods that no operator looks up (`__del__`, `__index__`, `__format__`, `__imul__`, ...)",
               "never called", SAME),
    Difference("private names `__x` in classes", "not mangled", SAME),
    Difference("`super()` and the search of several base classes", "depth first, each from the class it stands in",
               REFUSED, _many_bases),
    Difference("`super().x` of a property", "the property itself", REFUSED),
    Difference("order of dict and set", "by hash", "dict by insertion, set as CPython's"),
    Difference("exceptions: words, `errno` and `value` of each, no attribute of their own", "the port's", "CPython's"),
    Difference("classes derived from built-in ones", "some methods bypass the class, no conversion", DIFFERS),
    Difference("bytes + str, memoryview of a text, bytes.format", "allowed", "TypeError, AttributeError"),
    Difference("repr of letters beyond ASCII", "an escape", "the letter"),
    Difference("case and class of letters beyond ASCII", "unchanged, no letters", "Unicode's"),
    Difference("formats with thousands, `%` and width of odd types", "some other text", DIFFERS),
    Difference("numbers written with odd underscores or spaces", "accepted", "ValueError or SyntaxError"),
    Difference("a dict or bytearray that changes while it is walked through or viewed", "goes on",
               "RuntimeError, BufferError"),
    Difference("generators and `with` that are dropped half-way", "no `finally`, no `__exit__`", "run when dropped"),
    Difference("depth of recursion", "some 60 to 100 calls", "1 000"),
    Difference("`dir()`, `repr` of functions, methods, modules, types", "the port's", "CPython's"),
    # ---- numbers and memory
    Difference("floats", "single precision", "double precision"),
    Difference("integers past 2^30", "on the heap", "`load_modules(..., guard=True)` finds them"),
    Difference("memory", "some 236 KiB", "without limit; a display beyond 264 KiB is a MemoryError"),
)  # fmt: skip


def complaints(node: ast.AST) -> list[str]:
    """What a look at this node of a program tells."""
    return [complaint for row in TABLE if (complaint := row.find(node)) is not None]


def markdown() -> str:
    """The table of FIDELITY.md."""
    lines = ["| construct | on the board | here |", "|---|---|---|"]
    lines += [f"| {row.name} | {row.board} | {row.here} |" for row in TABLE]
    return "\n".join(lines)


def with_table(document: str) -> str:
    """The document with its table made anew."""
    before, _, rest = document.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{markdown()}\n{_END}{after}"


if __name__ == "__main__":
    FIDELITY.write_text(with_table(FIDELITY.read_text()))
