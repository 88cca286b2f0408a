"""Looks at a syntax tree where the dialect (dialect.py) must know more of it than one node."""

import ast
from string import Formatter
from typing import Any

PREFIX = "<mp>"  # no name of a program: the compiler takes any text


def hidden_constants(tree: ast.Module) -> frozenset[str]:
    """Names of the module that const() leaves in no namespace on the board: those with an underscore."""
    return frozenset(name for node in tree.body if (name := constant_name(node)) is not None and name.startswith("_"))


def constant_name(node: ast.AST) -> str | None:
    """X of `X = const(...)`."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        value = node.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "const":
            return node.targets[0].id
    return None


def bound_names(tree: ast.AST) -> frozenset[str]:
    """Every name that the file binds anywhere: those are not the built-in ones."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return frozenset(found)


def is_mangled(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


class Constants(ast.NodeVisitor):
    """What MicroPython's compiler can work out: numbers, texts, tuples, and names that are constants already."""

    def __init__(self, known: set[str]) -> None:
        self.known = known

    def accepts(self, node: ast.expr) -> bool:
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                return name in self.known
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert() | ast.Not(), operand=operand):
                return self.accepts(operand)
            case ast.BinOp(left=left, right=right):
                return self.accepts(left) and self.accepts(right)
            case ast.BoolOp(values=values):
                return all(map(self.accepts, values))
            case ast.Tuple(elts=elements):
                return all(map(self.accepts, elements))
            case ast.Attribute(value=ast.Name()):
                return True  # errno.EIO and its like: constants of a built-in module
        return False


def refuse_late_star(node: ast.Call) -> None:
    """f(**a, *b) does not compile on the board."""
    doubles = [(each.value.lineno, each.value.col_offset) for each in node.keywords if each.arg is None]
    for argument in node.args:
        if isinstance(argument, ast.Starred) and doubles and (argument.lineno, argument.col_offset) > min(doubles):
            raise refusal("* arg after **", node)


def refusal_of_method(node: ast.Call) -> str | None:
    """Why the board does not do a call of a method of a text, as far as the call alone shows it."""
    function = node.func
    if not isinstance(function, ast.Attribute):
        return None
    if function.attr == "rsplit" and len(node.args) == 2:
        first = node.args[0]
        return "rsplit(None,n)" if isinstance(first, ast.Constant) and first.value is None else None
    text = function.value
    if function.attr == "format" and isinstance(text, ast.Constant) and isinstance(text.value, str):
        try:
            fields = [name for _, name, _, _ in Formatter().parse(text.value) if name]
        except ValueError:
            return None
        if any("." in name or "[" in name for name in fields):
            return "attributes not supported"
    return None


def holds(node: ast.AST, kind: Any) -> bool:
    return any(isinstance(inner, kind) for inner in ast.walk(node))


def only_waits(node: ast.While) -> bool:
    """True for a loop that a handler must end: it does not compute what it asks for."""
    if all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body):
        return True
    inner = [each for statement in (node.test, *node.body) for each in ast.walk(statement)]
    if any(
        isinstance(each, ast.Call | ast.Await | ast.Yield | ast.YieldFrom | ast.Return | ast.Raise) for each in inner
    ):
        return False
    asked = [node.test, *(each.test for each in inner if isinstance(each, ast.If))]
    names = {each.id for test in asked for each in ast.walk(test) if isinstance(each, ast.Name)}
    stored = {each.id for each in inner if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load)}
    return not names & stored and not any(
        isinstance(each, ast.Attribute | ast.Subscript) and not isinstance(each.ctx, ast.Load) for each in inner
    )


def is_sequence(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("bytearray", "bytes")
    return isinstance(node, ast.List | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def holds_private_names(node: ast.ClassDef) -> bool:
    for inner in ast.walk(node):
        for field in ("id", "attr", "arg", "name"):
            name = getattr(inner, field, None)
            if inner is not node and isinstance(name, str) and is_mangled(name):
                return True
    return False


def has_step(index: ast.expr) -> bool:
    return isinstance(index, ast.Slice) and index.step is not None


def refusal(text: str, node: ast.AST) -> SyntaxError:
    error = SyntaxError(text)
    error.lineno = getattr(node, "lineno", None)
    return error
