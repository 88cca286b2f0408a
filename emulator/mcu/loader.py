"""Runs firmware files in namespaces of their own, with a private `__import__`.

Many devices live in one process: each power-on has its own modules and built-ins, and CPython's
`sys.modules` is never touched. Only compiled code is shared, by content.
"""

import ast
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any, NamedTuple

from emulator.errors import EmulatorError
from emulator.mcu import code_cache, dialect, dialect_calls, dialect_scan, small_int
from emulator.mcu.builtin_names import device_builtins
from emulator.mcu.shims.plain import plain_modules
from emulator.mcu.source_edits import read_source

SEARCH_PATH = ("", ".frozen", "/lib")  # "" is the working folder; ".frozen" holds nothing of ours
# Built-in modules that a file of the same name does not take the place of, and that have no old name with a u
# (MP_REGISTER_MODULE in the sources of 1.28).
_FIXED = frozenset(
    [
        "builtins",
        "gc",
        "math",
        "cmath",
        "micropython",
        "sys",
        "rp2",
        "_rp2",
        "vfs",
        "_thread",
        "_asyncio",
        "_onewire",
        "deflate",
        "framebuf",
        "uctypes",
        "__main__",
        "<mp>",
    ]
)
_FEW = {"array", "binascii", "collections", "cryptolib", "errno", "hashlib", "heapq", "io", "json", "machine", "os",
        "platform", "random", "re", "select", "struct", "time"}  # fmt: skip


class Compiled(NamedTuple):
    """A file as it is kept. `hidden`: names that const() leaves in no namespace."""

    code: CodeType
    hidden: frozenset[str]


_compiled: dict[tuple[str, bytes, bool], Compiled] = {}


def compile_source(filename: str, source: bytes, guard: bool = False) -> Compiled:
    """Byte code of one file, compiled once per content, also for the next process. `guard`: see small_int.py.

    Raises SyntaxError.
    """
    key = (filename, source, guard)
    found = _compiled.get(key)
    if found is None:
        kept = code_cache.load(filename, source, guard)
        found = _compiled[key] = Compiled(*kept) if kept is not None else _compile(filename, source, guard)
    return found


def _compile(filename: str, source: bytes, guard: bool) -> Compiled:
    tree = parse(source, filename, "exec")
    hidden = dialect_scan.hidden_constants(tree)
    if guard:
        tree = small_int.guarded(tree)
    code = compile_tree(tree, filename, "exec")
    code_cache.store(filename, source, guard, code, hidden)
    return Compiled(code, hidden)


def parse(source: bytes | str, filename: str, mode: str) -> Any:
    """The tree of a program text. Raises SyntaxError, whatever CPython's parser says."""
    text = source.decode("utf-8", "surrogateescape") if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, filename, mode)
    except SyntaxError as error:
        raise SyntaxError(error.msg) from None
    except (ValueError, MemoryError) as error:
        raise SyntaxError(f"invalid syntax ({error})") from None


def compile_tree(tree: Any, filename: str, mode: str) -> CodeType:
    """Byte code of a tree in the board's dialect."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(dialect.translated(tree), filename, mode, dont_inherit=True, optimize=0)


class ImageLoader:
    """Modules of one power-on.

    `read_source(path)` gives a file of the device or None; `is_folder(path)` tells a namespace package;
    `on_compile(path, byte_count)` charges the time it takes the device to compile; `fail(error)` ends the simulation.
    """

    def __init__(
        self,
        read_source: Callable[[str], bytes | None],
        is_folder: Callable[[str], bool],
        on_compile: Callable[[str, int], object] = lambda path, byte_count: None,
        guard: bool = False,
        fail: Callable[[EmulatorError], object] | None = None,
    ) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.builtins = device_builtins()
        self.builtins.update(dialect_calls.HOOKS)
        self.builtins[small_int.CHECK] = small_int.check
        self.builtins.update(
            {"__import__": self.import_module, "__build_class__": self._build_class, "exec": self._exec,
             "eval": self._eval, "compile": self._compile, "execfile": self._execfile}
        )  # fmt: skip
        self.search_path: Callable[[], list[str]] = lambda: list(SEARCH_PATH)
        self._read_source = read_source
        self._is_folder = is_folder
        self._built_in: dict[str, ModuleType] = {}
        self._unmodelled: Callable[[str], object] = lambda name: None
        self._on_compile = on_compile
        self._guard = guard
        self._fail = fail
        self._hidden: dict[str, frozenset[str]] = {}
        self.filenames: set[str] = set()

    def use_built_in(
        self, modules: Mapping[str, ModuleType], unmodelled: Callable[[str], object] = lambda name: None
    ) -> None:
        """Modules that are no files; `unmodelled(name)` may raise for one that is unknown."""
        self._built_in.update(modules)
        self._unmodelled = unmodelled

    def run_main(self, path: str, before: Callable[[], None] = lambda: None) -> None:
        """Execute a file as `__main__`. A file that is not there is not an error, as on the board.

        `before()` is called when it has been compiled.
        """
        source = self._read_source(path)
        if source is not None:
            module = ModuleType("__main__")
            self.modules["__main__"] = module
            self.execute(module, path, source, before)

    def import_module(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: tuple[str, ...] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """`__import__`, with MicroPython's message when there is no such module."""
        if not isinstance(name, str):
            raise TypeError(f"can't convert {type(name).__name__} to str")
        if level:
            name = self._absolute(name, globals or {}, level)
        module = self._load(name)
        if not fromlist:
            return module if level else self.modules.get(name.partition(".")[0], module)
        hidden = self._hidden.get(name, frozenset())
        for attribute in fromlist:
            if attribute in hidden:
                raise ImportError(f"can't import name {attribute}")
            if hasattr(module, "__path__") and attribute != "*" and attribute not in vars(module):
                self._load_child(module, f"{name}.{attribute}")
        return module

    def _absolute(self, name: str, namespace: Mapping[str, Any], level: int) -> str:
        """The full name of `from ..name import`: a package counts its own level (py/builtinimport.c)."""
        parts = str(namespace.get("__name__", "")).split(".")
        up = level - 1 if "__path__" in namespace else level
        if up >= len(parts):
            raise ImportError("can't perform relative import")
        package = ".".join(parts[: len(parts) - up])
        return f"{package}.{name}" if name else package

    def _load(self, name: str) -> ModuleType:
        module = self.modules.get(name)
        if module is not None:
            return module
        parent_name, _, child = name.rpartition(".")
        if parent_name:
            parent = self._load(parent_name)
            module = self._load_child(parent, name)
            if module is None:
                raise ImportError(f"no module named '{name}'")
            setattr(parent, child, module)
            return module
        module = None
        if name in _FIXED:
            module = self._from_built_in(name)
        if module is None:
            module = self._from_files(name, self.search_path()) or self._from_built_in(name)
        if module is None:
            raise ImportError(f"no module named '{name}'")
        return module

    def _load_child(self, parent: ModuleType, name: str) -> ModuleType | None:
        path = getattr(parent, "__path__", None)
        module = self.modules.get(name) or self._from_files(
            name.rpartition(".")[2], [] if path is None else [path], name
        )
        if module is not None:
            setattr(parent, name.rpartition(".")[2], module)
        return module

    def _from_built_in(self, name: str) -> ModuleType | None:
        found = self._built_in.get(name)
        if found is None and name.startswith("u") and name[1:] in _FEW:
            found = self._built_in.get(name[1:])  # utime is time: the old names of those that a file may replace
        if found is None:
            self._unmodelled(name)
        else:
            self.modules[name] = found
        return found

    def _from_files(self, part: str, folders: list[str], name: str = "") -> ModuleType | None:
        for folder in folders:
            base = f"{folder}/{part}" if folder != "" else part
            if self._is_folder(base):
                return self._make(name or part, f"{base}/__init__.py", package=base)
            source = self._read_source(f"{base}.py")
            if source is not None:
                return self._make(name or part, f"{base}.py", source=source)
        return None

    def _make(self, name: str, path: str, source: bytes | None = None, package: str | None = None) -> ModuleType:
        module = ModuleType(name)
        if package is not None:
            vars(module)["__path__"] = package
            source = self._read_source(path)
        self.modules[name] = module
        if source is not None:
            try:
                self.execute(module, path, source)
            except BaseException:
                self.modules.pop(name, None)
                raise
        return module

    def execute(self, module: ModuleType, path: str, source: bytes, before: Callable[[], None] = lambda: None) -> None:
        """Run `source` in the namespace of `module`; `path` is what tracebacks call it."""
        filename = path.lstrip("/")
        self._on_compile(path, len(source))
        code, hidden = compile_source(filename, source, self._guard)
        self._hidden[module.__name__] = hidden
        self.filenames.add(filename)
        module.__file__ = filename
        module.__dict__["__builtins__"] = self.builtins
        before()
        exec(code, module.__dict__)

    # ---- built-in functions that run program text

    def _build_class(self, function: Any, name: str, *bases: Any, **keywords: Any) -> type:
        try:
            return dialect_calls.build_class(function, name, *bases, **keywords)
        except EmulatorError as error:
            if self._fail is not None:
                self._fail(error)
            raise

    def _compile(self, source: Any, filename: str, mode: str, /) -> CodeType:
        if mode not in ("exec", "eval", "single"):
            raise ValueError("bad compile mode")
        self._on_compile(filename, len(source))
        self.filenames.add(filename)
        return compile_tree(parse(source, filename, mode), filename, mode)

    def _exec(self, source: Any, *spaces: Any) -> None:
        code = source if isinstance(source, CodeType) else self._compile(source, "<string>", "exec")
        self._run(exec, code, spaces, sys._getframe(1).f_globals)

    def _eval(self, source: Any, *spaces: Any) -> Any:
        text = source.strip() if isinstance(source, (str, bytes)) else source
        code = text if isinstance(text, CodeType) else self._compile(text, "<string>", "eval")
        return self._run(eval, code, spaces, sys._getframe(1).f_globals)

    def _execfile(self, path: str, *spaces: Any) -> None:
        source = self._read_source(path)
        if source is None:
            self.builtins["open"](path)  # type: ignore[operator]
            return
        code = self._compile(source, path, "exec")
        self._run(exec, code, spaces, sys._getframe(1).f_globals)

    def _run(self, function: Callable[..., Any], code: CodeType, spaces: tuple[Any, ...], default: Any) -> Any:
        """Without a namespace in that of the caller's module, as on the board. Ours never stays in the caller's."""
        space = spaces[0] if spaces else default
        if not isinstance(space, dict):
            raise TypeError
        is_new = "__builtins__" not in space
        space["__builtins__"] = self.builtins
        try:
            return function(code, space, *spaces[1:])
        finally:
            if is_new:
                space.pop("__builtins__", None)


def load_modules(repo_root: Path | str, *names: str, guard: bool = False) -> SimpleNamespace:
    """Modules of firmware/core, protocols and hil/rig for unit tests, without a device.

    `load_modules(root, "firmware.core.units").units` is the module; all names share one set of modules.
    What touches hardware cannot be imported. `guard` raises where integer arithmetic leaves the small-int
    range of the board or becomes a float.
    """
    root = Path(repo_root)

    def read_file(path: str) -> bytes | None:
        name = path.lstrip("/")
        return read_source(root, name) if (root / name).is_file() else None

    def is_folder(path: str) -> bool:
        return path.lstrip("/").startswith(("firmware", "protocols", "hil")) and (root / path.lstrip("/")).is_dir()

    loader = ImageLoader(read_file, is_folder, guard=guard)
    loader.use_built_in(plain_modules())
    loader.builtins["print"] = print
    found = SimpleNamespace()
    for name in names:
        setattr(found, name.rpartition(".")[2], loader.import_module(name, fromlist=("*",)))
    return found
