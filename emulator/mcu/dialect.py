"""Rewrites a syntax tree so that CPython does what MicroPython does where the two differ (language_table.py).

What MicroPython refuses to compile is a SyntaxError here. What it does otherwise at run time becomes a call of a
function of dialect_calls.py, under a name that no program uses. Only constructs that differ are touched: firmware
that keeps to the subset runs as it is written.
"""

import ast
from typing import Any

from emulator.mcu.board_types import METHODS_WITHOUT_KEYWORDS, MISSING_ATTRIBUTES, OTHERWISE, SHARED_METHODS
from emulator.mcu.dialect_nodes import at, decorator, hook, slice_value
from emulator.mcu.dialect_scan import (
    PREFIX,
    Constants,
    bound_names,
    constant_name,
    has_step,
    holds,
    holds_private_names,
    is_sequence,
    only_waits,
    refusal,
    refusal_of_method,
    refuse_late_star,
)

_BARE_NAMES = frozenset(["bytearray", "bytes", "slice"])
_NO_KEYWORDS = frozenset(
    [
        "abs",
        "all",
        "any",
        "bin",
        "bool",
        "callable",
        "chr",
        "complex",
        "delattr",
        "dir",
        "divmod",
        "eval",
        "exec",
        "filter",
        "float",
        "frozenset",
        "getattr",
        "globals",
        "hasattr",
        "hash",
        "hex",
        "id",
        "input",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "locals",
        "map",
        "memoryview",
        "next",
        "oct",
        "ord",
        "pow",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "setattr",
        "slice",
        "staticmethod",
        "classmethod",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
        "bytes",
        "bytearray",
    ]
)
_REFUSED = {
    ast.Match: "match",
    ast.TryStar: "except*",
}
# Special methods that the board's classes do not look up, with those that an operator looks up here alone.
_FOREIGN_SPECIAL = frozenset(
    [
        "__del__",
        "__index__",
        "__format__",
        "__round__",
        "__trunc__",
        "__ceil__",
        "__floor__",
        "__bytes__",
        "__missing__",
        "__length_hint__",
        "__init_subclass__",
        "__class_getitem__",
        "__instancecheck__",
        "__subclasscheck__",
        "__prepare__",
        "__getattribute__",
        "__dir__",
        "__sizeof__",
        "__imul__",
        "__imatmul__",
        "__ifloordiv__",
        "__itruediv__",
        "__imod__",
        "__ipow__",
        "__ior__",
        "__ixor__",
        "__iand__",
        "__ilshift__",
        "__irshift__",
        "__rdivmod__",
        "__slots__",
        "__fspath__",
        "__copy__",
        "__deepcopy__",
        "__reduce__",
        "__match_args__",
    ]
)
_UNMANGLED = "_" * 12


def translated(tree: ast.Module) -> ast.Module:
    """The program as the board runs it. Raises SyntaxError for what its compiler refuses."""
    tree = _Dialect(bound_names(tree)).visit(tree)
    return ast.fix_missing_locations(tree)


class _Dialect(ast.NodeTransformer):
    def __init__(self, bound: frozenset[str]) -> None:
        self._bound = bound
        self._constants: set[str] = set()
        self._functions: set[str] = set()
        self._called: set[int] = set()
        self._temporary = 0
        self._function_depth = 0

    # ---- refused

    def visit(self, node: ast.AST) -> Any:
        refused = _REFUSED.get(type(node))
        if refused is not None:
            raise refusal(f"{refused} is not there", node)
        return super().visit(node)

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        if node.posonlyargs:
            raise refusal("positional-only arguments are not there", node.posonlyargs[0])
        return self.generic_visit(node)

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._without_star(node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return self._without_star(node)

    def visit_Set(self, node: ast.Set) -> ast.AST:
        return self._without_star(node)

    def _without_star(self, node: Any) -> ast.AST:
        is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if is_read and any(isinstance(element, ast.Starred) for element in node.elts):
            raise refusal("*x must be assignment target", node)
        return self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        if None in node.keys:
            raise refusal("invalid syntax", node)
        return self.generic_visit(node)

    # ---- constants

    def visit_Assign(self, node: ast.Assign) -> Any:
        name = constant_name(node)
        if name is not None:
            call = node.value
            assert isinstance(call, ast.Call)
            if call.keywords or len(call.args) != 1 or not Constants(self._constants).accepts(call.args[0]):
                raise refusal("not a constant", node)
            self._constants.add(name)
            node.value = call.args[0]  # no name `const` is needed on the board
        self.generic_visit(node)
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Subscript):
            return self._store(target, node.value, node)
        if len(node.targets) == 1 and isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            if target.value.id not in self._functions:
                return node
            name_of = ast.Constant(target.attr)
            return at(ast.Expr(hook("set_attribute", target.value, name_of, node.value)), node)
        return node

    # ---- items

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load) and has_step(node.slice):
            return at(hook("slice_of", node.value, slice_value(node.slice)), node)
        return node

    def visit_Delete(self, node: ast.Delete) -> Any:
        self.generic_visit(node)
        statements = []
        for target in node.targets:
            if isinstance(target, ast.Name) and not self._function_depth:
                missing = ast.Raise(ast.Call(ast.Name("KeyError", ast.Load()), [ast.Constant(target.id)], []))
                handler = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [missing])
                statements.append(at(ast.Try([ast.Delete([target])], [handler], [], []), node))
            elif isinstance(target, ast.Subscript):
                call = hook("delete_item", target.value, slice_value(target.slice))
                statements.append(at(ast.Expr(call), node))
            else:
                statements.append(at(ast.Delete([target]), node))
        return statements

    def _store(self, target: ast.Subscript, value: ast.expr, node: ast.stmt) -> Any:
        """x[i] = v: tried as it stands; the board cuts a number that does not fit."""
        if self._function_depth == 0 or isinstance(target.slice, ast.Slice):
            return at(ast.Expr(hook("set_item", target.value, slice_value(target.slice), value)), node)
        names = [self._name() for _ in range(3)]
        load = [ast.Name(name, ast.Load()) for name in names]
        kept = [
            ast.Assign([ast.Name(name, ast.Store())], part)
            for name, part in zip(names, (value, target.value, target.slice), strict=True)
        ]
        plain = ast.Assign([ast.Subscript(load[1], load[2], ast.Store())], load[0])
        errors = ast.Tuple(
            [ast.Name(PREFIX + name, ast.Load()) for name in ("ValueError", "OverflowError")], ast.Load()
        )
        cut = ast.ExceptHandler(errors, None, [ast.Expr(hook("set_item", load[1], load[2], load[0]))])
        statements = [*kept, ast.Try([plain], [cut], [], [])]
        return [at(statement, node) for statement in statements]

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        self.generic_visit(node)
        target = node.target
        if not isinstance(target, ast.Subscript) or isinstance(target.slice, ast.Slice):
            return node
        if not self._function_depth:
            operation = ast.Constant(type(node.op).__name__)
            return at(ast.Expr(hook("augment_item", target.value, target.slice, operation, node.value)), node)
        holder, index, item = (self._name() for _ in range(3))
        before = [
            ast.Assign([ast.Name(holder, ast.Store())], target.value),
            ast.Assign([ast.Name(index, ast.Store())], target.slice),
            ast.Assign(
                [ast.Name(item, ast.Store())],
                ast.Subscript(ast.Name(holder, ast.Load()), ast.Name(index, ast.Load()), ast.Load()),
            ),
            ast.AugAssign(ast.Name(item, ast.Store()), node.op, node.value),
        ]
        place = ast.Subscript(ast.Name(holder, ast.Load()), ast.Name(index, ast.Load()), ast.Store())
        stored = self._store(place, ast.Name(item, ast.Load()), node)
        return [*(at(statement, node) for statement in before), *stored]

    def _name(self) -> str:
        self._temporary += 1
        return f"{PREFIX}{self._temporary}"

    # ---- attributes and calls

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        is_super = (
            isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) and node.value.func.id == "super"
        )
        self.generic_visit(node)
        if is_super and isinstance(node.ctx, ast.Load):
            return at(hook("super_attribute", node.value, ast.Constant(node.attr)), node)
        if node.attr in _FOREIGN_SPECIAL:
            node.attr = PREFIX + node.attr.strip("_")
        is_special = node.attr.startswith("__") and node.attr.endswith("__")
        # An object of a class of firmware's own has what its class gives it.
        is_own = isinstance(node.value, ast.Name) and node.value.id == "self" and not is_special
        is_own = is_own or (node.attr in SHARED_METHODS and id(node) not in self._called)
        if not isinstance(node.ctx, ast.Load) or is_own:
            return node
        if node.attr in OTHERWISE:
            return at(hook("method", node.value, ast.Constant(node.attr)), node)
        if node.attr in MISSING_ATTRIBUTES or is_special:
            return at(hook("attribute", node.value, ast.Constant(node.attr)), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        self._called.add(id(function))
        refuse_late_star(node)
        refusal = refusal_of_method(node)
        self.generic_visit(node)
        if refusal is not None:
            assert isinstance(function, ast.Attribute)
            text = hook("refuse_method", function.value, ast.Constant(refusal))
            node.func = at(ast.Attribute(text, function.attr, ast.Load()), node)
            return node
        if isinstance(function, ast.Name) and function.id not in self._bound:
            name = function.id
            if name in _NO_KEYWORDS and any(keyword.arg for keyword in node.keywords):
                is_text = name in ("str", "bytes", "bytearray")
                return at(hook("refuse_keywords", ast.Constant(is_text), *node.args, keywords=node.keywords), node)
            if name in _BARE_NAMES:
                function.id = PREFIX + name
        elif isinstance(function, ast.Attribute) and node.keywords and function.attr in METHODS_WITHOUT_KEYWORDS:
            bound = hook("attribute", function.value, ast.Constant(function.attr))
            node.func = at(hook("without_keywords", bound), node)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A sequence that is written down and repeated may be larger than the board's memory."""
        is_long = isinstance(node.op, ast.Mult) and (is_sequence(node.left) or is_sequence(node.right))
        self.generic_visit(node)
        return at(hook("repeat", node.left, node.right), node) if is_long else node

    # ---- classes and functions

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef) and statement.name in _FOREIGN_SPECIAL:
                statement.name = PREFIX + statement.name.strip("_")
            elif isinstance(statement, ast.Assign):
                for target in statement.targets:
                    if isinstance(target, ast.Name) and target.id in _FOREIGN_SPECIAL:
                        target.id = PREFIX + target.id.strip("_")
        depth, self._function_depth = self._function_depth, 0
        self.generic_visit(node)
        self._function_depth = depth
        if not holds_private_names(node):
            return node
        # Names of a class whose own name is underscores are not mangled.
        name, node.name = node.name, _UNMANGLED
        node.decorator_list.append(at(hook("named", ast.Constant(name)), node))
        bind = ast.Assign([ast.Name(name, ast.Store())], ast.Name(_UNMANGLED, ast.Load()))
        return [node, at(bind, node)]

    def visit_FunctionDef(self, node: Any) -> ast.AST:
        self._functions.add(node.name)
        node.decorator_list = [each for place in node.decorator_list if (each := decorator(place)) is not None]
        self._function_depth += 1
        self.generic_visit(node)
        self._function_depth -= 1
        return node

    def visit_AsyncFunctionDef(self, node: Any) -> ast.AST:
        return self._in_function(node)

    def visit_Lambda(self, node: Any) -> ast.AST:
        return self._in_function(node)

    def _in_function(self, node: Any) -> ast.AST:
        self._function_depth += 1
        self.generic_visit(node)
        self._function_depth -= 1
        return node

    # ---- a loop that only waits lets time pass

    def visit_While(self, node: ast.While) -> ast.AST:
        wait = None
        if only_waits(node):
            is_bare = all(isinstance(statement, ast.Pass) for statement in node.body)
            wait = "rest" if is_bare and not holds(node.test, ast.Call) else "turn"
        self.generic_visit(node)
        if wait is not None:
            node.body.insert(0, at(ast.Expr(hook(wait)), node))
        return node

    # ---- what takes the firmware off its processor cannot be caught

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if node.type is None or any(
            isinstance(part, ast.Name) and part.id in ("BaseException", "Exception") for part in ast.walk(node.type)
        ):
            node.body.insert(0, at(ast.Expr(hook("pass_on")), node))
        return node

    def visit_Try(self, node: ast.Try) -> ast.AST:
        self.generic_visit(node)
        leaves = (ast.Return, ast.Break, ast.Continue)
        if any(isinstance(inner, leaves) for statement in node.finalbody for inner in ast.walk(statement)):
            node.finalbody.insert(0, at(ast.Expr(hook("pass_on")), node.finalbody[0]))
        return node
